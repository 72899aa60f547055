"""Training a classifier of texts: data that is refused, a head that separates what can be separated."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

pytest.importorskip("sklearn")

from wenyuan.cli.training import train
from wenyuan.errors import SourceError, WrongUse
from wenyuan.models import load_classifier, load_encoder
from wenyuan.training.classifier import cross_validated, fit_head, read_labelled

TEXTS = {
    "card": [
        "Where is my card?",
        "card not arrived",
        "银行卡还没寄到",
        "my new card is late",
        "卡片丢了怎么补",
        "card lost",
    ],
    "loan": [
        "loan interest rate",
        "贷款利率是多少",
        "apply for a loan",
        "How much can I borrow?",
        "房贷怎么还",
        "mortgage",
    ],
}


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return path


def rows(counts: int = 6) -> list[dict[str, object]]:
    return [{"text": text, "label": label} for label, texts in TEXTS.items() for text in texts[:counts]]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(train, ["classifier", *map(str, arguments)], catch_exceptions=False)


def test_a_trained_classifier_serves(tmp_path):
    done = run("--data", write(tmp_path / "cards.jsonl", rows()), "--out", tmp_path / "mine", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["folder"] == str(tmp_path / "mine")
    encoder = load_encoder("embed")
    model = load_classifier(str(tmp_path / "mine"), encoder)
    assert model is not None
    assert list(model.labels) == ["card", "loan"]
    found = model.probabilities(encoder.encode_queries(["我的卡呢", "interest of a loan"]))
    assert found.argmax(axis=1).tolist() == [0, 1]
    assert model.artefact.card.source == encoder.id


@pytest.mark.parametrize(
    ("row", "error", "sentence"),
    [
        ({"text": "", "label": "card"}, SourceError, "line 13"),
        ({"text": "x"}, SourceError, "line 13.*'label'"),
        ({"text": "x", "label": "rare"}, WrongUse, "fewer than 5 texts of the label 'rare'"),
    ],
)
def test_bad_lines_are_named(tmp_path, row, error, sentence):
    with pytest.raises(error, match=sentence):
        read_labelled(write(tmp_path / "bad.jsonl", [*rows(), row]))


def test_one_label_is_not_enough(tmp_path):
    with pytest.raises(WrongUse, match="1 label: a classifier needs at least two"):
        read_labelled(write(tmp_path / "one.jsonl", rows()[:6]))


@pytest.mark.parametrize("labels", [2, 3])
def test_what_is_separable_is_separated(labels):
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(labels), 20)
    vectors = (np.eye(labels, 8)[truth] + 0.1 * rng.standard_normal((len(truth), 8))).astype(np.float32)
    names = [f"label {n}" for n in truth]
    head, order = fit_head(vectors, names)
    assert head.shape == (9, labels)
    assert [order[n] for n in (vectors @ head[:-1] + head[-1]).argmax(axis=1)] == names
    assert cross_validated(vectors, names) == {"accuracy": 1.0, "macro_f1": 1.0}
