"""The reranker's recipe: what it draws to train on, and that it takes up what was begun."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")

from wenyuan_models.recipes import rerank

from wenyuan.models.artefact import Artefact, ModelCard
from wenyuan.training.data.examples import Example, read_examples, write_examples

EXAMPLES = [
    Example(f"{source} {n}?", (f"answer {n}",), ("other",), source=source)
    for source, count in (("squad", 30), ("cmrc", 10), ("unused", 5))
    for n in range(count)
]


def test_as_many_are_drawn_of_each_source_as_the_mix_says_or_all_that_there_are() -> None:
    drawn = rerank.drawn(EXAMPLES, {"squad": 20, "cmrc": 50, "absent": 3}, seed=7)
    assert Counter(example.source for example in drawn) == {"squad": 20, "cmrc": 10}
    assert len(set(drawn)) == 30
    assert drawn == rerank.drawn(EXAMPLES, {"squad": 20, "cmrc": 50, "absent": 3}, seed=7)
    assert drawn != rerank.drawn(EXAMPLES, {"squad": 20, "cmrc": 50, "absent": 3}, seed=8)
    assert [example.source for example in drawn] != sorted(example.source for example in drawn)


def test_a_training_that_was_cut_off_is_taken_up_and_a_finished_one_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[object] = []
    work, card = tmp_path / "work", ModelCard("trained", "reranker", 0, 192, {})

    def build_base(place: Path) -> None:
        done.append("base")
        place.mkdir(parents=True)
        (place / "model.safetensors").touch()

    def build_mix(data: Path, place: Path, *_: object, **__: object) -> None:
        done.append("mix")
        place.mkdir(parents=True)
        for name in ("train", "dev"):
            write_examples(place / f"{name}.jsonl", EXAMPLES)

    def fit(config: rerank.TrainConfig, *_: object, resume: bool) -> Path:
        done.append(("fit", resume))
        assert {example.source for example in read_examples(config.train)} == {"squad", "cmrc"}
        config.out.mkdir(exist_ok=True)
        if not resume:
            raise KeyboardInterrupt
        (config.out / "model").mkdir()
        return config.out / "model"

    def export(model: Path, out: Path, precision: str, dev: list[Example]) -> Artefact:
        done.append((model, precision, len(dev)))
        out.mkdir(exist_ok=True)
        return Artefact(out, card)

    monkeypatch.setattr(rerank, "build_base", build_base)
    monkeypatch.setattr(rerank, "build_mix", build_mix)
    monkeypatch.setattr(rerank, "fit", fit)
    monkeypatch.setattr(rerank, "prune_vocabulary", lambda model, out, texts, pieces: out)
    monkeypatch.setattr(rerank, "export", export)
    with pytest.raises(KeyboardInterrupt):
        rerank.build(tmp_path / "data", tmp_path / "out", work)
    assert done == ["base", "mix", ("fit", False)]
    made = rerank.build(tmp_path / "data", tmp_path / "out", work)
    exported = (work / "pruned", "int8", len(EXAMPLES))
    assert done[3:] == [("fit", True), exported]
    rerank.build(tmp_path / "data", tmp_path / "out", work)
    assert done[5:] == [exported]
    assert made.card == replace(
        card, name="rerank", max_tokens=512, licence=rerank.LICENCE, source=rerank.SOURCE, recipe=rerank.RECIPE
    )
    assert (tmp_path / "out" / "model.json").is_file()
