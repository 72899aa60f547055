"""What is printed of questions: hits, answers with their sources, and why a document was not found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from wenyuan.cli.printing import json_document, note_all, out, place, say
from wenyuan.cli.reader import told
from wenyuan.cli.terminal import one_line

Shape = Mapping[str, Any]


def result(shape: Shape, as_json: bool, explain: bool = False) -> None:
    """Hits, best first (`shapes.search_shape`); explained: a table of what every stage said."""
    if as_json:
        return json_document(shape)
    note_all(shape["notes"])
    if explain and shape["hits"]:
        return _explained(shape)
    for hit in shape["hits"]:
        legs = ", ".join(
            f"{leg} {score['raw']:.3f} (rank {score['rank']})"
            for leg, score in hit["legs"].items()
            if score["raw"] is not None
        )
        out.print(f"{hit['rank']}. {place(hit)}  {hit['score']:.3f} = {legs}")
        out.print("   " + " ".join(hit["text"].split())[:200] + "\n")
    if not shape["hits"]:
        say("Nothing found.")
    return None


def _explained(shape: Shape) -> None:
    """One line a hit: each leg's raw score, as normalised, its weight and rank; then where each stage left it."""
    legs = list(dict.fromkeys(leg for hit in shape["hits"] for leg in hit["legs"]))
    table = Table(box=None, pad_edge=False, header_style="")
    stages = shape["stages"]
    for head in ("hit", "passage", *legs, *(f"after {stage}" for stage in stages), "score"):
        table.add_column(head, justify="left" if head == "passage" else "right", overflow="fold")
    for hit in shape["hits"]:
        steps = (_step(hit["stages"].get(stage)) for stage in stages)
        said = (_said(hit["legs"].get(leg)) for leg in legs)
        table.add_row(str(hit["rank"]), place(hit), *said, *steps, f"{hit['score']:.3f}")
    out.print(table, soft_wrap=False)
    if policy := shape.get("policy"):
        out.print(weighed_line(policy))


def _step(step: Shape | None) -> str:
    """Rank and score; a stage that a rule's pin did not pass through has neither."""
    return "–" if step is None else f"{step['rank']} ({step['score']:.3f})"


def _said(score: Shape | None) -> str:
    if score is None or score["raw"] is None:
        return "–"
    return f"{score['raw']:.3f} → {score['normalised']:.3f} × {score['weight']:g} (rank {score['rank']})"


def weighed_line(policy: Shape) -> str:
    """What a policy made of the weights of the legs (`wenyuan.trace.Weighed` as a mapping), on one line."""
    weights = ", ".join(f"{leg} {weight:.2f}" for leg, weight in policy["weights"].items())
    if policy["gain"] is None:
        return f"weights {weights}: fixed, for {policy['reason']} ({policy['policy']})"
    gain, threshold = (100 * policy[name] for name in ("gain", "threshold"))
    moved = f"shifted by {policy['shift']:+.2f}" if policy["shift"] else "fixed"
    return f"weights {weights}: {moved}; {policy['policy']} expects {gain:+.1f} points, acts from {threshold:.1f} on"


def answer(shape: Shape, as_json: bool) -> None:
    """The answer, then where each quote stands (`shapes.ask_shape`)."""
    if as_json:
        return json_document(shape)
    note_all(shape["notes"])
    out.print(_marked(shape), end="\n\n")
    for citation in shape["citations"]:
        stretch = told(f", characters {citation['start']}–{citation['end']}") if citation["quote"] else ""
        corrected = told(", as it was corrected by hand") if citation.get("corrected") else ""
        out.print(f"[{citation['n']}] {place(citation)}{stretch}{corrected}")
    return None


def _marked(shape: Shape) -> Text:
    """The text, the words that a reader network saw as the answer in bold."""
    text, at = Text(shape["answer"]), 0
    for citation in shape["citations"]:
        quote, words = citation["quote"], citation["answer"]
        if words is not None and (start := shape["answer"].find(quote, at)) >= 0:
            text.stylize("bold", start + words[0], start + words[1])
            at = start + len(quote)
    return text


def why(shape: Shape, as_json: bool) -> None:
    """The stage and the sentence, the legs, then what would help (`shapes.why_shape`)."""
    if as_json:
        return json_document(shape)
    out.print(one_line(f"{shape['stage']}: {told(shape['reason'])}"))
    for leg, rank in shape["legs"].items():
        where = f"beyond {rank['searched']}" if rank["rank"] is None else str(rank["rank"])
        said = "nothing found in it" if rank["score"] is None else f"rank {where}, {rank['score']:.4f}"
        say(f"  {leg}: {said}")
    if shape["policy"]:
        out.print(f"  {weighed_line(shape['policy'])}")
    for stage, step in shape["stages"].items():
        say(f"  after {stage}: rank {step['rank']}, {step['score']:.4f}")
    for change in shape["changes"]:
        say(f"It is found as number {change['rank']} with: {change['change']}")
    if not shape["changes"] and shape["stage"] not in ("found", "unknown", "empty", "disabled"):
        say("No change of one setting that was tried brings it in.")
    return None
