"""`wenyuan train`: one JSON document on stdout, the precision and its reason on stderr."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")

from commands import run
from tiny_training import tiny_file, tiny_model, tiny_reading
from wenyuan.errors import WrongUse
from wenyuan.training.data.reading import write_reading

YAML = """
task: reranker
model: base
train: train.jsonl
dev: dev.jsonl
out: run
max_tokens: 32
eval_steps: 4
precision: {mode: fp32}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    tiny_model(tmp_path / "base")
    tiny_file(tmp_path / "train.jsonl", 64)
    tiny_file(tmp_path / "dev.jsonl", 8, seed=5)
    (tmp_path / "r.yaml").write_text(YAML)
    return tmp_path / "r.yaml"


@pytest.mark.slow
def test_a_run_prints_its_record(file: Path) -> None:
    result = run("train", "reranker", "--config", file, "--json")
    assert result.exit_code == 0
    record = json.loads(result.stdout)
    assert record["folder"] == str(file.parent / "run" / "model")
    assert set(record["metrics"]) == {"dev_ndcg@10", "dev_mrr@10", "score_spread"}
    assert record["steps"] == 8
    assert "precision fp32: asked for" in result.stderr
    plain = run("train", "reranker", "--config", file, "--resume")
    assert "8 steps in precision fp32" in plain.stdout


def test_the_wrong_task_and_a_dev_file_without_labels_are_wrong_use(file: Path) -> None:
    with pytest.raises(WrongUse, match="wenyuan train reranker"):
        run("train", "encoder", "--config", file)
    (file.parent / "dev.jsonl").write_text('{"query": "q", "neg": ["a", "b"], "neg_scores": [1, 2]}\n')
    with pytest.raises(WrongUse, match="no example with positive"):
        run("train", "reranker", "--config", file)


def test_a_reader_is_trained_from_a_file_and_its_best_model_is_kept(file: Path) -> None:
    write_reading(file.parent / "train.jsonl", tiny_reading(32))
    write_reading(file.parent / "dev.jsonl", tiny_reading(9, seed=5))
    file.write_text(YAML.replace("reranker", "reader") + "threads: 1\nbest: auroc\nheads: {early_layer: 1}\n")
    result = run("train", "reader", "--config", file, "--json")
    assert result.exit_code == 0
    record = json.loads(result.stdout)
    assert set(record["metrics"]) == {
        *("dev_evidence", "dev_hit@1", "dev_early_hit@1", "dev_auroc", "score_spread"),
    }
    assert (record["task"], record["steps"], record["best_step"]) == ("reader", 4, 4)
    assert json.loads((file.parent / "run" / "model" / "config.json").read_text())["architectures"] == ["BertReader"]
    with pytest.raises(WrongUse, match="wenyuan train reader"):
        run("train", "reranker", "--config", file)
