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
    with pytest.raises(OutOfSpace, match="go on from step 100 with --resume"), run.guarded():
        raise OSError(errno.ENOSPC, "No space left on device")
    assert kept.exists()
    assert not broken.exists()
    with pytest.raises(OSError, match="permission"), run.guarded():
        raise OSError(errno.EACCES, "permission denied")
    with pytest.raises(RuntimeError, match="write failed"), run.guarded():  # the disk is not full
        raise RuntimeError("write failed")


class Model:
    """Weighs what it is made with."""

    def __init__(self, weights: str) -> None:
        self.weights = weights

    def save_pretrained(self, folder: str, create_model_card: bool) -> None:
        assert not create_model_card
        Path(folder).mkdir(exist_ok=True)
        (Path(folder) / "weights").write_text(self.weights)


def test_the_best_model_is_kept_and_takes_its_place_at_the_end(config: TrainConfig) -> None:
    run = RunFolder(config.out)
    run.begin(config, resume=False)
    assert run.best_figures() is None
    for step, figure in enumerate((0.4, 0.8, 0.8, 0.6)):
        run.keep_best(Model(f"step {step}"), "dev_x", {"step": step, "dev_x": figure})
    assert run.best_figures() == {"step": 1, "dev_x": 0.8}
    checkpoint(run, 3)
    run.finish(Model("last"))
    assert (run.model / "weights").read_text() == "step 1"
    assert {path.name for path in run.path.iterdir()} == {"config.yaml", "model"}
    assert {path.name for path in run.model.iterdir()} == {"weights"}


def test_without_a_best_model_the_last_takes_its_place(config: TrainConfig) -> None:
    run = RunFolder(config.out)
    run.begin(config, resume=False)
    run.finish(Model("last"))
    assert (run.model / "weights").read_text() == "last"


class Killed(BaseException):
    """A signal that ends the process."""


@pytest.mark.parametrize(("renames", "kept"), [(0, 0.4), (1, 0.8), (2, 0.8)])
def test_a_kill_between_the_renames_loses_no_best_model(config: TrainConfig, monkeypatch, renames, kept) -> None:
    run, rename, done = RunFolder(config.out), Path.replace, []
    run.begin(config, resume=False)
    run.keep_best(Model("first"), "dev_x", {"dev_x": 0.4})

    def killed(self, target):
        if len(done) == renames:
            raise Killed
        done.append(target)
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        if renames < 2:
            with pytest.raises(Killed):
                run.keep_best(Model("second"), "dev_x", {"dev_x": 0.8})
        else:
            run.keep_best(Model("second"), "dev_x", {"dev_x": 0.8})
    assert run.best_figures() == {"dev_x": kept}
    run.keep_best(Model("third"), "dev_x", {"dev_x": 0.9})
    assert (run.best / "weights").read_text() == "third"
