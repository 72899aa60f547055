"""Makes the bilingual reranker "rerank" from public data: grafted network → trained → pruned words → distilled → int8.

The 12 layers of the grafted network are trained with their word vectors; then a student of 6 of them learns from their
scores, their hidden states and labels, on questions that the teacher has mostly not seen. It takes some two and a half
hours on two CPU cores in float32. What was tried before stands in docs/log.md.
"""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from wenyuan.models.artefact import Artefact
from wenyuan.models.cross_encoder import load_cross_encoder
from wenyuan.training.base import build_base
from wenyuan.training.config import Distil, LayerMatch, TrainConfig
from wenyuan.training.data import Example, read_examples, read_rows, write_examples
from wenyuan.training.export import export
from wenyuan.training.fit import fit
from wenyuan.training.prune import prune_vocabulary
from wenyuan.training.rerank_data import Index, Sizes
from wenyuan.training.rerank_data import build as build_data
from wenyuan.training.teacher import score

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wenyuan.training.watch import OnProgress

SIZES = Sizes(
    squad=5_000, cmrc=2_643, drcd=2_833, manual_zh=3_500, manual_en=1_200, translated=3_000, headline=2_000, cloze=1_500
)
TEACHER_MIX = {
    "squad": 2_600,
    "cmrc": 1_600,
    "drcd": 1_300,
    "drcd-simplified": 800,
    "manual-translated": 700,
    "manual-zh": 600,
    "manual-en": 200,
    "headline": 200,
}
STUDENT_MIX = {
    "squad": 1_500,
    "cmrc": 1_400,
    "drcd": 900,
    "drcd-simplified": 700,
    "manual-translated": 350,
    "manual-zh": 300,
    "manual-en": 150,
    "headline": 100,
    "cloze": 100,
}
STUDENT_QUERIES = 5_200
NEGATIVES = 3  # of an example of the student, drawn: each is read by the teacher, too
PIECES = 46_000  # words of the shipped tokenizer
LAYERS = (1, 3, 5, 8, 10, 12)  # of the teacher: those whose output the student's six are to give
LICENCE = "Apache-2.0 (network), trained on texts under CC BY-SA and Apache-2.0"
SOURCE = "ms-marco-MiniLM-L-12-v2 with the words of multilingual-e5-small; SQuAD, CMRC 2018, DRCD, manuals, news"
RECIPE = "wenyuan models build rerank --data DATA"


def build(data: Path, out: Path, work: Path, index: Index, on_progress: OnProgress | None = None) -> Artefact:
    """Write the artefact into `out`; what is made on the way stays in `work`, and a training cut off is taken up.

    Errors are those of `build_base`, `fit`, `prune_vocabulary` and `export`.
    """
    teacher = build_teacher(data, work, index, on_progress)
    scored = work / "student.jsonl"
    if not scored.is_file():
        examples = fewer(drawn(read_examples(work / "mix" / "train.jsonl"), STUDENT_MIX, 11)[:STUDENT_QUERIES])
        write_examples(scored, score(examples, load_cross_encoder(str(teacher)), work / "scores.cache"))
    student = _trained(student_config(work), on_progress)
    made = export(student, out, "int8", read_examples(work / "mix" / "dev.jsonl"))
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


def build_teacher(data: Path, work: Path, index: Index, on_progress: OnProgress | None = None) -> Path:
    """The folder of the trained 12 layers with the words that are kept."""
    teacher = work / "teacher"
    if (teacher / "tokenizer.json").is_file():
        return teacher
    if not (work / "base" / "model.safetensors").is_file():
        build_base(work / "base")
    mix = work / "mix" / "train.jsonl"
    if not (work / "mix" / "dev.jsonl").is_file():
        build_data(data, work / "mix", index, sizes=SIZES)
    examples = read_examples(mix)
    write_examples(work / "teacher.jsonl", drawn(examples, TEACHER_MIX, 7))
    trained = _trained(teacher_config(work), on_progress)
    return prune_vocabulary(trained, teacher, _texts(data, examples), PIECES)


def teacher_config(work: Path) -> TrainConfig:
    """The run of the 12 layers."""
    return TrainConfig(
        task="reranker",
        model=str(work / "base"),
        train=work / "teacher.jsonl",
        out=work / "teacher-run",
        epochs=0.45,
        group=4,
        lr=1e-4,
        warmup=0.05,
        max_tokens=192,
        save_steps=50,
        freeze_embeddings=False,
    )


def student_config(work: Path) -> TrainConfig:
    """The run of the 6 layers."""
    return TrainConfig(
        task="reranker",
        model=str(work / "teacher"),
        train=work / "student.jsonl",
        out=work / "student-run",
        layers=len(LAYERS),
        group=4,
        lr=2e-4,
        warmup=0.05,
        max_tokens=192,
        save_steps=50,
        distil=Distil(
            teacher=str(work / "teacher"),
            feature_weight=0.3,
            features=tuple(LayerMatch(theirs, ours) for ours, theirs in enumerate(LAYERS, 1)),
        ),
    )


def drawn(examples: Sequence[Example], mix: Mapping[str, int], seed: int) -> list[Example]:
    """So many examples of each source, or all there are, in random order."""
    draw = random.Random(seed)  # noqa: S311
    chosen: list[Example] = []
    for source, count in mix.items():
        of_source = [example for example in examples if example.source == source]
        chosen += draw.sample(of_source, min(count, len(of_source)))
    draw.shuffle(chosen)
    return chosen


def fewer(examples: Sequence[Example]) -> list[Example]:
    """The examples with `NEGATIVES` of their negatives."""
    draw = random.Random(11)  # noqa: S311
    return [
        replace(each, negatives=tuple(draw.sample(each.negatives, min(NEGATIVES, len(each.negatives)))))
        for each in examples
    ]


def _trained(run: TrainConfig, on_progress: OnProgress | None) -> Path:
    model = run.out / "model"
    return model if model.is_dir() else fit(run, None, on_progress, resume=run.out.is_dir())


def _texts(data: Path, examples: Sequence[Example]) -> Iterator[str]:
    """What words are counted in."""
    for example in examples:
        yield from (example.query, *example.positives, *example.negatives[:1])
    for file, field, count in (("corpora/crud_news_zh", "text", 8_000), ("manuals/docs", "markdown", None)):
        for _, row in islice(read_rows(data / f"{file}.jsonl.gz"), count):
            yield str(row[field])
