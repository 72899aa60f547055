"""What the reader sees: results on stdout, progress and errors on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wenyuan import shapes
from wenyuan.cli.reader import told
from wenyuan.cli.terminal import Terminal, harmless, one_line

if TYPE_CHECKING:
    from pathlib import Path

    from wenyuan.engine.diagnose.ruling import RuleTrial, TestedExample
    from wenyuan.engine.endpoints import Examined
    from wenyuan.engine.health import Health
    from wenyuan.evaluate import Comparison
    from wenyuan.evaluate.gate import Acceptance
    from wenyuan.models import Artefact, Preset
    from wenyuan.rules import Rules
    from wenyuan.types import Candidate

out = Terminal()
err = Terminal(stderr=True)

_FOUND = {True: "yes", False: "no", None: "?"}


def say(sentence: str) -> None:
    """A line on stdout, in the reader's language."""
    out.print(one_line(told(sentence)))


def say_aside(sentence: str) -> None:
    """A line on stderr, in the reader's language."""
    err.print(one_line(told(sentence)))


def replayed(
    record: Mapping[str, Any], hits: Sequence[Candidate], recorded: Sequence[Candidate], as_json: bool
) -> bool:
    """The order that came out, and whether it is the recorded one."""
    shape = shapes.replay_shape(hits, recorded)
    if as_json:
        json_document(shape)
    else:
        documents = {hit["chunk"]: hit["document"] for hit in record["distinct"]["seen"]} if hits else {}
        for hit in shape["hits"]:
            out.print(f"{hit['rank']}. {one_line(documents[hit['chunk']])}  {hit['score']:.3f}")
        say("the same order as recorded" if shape["same"] else "another order than recorded")
    return bool(shape["same"])


def comparison(comparison: Comparison, as_json: bool) -> None:
    """One line a system: quality with intervals, the difference from the first stage, what it costs."""
    if as_json:
        return json_document(shapes.comparison_shape(comparison))
    say(f"{comparison.data}  n = {comparison.n}, up to {comparison.candidates} candidates a question")
    width = max(len(row.model) for row in comparison.rows)
    heads = f"{'nDCG@10':24}{'MRR@10':24}{'difference (p)':18}{'pairs/s':>8}{'p50 ms':>9}{'p95 ms':>9}"
    out.print(f"{'':{width}}  {heads}{'memory':>9}{'disk':>9}  runtime")
    for row in comparison.rows:
        metrics = "".join(f"{f'{v.mean:.4f} [{v.low:.4f}, {v.high:.4f}]':24}" for v in row.metrics.values())
        gain = row.differences.get("ndcg@10")
        better = f"{gain.mean:+.4f} ({gain.p:.4f})" if gain else ""
        pairs = "" if row.pairs_per_s is None else f"{row.pairs_per_s:.1f}"
        times = f"{row.latency_ms['p50']:9.1f}{row.latency_ms['p95']:9.1f}"
        sizes = "".join(f"{'' if mb is None else f'{mb:.0f} MB':>9}" for mb in (row.memory_mb, row.disk_mb))
        out.print(f"{row.model:{width}}  {metrics}{better:18}{pairs:>8}{times}{sizes}  {row.runtime}".rstrip())
    for row in comparison.rows:
        if row.alarm:
            note_all([row.alarm])
    return None


def verdict(verdict: Acceptance, comparisons: Sequence[Comparison], installed: Artefact | None, as_json: bool) -> None:
    """The measurements, then the sentence that accepts or refuses."""
    folder = None if installed is None else str(installed.folder)
    if as_json:
        return json_document(shapes.verdict_shape(verdict, comparisons, folder))
    for each in comparisons:
        comparison(each, as_json)
    say(verdict.reason)
    if folder is not None:
        say(f"Installed in {folder}; its files are as its card describes them (sha256).")
    return None


def presets(presets: Sequence[Preset], as_json: bool) -> None:
    """The table of models."""
    if as_json:
        return json_document({"models": [asdict(preset) | {"shipped": preset.shipped} for preset in presets]})
    out.print(f"{'name':27}{'stage':10}{'languages':11}{'size':>7}  {'licence':12}{'needs'}")
    for preset in presets:
        size, needs = f"{preset.size_mb} MB", "nothing: shipped" if preset.shipped else preset.needs
        languages = "+".join(preset.languages)
        out.print(f"{preset.name:27}{preset.stage:10}{languages:11}{size:>7}  {preset.licence:12}{needs}")
        out.print(f"    {preset.model}: {preset.good_for}")
    return None


