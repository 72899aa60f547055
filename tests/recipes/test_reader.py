"""The reader's recipe: which examples it writes, what it holds back, and that it takes up what was begun."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")

from wenyuan_models.recipes import reader

from fakes import word_encoder
from judged_sets import write_examples as write_cases
from judged_sets import write_set
from wenyuan.errors import WrongUse
from wenyuan.evaluate.beir import Passage
from wenyuan.models.artefact import Artefact, ModelCard
from wenyuan.training.data.mine import Retrieve, Retrieved
from wenyuan.training.data.reading import GradedPassage, ReadingExample, read_reading, write_reading
from wenyuan.training.data.sources import headed_text

TOPICS = [f"{kind} {number}" for number in range(12) for kind in ("pump", "rotor", "valve", "filter")]


def answered(folder: Path, text: str, answer: str) -> None:
    """Twenty passages with a question each; the last two are judged."""
    corpus = {f"d{n}": text.format(n=100 + n) for n in range(20)}
    queries = {f"q{n}": f"{answer.format(n=100 + n)} of {folder.name}?" for n in range(20)}
    write_set(folder, corpus, queries, {f"q{n}": {f"d{n}": 1} for n in (18, 19)})
    rows = "".join(f"q{n}\td{n}\t1\n" for n in range(18))
    (folder / "qrels" / "train.tsv").write_text(f"query-id\tcorpus-id\tscore\n{rows}")
    answers = [{"_id": f"q{n}", "answers": [answer.format(n=100 + n)], "doc": f"d{n}"} for n in range(20)]
    (folder / "answers.jsonl").write_text("\n".join(map(json.dumps, answers)))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    sets = tmp_path / "data" / "retrieval"
    answered(sets / "squad-en", "The bridge has {n} arches and is described here at some length.", "{n} arches")
    answered(sets / "cmrc2018-zh", "这座桥有{n}个桥拱，以下是关于它的一些说明，写得比较长。", "{n}个桥拱")
    answered(sets / "drcd-zh-hant", "這座橋有{n}個橋拱，以下是關於它的一些說明，寫得比較長。", "{n}個橋拱")
    texts = {f"e{n}": f"The {topic} weighs {n} kilograms." for n, topic in enumerate(TOPICS)}
    asked = {f"c{n}": f"How heavy is the {topic}?" for n, topic in enumerate(TOPICS)}
    cases = write_set(
        tmp_path / "data" / "enterprise", texts, asked, {f"c{n}": {f"e{n}": 3} for n in range(len(TOPICS))}
    )
    rows = [
        {
            "id": f"c{n}",
            "passage": f"e{n}",
            "question": asked[f"c{n}"],
            "evidence": f"{n} kilograms",
            "start": texts[f"e{n}"].index(f"{n} kilograms"),
            "unanswerable": f"Who made the {topic}?",
        }
        for n, topic in enumerate(TOPICS)
    ]
    write_cases(cases / "train.jsonl", rows[:40])
    write_cases(cases / "dev.jsonl", rows[40:])
    with (cases / "corpus.jsonl").open("w") as file:
        for n, (name, text) in enumerate(texts.items()):
            file.write(json.dumps({"_id": name, "text": text, "metadata": {"source": f"book {n // 2}"}}) + "\n")
    return tmp_path / "data"


@contextmanager
def index(name: str, passages: Sequence[Passage]) -> Iterator[Retrieve]:
    """Finds the passages in their order."""
    found: list[Retrieved] = [(passage.id, headed_text(passage), 1.0) for passage in passages]
    yield lambda query: found


def test_examples_mark_their_evidence_and_books_are_held_back(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for place in ("wenyuan.evaluate.judged.load_encoder", "wenyuan.training.data.sources.load_encoder"):
        monkeypatch.setattr(place, lambda name, threads: word_encoder())
    monkeypatch.setattr(reader, "HELD", 0.2)
    reader.write_examples(data, tmp_path / "work", index)
    files = {name: read_reading(tmp_path / "work" / f"{name}.jsonl") for name in ("train", "held", "dev", "check")}
    made = [*files["train"], *files["held"]]
    cases = [each for each in made if each.source == "enterprise"]
    assert len(cases) == 80
    assert sum(each.near_miss for each in cases) == 40
    for each in cases:
        assert len(each.passages) > 5
        marked = [passage.text[slice(*passage.span)] for passage in each.passages if passage.span]
        assert [text.endswith(" kilograms") for text in marked] == ([] if each.near_miss else [True])
    held = {each.origin for each in files["held"]}
    assert held
    assert held.isdisjoint({each.origin for each in files["train"]})
    assert {len([each for each in cases if each.origin == origin]) for origin in {each.origin for each in cases}} == {4}
    public = [each for each in made if each.source != "enterprise"]
    assert {each.source for each in public} == {"squad", "cmrc", "drcd", "drcd-simplified"}
    assert all(each.passages[0].text[slice(*each.passages[0].span)] in each.query for each in public)
    texts = {passage.text for each in public for passage in each.passages}
    assert not [text for text in texts for number in ("118", "119") if number in text]  # what judges
    assert all(each in files["held"] and each.source == "enterprise" for each in files["dev"])
    assert len(files["check"]) == 16


def test_without_questions_with_evidence_there_is_nothing_to_learn_from(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match=r"has no train\.jsonl"):
        reader.write_examples(tmp_path, tmp_path / "work", index)


def test_a_training_that_was_cut_off_is_taken_up_and_a_finished_one_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[object] = []
    work, card = tmp_path / "work", ModelCard("trained", "reranker", 0, 288, {})
    question = ReadingExample("q", (GradedPassage("right", 3, (0, 5)), GradedPassage("wrong")), source="enterprise")
    miss = ReadingExample("m", (GradedPassage("wrong"),), source="enterprise")

    def write_served(artefact: Path, out: Path) -> Path:
        done.append((artefact.name, "base"))
        out.mkdir(parents=True)
        (out / "model.safetensors").touch()
        return out

    def write_examples(data: Path, place: Path) -> None:
        done.append("examples")
        for name in ("held", "dev", "check", "train"):
            write_reading(place / f"{name}.jsonl", [question, miss])

    def fit(config: reader.TrainConfig, judge: object, *_: object, resume: bool) -> Path:
        done.append(("fit", resume))
        assert judge is not None
        config.out.mkdir(exist_ok=True)
        if not resume:
            raise KeyboardInterrupt
        (config.out / "model").mkdir()
        return config.out / "model"

    def export(model: Path, out: Path, precision: str, check: list[object]) -> Artefact:
        done.append((model, precision, check))
        out.mkdir(exist_ok=True)
        return Artefact(out, card)

    for name, stand_in in (("write_served", write_served), ("write_examples", write_examples)):
        monkeypatch.setattr(reader, name, stand_in)
    monkeypatch.setattr(reader, "fit", fit)
    monkeypatch.setattr(reader, "export", export)
    with pytest.raises(KeyboardInterrupt):
        reader.build(tmp_path / "data", tmp_path / "out", work)
    assert done == [("rerank", "base"), "examples", ("fit", False)]
    made = reader.build(tmp_path / "data", tmp_path / "out", work)
    exported = (work / "run" / "model", "int8", [question.ranked(), miss.ranked()] * 2)
    assert done[3:] == [("fit", True), exported]
    reader.build(tmp_path / "data", tmp_path / "out", work)
    assert done[5:] == [exported]
    assert made.card == replace(
        card, name="reader", max_tokens=512, licence=reader.LICENCE, source=reader.SOURCE, recipe=reader.RECIPE
    )
    assert (tmp_path / "out" / "model.json").is_file()
