"""Training files: what is read, what is written back, what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from wenyuan.errors import WrongUse
from wenyuan.training.config import Distil, DistilStage, LayerMatch, Precision, TrainConfig, read_config, write_config

MINIMAL = "task: reranker\nmodel: hf:org/name\ntrain: data/train.jsonl\nout: run\n"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "r.yaml"
    path.write_text(text, "utf-8")
    return path


def test_paths_are_relative_to_the_file_and_defaults_hold(tmp_path: Path) -> None:
    config = read_config(written(tmp_path, MINIMAL + "lr: 3e-5\nprecision: {mode: bf16}\n"))
    assert config.train == tmp_path / "data" / "train.jsonl"
    assert config.out == tmp_path / "run"
    assert config.model == "hf:org/name"
    assert config.lr == 3e-5  # YAML 1.1 reads "3e-5" as a string
    assert (config.dev, config.distil, config.precision) == (None, None, Precision(mode="bf16"))


def test_a_model_folder_beside_the_file_becomes_its_path(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    text = MINIMAL.replace("hf:org/name", "base") + "distil: {teacher: base}\n"
    config = read_config(written(tmp_path, text))
    assert config.model == str(tmp_path / "base")
    assert config.distil is not None
    assert config.distil.teacher == str(tmp_path / "base")


def test_a_written_config_reads_back_equal(tmp_path: Path) -> None:
    distil = Distil(
        alpha=0.7,
        final_temperature=1.0,
        features=(LayerMatch(12, 6), LayerMatch(11, 5, "attention", 0.5)),
        stages=(DistilStage(6), DistilStage(3, 2.0)),
    )
    config = replace(read_config(written(tmp_path, MINIMAL)), distil=distil, layers=6, threads=2)
    write_config(config, tmp_path / "copy.yaml")
    assert read_config(tmp_path / "copy.yaml") == config
    assert isinstance(config, TrainConfig)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (MINIMAL + "learning_rate: 1\n", "learning_rate"),
        (MINIMAL + "precision: {mode: fp8}\n", "precision.mode"),
        (MINIMAL + "precision: {scale: 2}\n", "precision.scale"),
        (MINIMAL + "distil: {stages: [{layer: 3}]}\n", "distil.stages.0.layer"),
        (MINIMAL + "epochs: many\n", "epochs"),
        (MINIMAL + "group: 1\n", "group"),
        (MINIMAL + "accumulate: 0\n", "accumulate"),
        (MINIMAL + "heads: {early_layer: 0}\n", "heads.early_layer"),
        (MINIMAL + "heads: {early: -1}\n", "heads.early"),
        (MINIMAL.replace("out: run\n", ""), "out"),
    ],
)
def test_a_wrong_key_or_value_is_named_with_its_file(tmp_path: Path, text: str, named: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(WrongUse) as caught:
        read_config(path)
    assert f"'{named}'" in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("text", ["", "- a\n", "task: [\n"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(WrongUse, match=r"r\.yaml"):
        read_config(written(tmp_path, text))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match=r"none\.yaml cannot be read"):
        read_config(tmp_path / "none.yaml")
