"""Makes the reader: the bilingual reranker, taught where in a passage the evidence stands and when there is none.

It starts from the served reranker, read back from its int8 graph, and learns from questions with evidence and their
near-misses, and from SQuAD, CMRC 2018 and DRCD. What comes from some of the books and sites is held back: a part
of it judges the run, all of it is there to fit a confidence on. It takes three hours on two CPU cores in float32.
"""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wenyuan.errors import WrongUse
from wenyuan.jsonl import read_rows
from wenyuan.models import locate
from wenyuan.models.artefact import Artefact
from wenyuan.text.normalise import simplify
from wenyuan.training.config import Heads, TrainConfig
from wenyuan.training.data.evidence import from_answers
from wenyuan.training.data.reading import ReadingExample, read_reading, split_by_origin, write_reading
from wenyuan.training.data.sources import from_evidence, searched
from wenyuan.training.export.cross_encoder import export
from wenyuan.training.judging import dev_judge
from wenyuan.training.loop.fit import fit

from .rerank_data import Index, answered, answers_by_query, maybe_untitled, read_judged, simplified
from .served_weights import write_served

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wenyuan.training.loop.watch import OnRunProgress

CASES = "enterprise"
PUBLIC = {"squad": ("squad-en", 3_000), "cmrc": ("cmrc2018-zh", 1_500), "drcd": ("drcd-zh-hant", 800)}
HELD = 0.08  # share of the origins
DEV = 200  # examples that judge the run, from among those held back
LICENCE = "Apache-2.0 (network), trained on texts under CC BY-SA, CC BY, CC0 and Apache-2.0"
SOURCE = "the reranker of `wenyuan models build rerank`; enterprise questions, SQuAD, CMRC 2018, DRCD"
RECIPE = "wenyuan models build reader --data DATA"

_SIMPLIFIED = 0.5  # share of the traditional Chinese examples that are brought to simplified characters


def build(data: Path, out: Path, work: Path, on_progress: OnRunProgress | None = None) -> Artefact:
    """Write the artefact into `out`; what is made on the way stays in `work`, and a training cut off is taken up.

    Raises:
        WrongUse: the data folder lacks the questions with evidence; else errors as `fit` and `export`.
    """
    if not (work / "base" / "model.safetensors").is_file():
        write_served(locate("rerank").folder, work / "base")
    if not (work / "train.jsonl").is_file():
        write_examples(data, work)
    run = config(work)
    model = run.out / "model"
    if not model.is_dir():
        model = fit(run, dev_judge(run), on_progress, resume=run.out.is_dir())
    check = [*read_reading(work / "held.jsonl"), *read_reading(work / "check.jsonl")]
    made = export(model, out, "int8", [example.ranked() for example in check])
    card = replace(made.card, name="reader", max_tokens=512, licence=LICENCE, source=SOURCE, recipe=RECIPE)
    card.write(out)
    return Artefact(out, card)


def config(work: Path) -> TrainConfig:
    """The configuration of the training run below the folder `work`."""
    return TrainConfig(
        task="reader",
        model=str(work / "base"),
        train=work / "train.jsonl",
        out=work / "run",
        dev=work / "dev.jsonl",
        epochs=2,
        group=3,
        lr=8e-5,
        head_lr=1e-3,
        warmup=0.025,
        max_tokens=288,
        eval_steps=300,
        save_steps=100,
        best="evidence",
        heads=Heads(early_layer=4, early=0.3, span=1.0, other_span=0.25),
    )


def write_examples(data: Path, work: Path, index: Index = searched, seed: int = 0) -> None:
    """Write train.jsonl, held.jsonl, dev.jsonl (drawn from held) and check.jsonl (the judged questions) into `work`."""
    folder = data / CASES
    if not (folder / "train.jsonl").is_file():
        raise WrongUse(f"{folder} has no train.jsonl: name the folder of the public data sets with --data.")
    origins = _origins(folder)
    made = [*from_evidence(folder, folder / "train.jsonl", origins), *_public(data / "retrieval", index, seed)]
    train, held = split_by_origin(made, HELD)
    cases = [example for example in held if example.source == CASES]
    draw = random.Random(seed)  # noqa: S311
    files = {
        "held": held,
        "dev": draw.sample(cases, min(DEV, len(cases))),
        "check": from_evidence(folder, folder / "dev.jsonl", origins),
        "train": train,  # last: the mark that all are there
    }
    work.mkdir(parents=True, exist_ok=True)
    for name, examples in files.items():
        write_reading(work / f"{name}.jsonl", examples)


def _public(retrieval: Path, index: Index, seed: int) -> Iterator[ReadingExample]:
    """Questions of public sets whose answer stands once in its passage; nothing that judges is among them."""
    judged, rng = read_judged(retrieval), random.Random(seed)  # noqa: S311
    for source, (name, n) in PUBLIC.items():
        answers = answers_by_query(retrieval / name)
        for example in answered(retrieval / name, source, n, index, judged, seed):
            strings = answers.get(example.query, ())
            shown = maybe_untitled(example, rng)
            if source == "drcd" and rng.random() < _SIMPLIFIED:
                shown = simplified(shown)
                strings += tuple(map(simplify, strings))
            if not judged.touches(shown):
                for each in from_answers([shown], {shown.query: strings}):
                    yield replace(each, origin=example.positives[0][:80])  # the same passage, however it is shown


def _origins(folder: Path) -> Mapping[str, str]:
    """Document → the book or site that it is of."""
    corpus = next(path for name in ("corpus.jsonl", "corpus.jsonl.gz") if (path := folder / name).is_file())
    found = {str(row["_id"]): row.get("metadata") for _, row in read_rows(corpus)}
    return {
        document: str(metadata.get("source", document)) if isinstance(metadata, dict) else document
        for document, metadata in found.items()
    }
