"""`wenyuan models`: the table of presets, comparing rerankers, accepting one."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import Result

from commands import run
from fakes import word_encoder
from wenyuan.engine import KnowledgeBase
from wenyuan.errors import MissingExtra, WrongModel, WrongUse
from wenyuan.evaluate.rerankers import Contender
from wenyuan.models.artefact import Artefact, ModelCard, locate, sha256
from wenyuan.types import Document

QUESTIONS = 12


def shifted(n: int) -> int:
    """The answer to question n; word for word, question n is nearer to passage n."""
    return (n + 5) % QUESTIONS


class Numbers:
    """A reranker that knows which passage is right ("right"), which is not ("wrong"), or nothing ("flat")."""

    SIGNS = {"right": 1.0, "wrong": -1.0, "flat": 0.0}  # noqa: RUF012
    max_tokens = 512

    def __init__(self, name: str) -> None:
        self.id = f"{name}@1"
        self.sign = self.SIGNS[name]

    def score(self, query, passages):
        if not passages:
            return np.empty(0, np.float32)
        right = f"answer {shifted(int(query.split()[-1]))}."
        return np.array([self.sign * (right in text) for text in passages], np.float32)

    def truncated(self):
        return 0


def models(*arguments: str) -> Result:
    return run("models", *arguments)


def listed(*arguments: str) -> list[dict[str, object]]:
    return json.loads(models("list", "--json", *arguments).stdout)["models"]


def test_the_list_is_filtered_by_language_and_stage() -> None:
    keys = {"name", "model", "languages", "stage", "size_mb", "licence", "good_for", "needs", "shipped"}
    assert all(set(model) == keys for model in listed())
    assert {model["stage"] for model in listed("--language", "en", "--stage", "reranker")} == {"reranker"}
    assert all("zh" in model["languages"] for model in listed("--language", "zh"))  # type: ignore[operator]
    assert len(listed("--language", "zh")) < len(listed())
    assert [model["name"] for model in listed() if model["shipped"]] == ["embed", "rerank"]


def test_the_table_has_a_line_and_a_reason_for_each_model() -> None:
    lines = models("list", "--stage", "base").stdout.splitlines()
    assert lines[0].split() == ["name", "stage", "languages", "size", "licence", "needs"]
    assert len(lines) == 1 + 2 * len(listed("--stage", "base"))


@pytest.mark.parametrize("arguments", [("--language", "de"), ("--stage", "chunker")])
def test_an_unknown_language_or_stage_is_wrong_use(arguments: tuple[str, str]) -> None:
    assert models("list", *arguments).exit_code == 2


def passage(n: int) -> str:
    """Unlike the others in its last sentence, else it would be left out as a duplicate."""
    return f"question about a thing, answer {n}. " + " ".join(f"w{n}x{word}" for word in range(20))


def write_set(folder: Path, *, corpus: bool = True) -> Path:
    """Questions whose words are nearest to a wrong passage."""
    (folder / "qrels").mkdir(parents=True)
    rows = [{"_id": f"d{n}", "title": "", "text": passage(n)} for n in range(QUESTIONS)]
    if corpus:
        (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)))
    queries = [{"_id": f"q{n}", "text": f"question about a thing {n}"} for n in range(QUESTIONS)]
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)))
    (folder / "qrels" / "test.tsv").write_text("".join(f"q{n}\td{shifted(n)}\t1\n" for n in range(QUESTIONS)))
    return folder


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A judged set, a stand-in for the encoder, and rerankers by name."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("WENYUAN_RERANK__WEIGHT", "1.0")  # the models alone decide, and read all
    monkeypatch.setenv("WENYUAN_RERANK__FINE", str(QUESTIONS))
    for module in ("wenyuan.evaluate.judged", "wenyuan.engine.opening"):
        monkeypatch.setattr(f"{module}.load_encoder", lambda name, threads: word_encoder())
    contender = lambda name, threads, runtime: Contender(name, lambda: Numbers(name), 1.0)  # noqa: E731
    monkeypatch.setattr("wenyuan.evaluate.judged.contender", contender)
    return write_set(tmp_path / "set")


def test_a_comparison_has_a_row_for_the_first_stage_and_each_model(data: Path) -> None:
    compared = json.loads(models("compare", "right", "wrong", "--data", str(data), "--json").stdout)
    assert (compared["data"], compared["n"], compared["candidates"]) == ("set", QUESTIONS, QUESTIONS)
    first, right, wrong = compared["rows"]
    assert (first["model"], right["model"], wrong["model"]) == ("first stage", "right", "wrong")
    assert right["metrics"]["ndcg@10"] == 1.0 > first["metrics"]["ndcg@10"] > wrong["metrics"]["ndcg@10"]
    assert right["differences"]["ndcg@10"]["p"] < 0.05
    keys = {"model", "id", "metrics", "intervals", "differences", "pairs_per_s", "latency_ms", "memory_mb", "disk_mb"}
    assert all(set(row) == keys | {"runtime", "truncated", "spread", "collapsed"} for row in compared["rows"])


def test_people_read_a_line_a_system_and_a_note_on_a_collapsed_one(data: Path) -> None:
    done = models("compare", "right", "flat", "--data", str(data), "--limit", "5")
    lines = done.stdout.splitlines()
    assert lines[0] == "set  n = 5, up to 12 candidates a question"
    assert [line.split()[0] for line in lines[2:]] == ["first", "right", "flat"]
    assert done.stderr.startswith("note: flat gives all candidates of a question nearly the same score (spread 0.0000")
    fewer = models("compare", "right", "--data", str(data), "--candidates", "4", "--json")
    assert json.loads(fewer.stdout)["candidates"] == 4


def test_a_set_without_a_corpus_is_asked_of_a_knowledge_base(data: Path, tmp_path: Path) -> None:
    judged = write_set(tmp_path / "judged", corpus=False)
    with pytest.raises(WrongUse, match="--kb"):
        models("compare", "right", "--data", str(judged))
    with KnowledgeBase.open(tmp_path / "kb") as kb:
        kb.put(Document(f"d{n}", "", passage(n), "m", "", 0.0) for n in range(QUESTIONS))
    compared = models("compare", "right", "--data", str(judged), "--kb", str(tmp_path / "kb"), "--json")
    assert json.loads(compared.stdout)["rows"][1]["metrics"]["ndcg@10"] == 1.0
    (judged / "qrels" / "test.tsv").write_text("q1\telsewhere\t1\n")
    with pytest.raises(WrongUse, match="No document"):
        models("compare", "right", "--data", str(judged), "--kb", str(tmp_path / "kb"))


def test_what_is_no_reranker_is_said_before_anything_is_measured(tmp_path: Path) -> None:
    with pytest.raises(WrongModel, match="name a reranker"):
        models("compare", "embed", "--data", str(tmp_path))


@pytest.fixture
def artefacts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder with a card for the reranker "right"."""
    folder = tmp_path / "candidate"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(b"graph")
    card = ModelCard("right", "reranker", 1, 512, {"model.onnx": sha256(folder / "model.onnx")})
    card.write(folder)
    ours = lambda name: Artefact(folder, card) if name in Numbers.SIGNS else locate(name)  # noqa: E731
    monkeypatch.setattr("wenyuan.models.artefact.locate", ours)
    return folder


