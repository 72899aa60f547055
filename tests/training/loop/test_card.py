"""The record and the card of a run: what it was made from, nothing of the machine."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tiny_training import tiny_examples, tiny_file
from wenyuan.models.artefact import sha256
from wenyuan.training.config import Distil, TrainConfig
from wenyuan.training.data.examples import Example
from wenyuan.training.loop.card import describe, write_card
from wenyuan.training.loop.precision import ChosenPrecision

FP32 = ChosenPrecision("fp32", "asked for")


@pytest.fixture
def config(tmp_path: Path) -> TrainConfig:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "model.safetensors").write_bytes(b"weights")
    file = tiny_file(tmp_path / "train.jsonl", 3)
    return TrainConfig("reranker", str(tmp_path / "base"), file, tmp_path / "run")


def record_of(config: TrainConfig, **more: Any) -> dict[str, Any]:
    examples = [*tiny_examples(3), Example("q", ("p",), ("n",), language="zh")]
    return describe(config, FP32, examples) | {"steps": 25, "metrics": {}, "warnings": []} | more


def card(config: TrainConfig, tmp_path: Path, **more: Any) -> str:
    write_card(record_of(config, **more), config, [Path("plots/loss.png")], tmp_path)
    return (tmp_path / "README.md").read_text("utf-8")


def test_a_record_tells_what_a_run_was_made_from(config: TrainConfig) -> None:
    record = record_of(config)
    assert record["data"] == {"train": {"file": "train.jsonl", "sha256": sha256(config.train)}}
    assert record["model"] == {"name": "base", "sha256": sha256(Path(config.model) / "model.safetensors")}
    assert record["examples"] == {"count": 4, "languages": {"en": 3, "zh": 1}, "sources": {"toy": 3, "unknown": 1}}
    assert record["precision"] == {"mode": "fp32", "reason": "asked for"}
    assert str(config.train.parent) not in json.dumps(record)


def test_a_dev_file_and_a_model_of_the_hub_are_named(config: TrainConfig) -> None:
    record = record_of(replace(config, dev=config.train, model="hf:org/name"))
    assert list(record["data"]) == ["train", "dev"]
    assert record["model"] == {"name": "name", "sha256": None}


def test_a_card_says_it_in_words(config: TrainConfig, tmp_path: Path) -> None:
    said = card(config, tmp_path, metrics={"dev_ndcg@10": 0.51239, "score_spread": None}, warnings=["At step 3."])
    assert "# Reranker trained from base\n" in said
    assert "- Examples: 4 (3 en, 1 zh; from 3 toy, 1 unknown)." in said
    assert "- Distillation: none, labels only." in said
    assert "- Warning: At step 3." in said
    assert "| dev_ndcg@10 | 0.5124 |" in said
    assert "score_spread" not in said
    assert "![loss](plots/loss.png)" in said


@pytest.mark.parametrize(("task", "tag"), [("reranker", "text-ranking"), ("encoder", "feature-extraction")])
def test_a_hub_finds_the_card_by_its_task(config: TrainConfig, tmp_path: Path, task: Any, tag: str) -> None:
    assert f"pipeline_tag: {tag}\n" in card(replace(config, task=task), tmp_path)


def test_distillation_is_described(config: TrainConfig, tmp_path: Path) -> None:
    said = card(replace(config, distil=Distil(alpha=0.5, temperature=2.0)), tmp_path)
    assert f"- Distillation: {Distil().objective}, alpha 0.5, temperature 2." in said
    assert "| metric |" not in said
