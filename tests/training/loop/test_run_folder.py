"""The run folder: claimed once, continued only by the same run, whole checkpoints only."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path

import pytest

from wenyuan.errors import OutOfSpace, WrongUse
from wenyuan.training.config import TrainConfig, read_config
from wenyuan.training.loop.run_folder import RunFolder


@pytest.fixture
def config(tmp_path: Path) -> TrainConfig:
    return TrainConfig("reranker", "embed", tmp_path / "train.jsonl", tmp_path / "run")


def checkpoint(run: RunFolder, step: int, whole: bool = True) -> Path:
    folder = run.checkpoints / f"checkpoint-{step}"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    if whole:
        (folder / "trainer_state.json").write_text(json.dumps({"global_step": step}))
    return folder


def test_a_folder_in_use_is_refused_and_the_same_run_goes_on(config):
    run = RunFolder(config.out)
    run.begin(config, resume=False)
    assert read_config(config.out / "config.yaml") == config
    with pytest.raises(WrongUse, match="--resume"):
        run.begin(config, resume=False)
    run.begin(replace(config, threads=2), resume=True)
    with pytest.raises(WrongUse, match="another lr, seed"):
        run.begin(replace(config, lr=1.0, seed=5), resume=True)


def test_the_last_whole_checkpoint_counts_and_broken_ones_go(config):
    run = RunFolder(config.out)
    assert run.last_checkpoint() is None
    checkpoint(run, 90)
    kept = checkpoint(run, 100)
    broken = checkpoint(run, 110, whole=False)
    half = checkpoint(run, 120)
    (half / "trainer_state.json").write_text('{"global_')
    assert run.last_checkpoint() == kept
    assert not broken.exists()
    assert not half.exists()


def test_metrics_after_the_checkpoint_are_forgotten(config):
    run = RunFolder(config.out)
    run.begin(config, resume=False)
    for step in (10, 20, 30):
        run.append({"step": step, "loss": None})
    with (run.path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 40, "lo')  # as a kill leaves it
    assert [line["step"] for line in run.metrics()] == [10, 20, 30]
    run.rewind(checkpoint(run, 20))
    assert [line["step"] for line in run.metrics()] == [10, 20]
    run.rewind(None)
    assert run.metrics() == []


def test_a_full_disk_is_one_sentence_and_other_errors_pass(config):
    run = RunFolder(config.out)
    run.begin(config, resume=False)
    kept, broken = checkpoint(run, 100), checkpoint(run, 110, whole=False)
    with pytest.raises(OutOfSpace, match="continues from step 100 with --resume"), run.guarded():
        raise OSError(errno.ENOSPC, "No space left on device")
    assert kept.exists()
    assert not broken.exists()
    with pytest.raises(OSError, match="permission"), run.guarded():
        raise OSError(errno.EACCES, "permission denied")
    with pytest.raises(RuntimeError, match="write failed"), run.guarded():  # the disk is not full
        raise RuntimeError("write failed")
