"""`wenyuan distil`: examples from a knowledge base or a data set, a teacher's scores, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result

from commands import run
from fakes import word_encoder
from wenyuan.engine import KnowledgeBase
from wenyuan.errors import WrongUse
from wenyuan.training.data.examples import Example, read_examples, write_examples
from wenyuan.types import Vector

TOPICS = ("pump", "valve", "filter", "motor", "sensor", "gasket", "rotor", "bearing", "fuse", "hose", "switch", "belt")


@pytest.fixture(autouse=True)
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for module in ("wenyuan.engine.opening", "wenyuan.evaluate.judged"):
        monkeypatch.setattr(f"{module}.load_encoder", lambda name, threads: word_encoder())


def distilled(*arguments: object) -> Result:
    return run("distil", *arguments)


def about(topic: str) -> str:
    first = f"The {topic} is checked once a year by the {topic} crew."
    return f"{first} Open the {topic} cover before that, and mind the {topic} seal. Then close the {topic} again."


def test_a_knowledge_base_asks_by_its_own_headings_and_sentences(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for topic in TOPICS:
        (docs / f"{topic}.md").write_text(
            f"# Manual of the {topic}\n\n## Care of the {topic}\n\n{about(topic)}", "utf-8"
        )
    with KnowledgeBase.open(tmp_path / "kb", encoder=word_encoder()) as base:
        base.add(docs)
    out = tmp_path / "d.jsonl"
    result = distilled("data", "--kb", tmp_path / "kb", "--out", out, "--negatives", 5, "--json")
    examples = read_examples(out)
    assert json.loads(result.stdout)["examples"] == len(examples)
    headings = [example for example in examples if example.source == "kb-heading"]
    assert {example.query for example in headings} == {f"Care of the {topic}" for topic in TOPICS}
    for example in headings:
        topic = example.query.rpartition(" ")[2]
        assert example.positives == (about(topic),)
        assert len(example.negatives) == 5
        assert not [text for text in example.negatives if topic in text]
    assert any(example.source == "kb-cloze" for example in examples)


def beir(folder: Path) -> Path:
    (folder / "qrels").mkdir(parents=True)
    corpus = [{"_id": topic, "title": topic.title(), "text": about(topic)} for topic in TOPICS]
    queries = [{"_id": f"q-{topic}", "text": f"When is the {topic} checked?"} for topic in TOPICS]
    for name, items in (("corpus", corpus), ("queries", queries)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items), "utf-8")
    for name, topics in (("train", TOPICS[:8]), ("dev", TOPICS[8:])):
        lines = [f"q-{topic}\t{topic}\t1\n" for topic in topics]
        (folder / "qrels" / f"{name}.tsv").write_text("".join(lines), "utf-8")
    return folder


def test_a_data_set_asks_by_its_training_queries(tmp_path: Path) -> None:
    out = tmp_path / "d.jsonl.gz"
    result = distilled("data", "--beir", beir(tmp_path / "set"), "--out", out, "--negatives", 3)
    assert "8 examples, 0 zh, 8 en" in result.stdout
    for example in read_examples(out):
        [topic] = [topic for topic in TOPICS[:8] if topic in example.query]
        assert example.positives == (f"{topic.title()}\n{about(topic)}",)
        assert len(set(example.negatives) - set(example.positives)) == 3


class Lengths:
    """A teacher that likes long passages."""

    id, max_tokens = "lengths@1", 512

    def score(self, query: str, passages: Sequence[str]) -> Vector:
        return np.array([9.0 * len(passage) - 20.0 for passage in passages], np.float32)

    def truncated(self) -> int:
        return 0


def test_a_teacher_adds_raw_logits_and_drops_what_it_takes_for_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wenyuan.models.cross_encoder.load_cross_encoder", lambda name, threads: Lengths())
    data, out = tmp_path / "d.jsonl", tmp_path / "d.scored.jsonl"
    write_examples(data, [Example("q", ("four",), ("a", "longer")), Example("r", ("x",), ("longest",))])
    distilled("score", "--teacher", "t", "--data", data, "--out", out)
    assert read_examples(out)[0] == Example("q", ("four",), ("a", "longer"), (16.0,), (-11.0, 34.0))
    distilled("score", "--teacher", "t", "--data", data, "--out", out, "--drop-margin", 0)
    assert read_examples(out) == [Example("q", ("four",), ("a",), (16.0,), (-11.0,))]


def test_what_cannot_work_is_refused_in_one_sentence(tmp_path: Path) -> None:
    out = tmp_path / "d.jsonl"
    with pytest.raises(WrongUse, match="--kb or --beir"):
        distilled("data", "--out", out)
    with pytest.raises(WrongUse, match="--kb or --beir"):
        distilled("data", "--out", out, "--kb", tmp_path, "--beir", tmp_path)
    KnowledgeBase.open(tmp_path / "empty", encoder=word_encoder()).close()
    with pytest.raises(WrongUse, match="gives no example"):
        distilled("data", "--out", out, "--kb", tmp_path / "empty")
    assert not out.exists()
    config = tmp_path / "c.yaml"
    config.write_text("task: reranker\nmodel: m\ntrain: d.jsonl\nout: run\n", "utf-8")
    with pytest.raises(WrongUse, match="no section `distil`"):
        distilled("run", "--config", config)
