"""`wenyuan train fusion`: judged questions become a policy of the legs' weights, tested against the fixed ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wenyuan.cli import printing
from wenyuan.cli.options import AsJson
from wenyuan.cli.progress import counter
from wenyuan.shapes import fusion_shape

if TYPE_CHECKING:
    from wenyuan.training.fusion import Foreseen, PolicyTrial


def fusion(
    data: Annotated[
        list[Path], typer.Option("--data", help="A BEIR folder to learn from, or one of its qrels/*.tsv. Repeatable.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Where to write the policy.")],
    dev: Annotated[
        list[Path] | None, typer.Option("--dev", help="The same to judge by, never learnt from. Repeatable.")
    ] = None,
    kb: Annotated[
        Path | None, typer.Option("--kb", help="The knowledge base to ask, where a folder has no corpus.jsonl.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many questions a set, with a fixed seed.")] = None,
    as_json: AsJson = False,
) -> None:
    """Train what shifts the weights of the legs by question, and test it against the fixed weights.

    Exit code 0: trained; 2: it gains nothing on sets that were left out, and nothing is written.
    """
    from wenyuan.training.fusion import make_policy

    with counter() as on_question:
        artefact, foreseen, trials = make_policy(data, dev or (), out, kb, limit, on_question)
    if as_json:
        return printing.json_document(fusion_shape(artefact, foreseen, trials))
    _print(artefact.id, foreseen, trials)
    return None


def _print(model: str, foreseen: Foreseen, trials: Sequence[PolicyTrial]) -> None:
    printing.say(f"{model}: acts where it expects {100 * foreseen.threshold:.1f} points of nDCG@10 or more")
    printing.say("points over the fixed weights on sets that were left out")
    for name, gain in foreseen.gains.items():
        printing.say(f"  {name}  {100 * gain:+.2f}  (acts on {foreseen.acts[name]:.0%})")
    if trials:
        printing.say("and on sets it was not trained on: fixed, by the policy, points [95 %], p")
    for trial in trials:
        gap = trial.difference
        points = f"{100 * gap.mean:+.2f} [{100 * gap.low:+.2f}, {100 * gap.high:+.2f}]  p {gap.p:.4f}"
        figures = f"{trial.fixed:.4f}  {trial.policy:.4f}  {points}"
        printing.say(f"  {trial.name}  n = {trial.n}  {figures}  (acts on {trial.acts:.0%})")
    if trials:
        printing.out.print(f"  mean  {100 * sum(trial.difference.mean for trial in trials) / len(trials):+.2f}")