def artefact(artefact: Artefact, as_json: bool) -> None:
    """A model's folder and the hashes of its files."""
    if as_json:
        return json_document({"folder": str(artefact.folder), "id": artefact.id, "files": dict(artefact.card.files)})
    out.print(one_line(f"{artefact.id} in {artefact.folder}"))
    for name, digest in artefact.card.files.items():
        out.print(f"  {digest}  {one_line(name)}")
    return None


def examined(examined: Examined, kb: Path, as_json: bool) -> None:
    """A line a finding, then where the profile is kept."""
    if as_json:
        return json_document(shapes.examined_shape(examined))
    for finding in examined.probed.findings:
        out.print(f"{told(_FOUND[finding.ok]):>4}  {finding.name:<10} {told(finding.text)}")
    kept = f"Kept in {examined.file}." if examined.file else f"Not kept: there is no knowledge base in {kb}."
    out.print()
    say(f"{examined.probed.model} at {examined.url}. {kept}")
    return None


def health(health: Health, as_json: bool) -> None:
    """The state of a knowledge base and its problems."""
    if as_json:
        return json_document(shapes.health_shape(health))
    say(f"{health.documents} documents, {health.chunks} passages, version {health.version}, model {health.model}")
    for problem in health.problems:
        say_aside(f"problem: {problem}")
    say("all indexes agree" if not health.problems else "repair with: wenyuan doctor --rebuild")
    return None


def rules(file: Path, rules: Rules, now: float, as_json: bool) -> None:
    """What the rules of a file are."""
    shape = shapes.rules_shape(file, rules, now)
    if as_json:
        return json_document(shape)
    for rule in shape["rules"]:
        out.print(one_line(f"{rule['name']}: {told('active' if rule['active'] else rule['why_not'])}"))
        out.print(f"    {told('when')}    {one_line(rule['when'])}")
        for action in rule["actions"]:
            out.print(f"    {told('then')}    {one_line(action)}")
        if rule["answer_expired"]:
            note_all([f"The answer of rule '{rule['name']}' has expired; renew it or take it out."])
    say(f"{file}: {len(rules.rules)} rules and {len(rules.tests)} tests, all valid")
    return None


def trial(trial: RuleTrial, as_json: bool) -> None:
    """Which rules fire, why the others do not, and where each hit was without them."""
    shape = shapes.trial_shape(trial)
    if as_json:
        return json_document(shape)
    note_all(trial.notes)
    for rule in shape["rules"]:
        said = f"fires      {rule['name']}" if rule["fires"] else f"does not   {rule['name']}: {rule['why_not']}"
        say(said)
    if trial.answer:
        out.print()
        out.print(f"{told('answer')}     {trial.answer.text}")
    out.print()
    for hit in shape["hits"]:
        was = told(f", was {hit['was']}" if hit["was"] else ", was not among the hits")
        out.print(f"{hit['rank']}. {place(hit)}  {hit['score']:.3f}{was}")
    for hit in shape["gone"]:
        out.print(f"-  {place(hit)}  " + told(f"was {hit['rank']}, is gone"))
    return None


def outcomes(outcomes: Sequence[TestedExample], as_json: bool) -> None:
    """The tests of a file and what failed."""
    shape = shapes.outcomes_shape(outcomes)
    if as_json:
        return json_document(shape)
    for test in shape["tests"]:
        out.print(f"{told('passed' if test['passed'] else 'FAILED')}  {one_line(test['question'])}")
        for problem in test["problems"]:
            out.print(one_line(f"        {told(problem)}"))
    say(f"{shape['passed']} passed, {shape['failed']} failed")
    return None


def place(where: Mapping[str, Any]) -> str:
    """Where to look, in one line, of a chunk or citation as a mapping: docs/manual.pdf › Warranty, page 3."""
    headings = where["headings"] if "headings" in where else filter(None, [where["heading"]])
    named = (told(f", {name} {where[name]}") for name in ("page", "sheet", "row") if where[name])
    return one_line("".join((" › ".join((where["document"], *headings)), *named)))


def note_all(notes: Iterable[str]) -> None:
    """Notes on stderr, a line each."""
    for note in notes:
        say_aside(f"note: {note}")


def json_document(document: Mapping[str, Any]) -> None:
    """The one JSON document that `--json` prints."""
    sys.stdout.write(harmless(json.dumps(document, ensure_ascii=False, indent=2)) + "\n")
