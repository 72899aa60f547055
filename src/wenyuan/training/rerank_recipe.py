"""Makes the bilingual reranker "rerank" from public data: grafted network → examples → 6 layers trained → int8.

It takes an hour on two CPU cores in float32. What came of it does not ship yet: it gains on three of four development
sets (docs/results.md), and a model ships when it gains on all.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wenyuan.models.artefact import Artefact
from wenyuan.training.base import build_base
from wenyuan.training.config import TrainConfig
from wenyuan.training.data import read_examples
from wenyuan.training.export import export
from wenyuan.training.fit import fit
from wenyuan.training.rerank_data import Index, Sizes
from wenyuan.training.rerank_data import build as build_data

if TYPE_CHECKING:
    from wenyuan.training.watch import OnProgress

SIZES = Sizes(
    squad=5_000, cmrc=2_643, drcd=2_833, manual_zh=3_500, manual_en=1_200, translated=3_000, headline=2_000, cloze=1_500
)
LICENCE = "Apache-2.0 (network), trained on texts under CC BY-SA and Apache-2.0"
SOURCE = "ms-marco-MiniLM-L-12-v2 with the words of multilingual-e5-small; SQuAD, CMRC 2018, DRCD, manuals, news"
RECIPE = "wenyuan models build rerank --data DATA"


def build(data: Path, out: Path, work: Path, index: Index, on_progress: OnProgress | None = None) -> Artefact:
    """Write the artefact into `out`; what is made on the way stays in `work`, and a training cut off is taken up.

    Errors are those of `build_base`, `fit` and `export`.
    """
    if not (work / "base" / "model.safetensors").is_file():
        build_base(work / "base")
    if not (work / "mix" / "dev.jsonl").is_file():
        build_data(data, work / "mix", index, sizes=SIZES)
    run = config(work)
    model = run.out / "model"
    if not model.is_dir():
        model = fit(run, None, on_progress, resume=run.out.is_dir())
    made = export(model, out, "int8", read_examples(work / "mix" / "dev.jsonl"))
    card = replace(
        made.card,
        name="rerank",
        max_tokens=512,  # of the network; training on shorter pairs does not bind it
        licence=LICENCE,
        source=SOURCE,
        recipe=RECIPE,
    )
    card.write(out)
    return Artefact(out, card)


def config(work: Path) -> TrainConfig:
    """The training run."""
    return TrainConfig(
        task="reranker",
        model=str(work / "base"),
        train=work / "mix" / "train.jsonl",
        out=work / "run",
        layers=6,
        epochs=0.26,
        batch_size=8,
        group=4,
        lr=2e-4,
        warmup=0.05,
        max_tokens=192,
    )
