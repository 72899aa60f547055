"""`wenyuan train fusion`: judged questions in, a policy and its paired test out; a stand-in for the encoder."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from click.testing import Result

pytest.importorskip("sklearn")

import wenyuan.training.fusion as training
from commands import run
from fakes import word_encoder
from wenyuan.errors import WrongUse

WORDS = [f"word{n}" for n in range(30)]


def write_set(folder: Path, seed: int, n: int = 48, split: str = "train") -> Path:
    """Documents of a few words, and questions of some words of one document each."""
    rng = random.Random(seed)
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    texts = [" ".join(rng.choices(WORDS, k=12)) for _ in range(n)]
    corpus = [{"_id": f"d{i}", "title": "", "text": text} for i, text in enumerate(texts)]
    asked = [
        {"_id": f"q{i}", "text": f"{seed} " + " ".join(rng.sample(text.split(), 3))} for i, text in enumerate(texts)
    ]
    for name, rows in (("corpus", corpus), ("queries", asked)):
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    judged = [f"q{i}\td{i}\t1" for i in range(n)]
    (folder / "qrels" / f"{split}.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *judged]))
    return folder


@pytest.fixture(autouse=True)
def _stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("wenyuan.evaluate.judged.load_encoder", lambda name, threads: word_encoder())


def trained(*arguments: object) -> Result:
    return run("train", "fusion", *arguments)


@pytest.fixture
def _always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any policy is good enough: the questions of these tests are noise."""
    monkeypatch.setattr(training, "LOSS", 1.0)
    monkeypatch.setattr(training, "SURE", -1e9)


@pytest.mark.usefixtures("_always")
def test_a_policy_is_trained_and_judged(tmp_path: Path) -> None:
    one, two = (write_set(tmp_path / name, n) for n, name in enumerate(("one", "two")))
    dev = write_set(tmp_path / "three", 3, split="dev")
    out = tmp_path / "mine"
    result = trained("--data", one, "--data", two / "train.tsv", "--dev", dev, "--out", out, "--json")
    assert result.exit_code == 0
    printed = json.loads(result.stdout)
    assert (printed["folder"], set(printed["gains"])) == (str(out), {"one/train", "two/train"})
    (row,) = printed["dev"]
    assert (row["name"], row["n"]) == ("three", 48)
    assert row["difference"]["low"] <= row["policy"] - row["fixed"] <= row["difference"]["high"]
    card = json.loads((out / "model.json").read_text())
    assert card["source"] == "words@1"
    assert card["recipe"] == "wenyuan train fusion --data one/train --data two/train"
    with (dev / "queries.jsonl").open("a") as queries, (dev / "qrels" / "dev.tsv").open("a") as qrels:
        queries.write('\n{"_id": "symbols", "text": "?!"}')
        qrels.write("\nsymbols\td1\t1")
    more = json.loads(trained("--data", one, "--data", two, "--dev", dev, "--out", out, "--json").stdout)["dev"][0]
    assert more["n"] == 49, "a question that only one leg can answer counts, too"
    assert more["acts"] == pytest.approx(row["acts"] * 48 / 49)
    plain = trained("--data", one, "--data", two, "--dev", dev, "--out", out, "--limit", 45)
    assert "n = 45" in plain.stdout
    assert "on sets that were left out" in plain.stdout


def test_noise_is_refused(tmp_path: Path) -> None:
    sets = [write_set(tmp_path / str(n), n) for n in range(2)]
    with pytest.raises(WrongUse, match="No policy surely gains"):
        trained("--data", sets[0], "--data", sets[1], "--out", tmp_path / "mine")
    assert not (tmp_path / "mine").exists()


def test_questions_that_teach_do_not_judge(tmp_path: Path) -> None:
    one = write_set(tmp_path / "one", 1)
    with pytest.raises(WrongUse, match=f"no file none.tsv, nor is it in {one}"):
        trained("--data", one, "--dev", one / "none.tsv", "--out", tmp_path / "mine")
    with pytest.raises(WrongUse, match="judge by others"):
        trained("--data", one, "--dev", one / "qrels" / "train.tsv", "--out", tmp_path / "mine")


def test_another_file_or_folder_is_not_overwritten(tmp_path: Path) -> None:
    one = write_set(tmp_path / "one", 1)
    for place in (one, one / "corpus.jsonl"):
        with pytest.raises(WrongUse, match="holds something that is no model"):
            trained("--data", one, "--out", place)


def test_a_folder_without_a_corpus_needs_a_knowledge_base(tmp_path: Path) -> None:
    one = write_set(tmp_path / "one", 1)
    (one / "corpus.jsonl").unlink()
    with pytest.raises(WrongUse, match="--kb"):
        trained("--data", one, "--out", tmp_path / "mine")