def test_a_better_model_is_accepted_and_installed(data: Path, artefacts: Path, tmp_path: Path) -> None:
    place = tmp_path / "place"
    arguments = ["accept", "right", "--against", "first-stage", "--data", str(data), "--install", str(place)]
    done = models(*arguments)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[-2].startswith("Accepted: worse on no set, and better on set: nDCG@10 1.0000 against")
    assert lines[-1].startswith(f"Installed in {place}")
    assert (place / "model.onnx").read_bytes() == b"graph"
    verdict = json.loads(models(*arguments, "--json").stdout)
    assert (verdict["accepted"], verdict["installed"]) == (True, str(place))
    assert verdict["sets"][0]["difference"]["p"] < 0.05


@pytest.mark.parametrize(
    ("candidate", "against", "reason"),
    [
        ("wrong", "first-stage", "Refused: worse on set: nDCG@10"),
        ("wrong", "right", "Refused: worse on set: nDCG@10"),
        ("right", "right", "Refused: better with p < 0.05 on no set; nearest to it is set"),
        ("flat", "first-stage", "Refused: on set flat gives all candidates of a question nearly the same score"),
    ],
)
def test_a_model_that_is_not_better_is_refused_with_its_figures(
    data: Path, artefacts: Path, tmp_path: Path, candidate: str, against: str, reason: str
) -> None:
    place = tmp_path / "place"
    done = models("accept", candidate, "--against", against, "--data", str(data), "--install", str(place))
    assert done.exit_code == 1
    assert done.stdout.splitlines()[-1].startswith(reason)
    assert not place.exists()


def test_a_place_that_holds_something_else_is_refused_before_anything_is_measured(data: Path, artefacts: Path) -> None:
    with pytest.raises(WrongUse, match="holds something that is no model"):
        models("accept", "right", "--against", "wrong", "--data", "nowhere", "--install", str(data))


def test_the_reranker_is_not_built_without_its_data(tmp_path):
    with pytest.raises(WrongUse, match="--data"):
        models("build", "rerank", "--out", str(tmp_path / "rerank"))


def build(name: str, out: Path) -> None:
    models("build", name, "--out", str(out))


def test_an_unknown_model_is_refused_with_those_that_can_be_made(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match=r"no recipe for a model 'ember': name one of e5, intent, late"):
        build("ember", tmp_path)


def test_a_package_that_a_recipe_needs_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def needs_onnx(out: Path) -> Artefact:
        raise ModuleNotFoundError("No module named 'onnx'", name="onnx")

    monkeypatch.setitem(sys.modules, "wenyuan_models.recipes.e5", SimpleNamespace(build=needs_onnx))
    with pytest.raises(MissingExtra, match=r"needs the package onnx: `pip install 'wenyuan\[train\]'`"):
        build("e5", tmp_path)


def test_models_that_were_installed_without_their_recipes_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "wenyuan_models.recipes", None)
    monkeypatch.delitem(sys.modules, "wenyuan_models.recipes.e5", raising=False)
    with pytest.raises(MissingExtra, match=r"pip install \./models"):
        build("e5", tmp_path)
