"""A run from its configuration to a model folder; killed, collapsed, out of disk and continued runs."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")
pytest.importorskip("matplotlib")

from safetensors.torch import load_file, save_file  # noqa: E402

from tiny_training import tiny_file  # noqa: E402
from wenyuan.errors import OutOfSpace, SourceError, WrongModel, WrongUse  # noqa: E402
from wenyuan.training.config import Distil, DistilStage, Precision, TrainConfig, write_config  # noqa: E402
from wenyuan.training.loop.fit import fit  # noqa: E402
from wenyuan.training.loop.run_folder import RunFolder  # noqa: E402
from wenyuan.training.loop.watch import RunProgress  # noqa: E402

from .first_right import first_right  # noqa: E402


def lines(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_a_run_learns_and_leaves_a_complete_folder(config):
    told: list[RunProgress] = []
    config = replace(config, epochs=8, eval_steps=100, freeze_embeddings=False)
    model = fit(config, first_right, told.append)
    run = config.out
    assert model == run / "model"
    judged = {line["step"]: line["dev_first"] for line in lines(run) if "dev_first" in line}
    assert list(judged) == [100, 200]
    assert judged[200] > 0.6  # by chance 0.25
    record = json.loads((run / "run.json").read_text())
    assert record["metrics"]["dev_first"] == judged[200]
    assert record["metrics"]["score_spread"] > 0.1
    assert record["precision"] == {"mode": "fp32", "reason": "asked for"}
    assert (record["steps"], record["groups"]) == (200, 200)
    assert len(record["data"]["train"]["sha256"]) == 64
    assert str(run.parent) not in (run / "run.json").read_text() + (run / "config.yaml").read_text()
    logged = [line for line in lines(run) if "loss" in line]
    assert logged[-1]["loss"] < 0.8 < logged[0]["loss"]
    assert {"learning_rate", "grad_norm", "grad_min", "grad_max", "overflows", "overflow_rate"} < logged[0].keys()
    assert told[0].note == "precision fp32: asked for"
    assert (told[-1].step, told[-1].steps) == (200, 200)
    plots = {path.stem for path in (run / "plots").glob("*.png")}
    assert plots == {"loss", "learning_rate", "loss_scale", "gradient", "dev"}
    assert "| dev_first |" in (run / "README.md").read_text()
    assert not (run / "checkpoints").exists()
    assert fit(config, resume=True) == model  # nothing left to do


def test_the_model_is_float32_even_from_a_float16_folder_and_scores_raw_logits(config):
    from sentence_transformers import CrossEncoder

    file = Path(config.model) / "model.safetensors"
    save_file({name: value.half() for name, value in load_file(file).items()}, file, metadata={"format": "pt"})
    settings = json.loads((Path(config.model) / "config.json").read_text())
    (Path(config.model) / "config.json").write_text(json.dumps(settings | {"dtype": "float16"}))
    model = fit(replace(config, layers=1))
    weights = load_file(model / "model.safetensors")
    assert {value.dtype for value in weights.values()} == {torch.float32}
    assert any(not torch.equal(value, value.half().float()) for value in weights.values())
    assert not any(".layer.1." in name for name in weights)
    opened = CrossEncoder(str(model), device="cpu", local_files_only=True)
    assert isinstance(opened.activation_fn, torch.nn.Identity)
    assert opened.max_seq_length == 32
    frozen = "bert.embeddings.word_embeddings.weight"
    assert torch.equal(weights[frozen], load_file(file)[frozen].float())


def test_a_model_that_cannot_tell_passages_apart_raises_the_alarm(config):
    told: list[RunProgress] = []
    fit(replace(config, lr=1e-9, epochs=0.2), first_right, told.append)
    assert any("score nearly the same" in step.note for step in told)
    record = json.loads((config.out / "run.json").read_text())
    assert record["warnings"]
    assert "- Warning: At step" in (config.out / "README.md").read_text()


def test_the_alarm_does_not_need_a_dev_set(config):
    fit(replace(config, lr=1e-9, epochs=0.2))
    assert json.loads((config.out / "run.json").read_text())["warnings"]


@pytest.mark.slow
def test_distillation_in_stages_leaves_the_last_and_smallest_model(config, tmp_path):
    file = tiny_file(tmp_path / "scored.jsonl", 64, teacher=True)
    distil = Distil(
        alpha=0.9, curriculum="easy_first", weighting="margin", stages=(DistilStage(2), DistilStage(1, 2.0))
    )
    model = fit(replace(config, train=file, distil=distil), first_right)
    assert json.loads((model / "config.json").read_text())["num_hidden_layers"] == 1
    assert json.loads((config.out / "run.json").read_text())["steps"] == 16
    assert all(line["soft"] > line["hard"] for line in lines(config.out) if "soft" in line)


class Killed(BaseException):
    """A signal that ends the process."""


@pytest.mark.slow
def test_stages_killed_after_any_move_of_their_result_are_taken_up(config, tmp_path, monkeypatch):
    file = tiny_file(tmp_path / "scored.jsonl", 64, teacher=True)
    config = replace(config, train=file, distil=Distil(alpha=0.9, stages=(DistilStage(2), DistilStage(1))))
    rename, moved = Path.rename, []

    def killed_after(self, target):
        rename(self, target)
        if Path(target).parent == config.out:
            moved.append(self.name)
            raise Killed

    monkeypatch.setattr(Path, "rename", killed_after)
    for resume in (False, *[True] * 5):
        with contextlib.suppress(Killed):
            fit(config, resume=resume)
        assert not (config.out / "model").is_dir() or (config.out / "run.json").is_file()
    assert (fit(config, resume=True) / "model.safetensors").is_file()
    assert RunFolder(config.out).record()["steps"] == 8
    assert set(moved) == {"run.json", "README.md", "metrics.jsonl", "plots", "model"}


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"max_tokens": 65}, WrongUse, "beyond the 64 positions"),
        ({"layers": 3}, WrongUse, "2 layers"),
        ({"precision": Precision(mode="fp16")}, WrongUse, "fp16 needs a GPU"),
        ({"model": "no-such-folder"}, WrongUse, "no-such-folder"),
        ({"train": Path("none.jsonl")}, WrongUse, "none.jsonl"),
    ],
)
def test_wrong_use_is_one_sentence(config, change, error, said):
    with pytest.raises(error, match=said):
        fit(replace(config, **change))


def test_a_folder_that_is_no_model_and_examples_without_contrast_are_refused(config, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(WrongModel, match="empty"):
        fit(replace(config, model=str(tmp_path / "empty")))
    file = tmp_path / "one.jsonl"
    file.write_text('{"query": "q", "pos": ["a"], "neg": []}\n')
    with pytest.raises(SourceError, match="line 1"):
        fit(replace(config, train=file, out=tmp_path / "other"))


CHILD = """
import sys
from pathlib import Path
from wenyuan.training.config import read_config
from wenyuan.training.loop.fit import fit
fit(read_config(Path(sys.argv[1])), resume=True)
"""


def child(config: TrainConfig, file: Path) -> subprocess.Popen[bytes]:
    write_config(config, file)
    return subprocess.Popen([sys.executable, "-c", CHILD, str(file)], env=os.environ | {"OMP_NUM_THREADS": "1"})


@pytest.mark.slow
def test_a_killed_run_goes_on_and_ends_with_the_same_weights(config, tmp_path):
    config = replace(config, epochs=6, save_steps=20, log_steps=1)
    whole = fit(replace(config, out=tmp_path / "whole"))
    for at in (50, 90):
        process = child(config, tmp_path / "r.yaml")
        deadline = time.monotonic() + 120
        while reached(config.out) < at:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not (config.out / "model").exists()
    assert child(config, tmp_path / "r.yaml").wait() == 0
    ours, theirs = load_file(config.out / "model" / "model.safetensors"), load_file(whole / "model.safetensors")
    for name, value in theirs.items():
        torch.testing.assert_close(ours[name], value, rtol=0, atol=1e-6)
    assert [line["step"] for line in lines(config.out)] == [line["step"] for line in lines(tmp_path / "whole")]
    assert json.loads((config.out / "run.json").read_text())["resumed"] is True


def reached(folder: Path) -> int:
    """The last step logged so far; lines may be half-written."""
    file = folder / "metrics.jsonl"
    whole = (
        [line for line in file.read_text().splitlines(keepends=True) if line.endswith("\n")] if file.exists() else []
    )
    return json.loads(whole[-1])["step"] if whole else 0


@pytest.mark.slow
def test_a_full_disk_leaves_the_earlier_checkpoint_and_the_run_goes_on(config, tmp_path):
    mount = shutil.which("mount")
    small = tmp_path / "small"
    small.mkdir()
    command = [str(mount), "-t", "tmpfs", "-o", "size=1500k", "tmpfs", str(small)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        config = replace(config, out=small / "run", epochs=4)
        filler = small / "filler"

        def fill(step: RunProgress) -> None:
            if step.step == 12 and not filler.exists():
                free = shutil.disk_usage(small).free
                filler.write_bytes(bytes(max(0, free - 20_000)))

        with pytest.raises(OutOfSpace, match="continues from step 10 with --resume"):
            fit(config, on_progress=fill)
        assert [path.name for path in (config.out / "checkpoints").iterdir()] == ["checkpoint-10"]
        filler.unlink()
        assert (fit(config, resume=True) / "model.safetensors").is_file()
    finally:
        subprocess.run(["umount", str(small)], check=True)
