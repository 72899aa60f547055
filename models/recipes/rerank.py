"""Makes the bilingual reranker "rerank" from public data: grafted network → trained → rare words pruned → int8.

It takes an hour and a half on two CPU cores in float32. A student of 6 layers is twice as fast but not better than the
first stage on every development set (docs/log.md), so all 12 layers ship.
"""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from wenyuan.jsonl import read_rows
from wenyuan.models.artefact import Artefact
from wenyuan.training.config import TrainConfig
from wenyuan.training.data.examples import Example, read_examples, write_examples
from wenyuan.training.data.sources import searched
from wenyuan.training.export.cross_encoder import export
from wenyuan.training.export.prune import prune_vocabulary
from wenyuan.training.loop.fit import fit

from .base import build as build_base
from .rerank_data import Sizes, build_mix

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wenyuan.training.loop.watch import OnRunProgress

SIZES = Sizes(
    squad=5_000, cmrc=2_643, drcd=2_833, manual_zh=3_500, manual_en=1_200, translated=3_000, headline=2_000, cloze=1_500
)
MIX = {
    "squad": 2_600,
    "cmrc": 1_600,
    "drcd": 1_300,
    "drcd-simplified": 800,
    "manual-translated": 700,
    "manual-zh": 600,
    "manual-en": 200,
    "headline": 200,
}
PIECES = 46_000  # words of the shipped tokenizer
LICENCE = "Apache-2.0 (network), trained on texts under CC BY-SA and Apache-2.0"
SOURCE = "ms-marco-MiniLM-L-12-v2 with the words of multilingual-e5-small; SQuAD, CMRC 2018, DRCD, manuals, news"
RECIPE = "wenyuan models build rerank --data DATA"


def build(data: Path, out: Path, work: Path, on_progress: OnRunProgress | None = None) -> Artefact:
    """Write the artefact into `out`; what is made on the way stays in `work`, and a training cut off is taken up.

    Errors are those of `base.build`, `fit`, `prune_vocabulary` and `export`.
    """
    if not (work / "base" / "model.safetensors").is_file():
        build_base(work / "base")
    mix = work / "mix" / "train.jsonl"
    if not (work / "mix" / "dev.jsonl").is_file():
        build_mix(data, work / "mix", searched, sizes=SIZES)
    examples = read_examples(mix)
    run = config(work)
    model = run.out / "model"
    if not model.is_dir():
        write_examples(run.train, drawn(examples, MIX, seed=7))
        model = fit(run, None, on_progress, resume=run.out.is_dir())
    pruned = prune_vocabulary(model, work / "pruned", _texts(data, examples), PIECES)
    made = export(pruned, out, "int8", read_examples(work / "mix" / "dev.jsonl"))
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
    """The configuration of the training run below the folder `work`."""
    return TrainConfig(
        task="reranker",
        model=str(work / "base"),
        train=work / "train.jsonl",
        out=work / "run",
        epochs=0.45,
        group=4,
        lr=1e-4,
        warmup=0.05,
        max_tokens=192,
        save_steps=50,
        freeze_embeddings=False,
    )


def drawn(examples: Sequence[Example], mix: Mapping[str, int], seed: int) -> list[Example]:
    """As many examples of each source as `mix` says, or all that there are, in random order."""
    draw = random.Random(seed)  # noqa: S311
    chosen: list[Example] = []
    for source, count in mix.items():
        of_source = [example for example in examples if example.source == source]
        chosen += draw.sample(of_source, min(count, len(of_source)))
    draw.shuffle(chosen)
    return chosen


def _texts(data: Path, examples: Sequence[Example]) -> Iterator[str]:
    """The texts in which words are counted, to find the rare ones."""
    for example in examples:
        yield from (example.query, *example.positives, *example.negatives[:1])
    for file, field, count in (("corpora/crud_news_zh", "text", 8_000), ("manuals/docs", "markdown", None)):
        for _, row in islice(read_rows(data / f"{file}.jsonl.gz"), count):
            yield str(row[field])
