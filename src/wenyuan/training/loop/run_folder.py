"""The folder of one training run: what was asked, what happened, and the checkpoints it can be continued from."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from wenyuan.errors import Damaged, OutOfSpace, WrongUse
from wenyuan.training.config import TrainConfig, read_config, write_config

_STATE = "trainer_state.json"  # the trainer writes it last: a checkpoint that has it is whole
_PREFIX = "checkpoint-"
_FIGURES = "figures.json"  # written last: a best model that has it is whole
_RESULT = ("run.json", "README.md", "metrics.jsonl", "plots")  # and the model, the mark that a run is done


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where a run keeps its files."""

    path: Path

    @property
    def checkpoints(self) -> Path:
        """Where the checkpoints are: two at most, and none once the run is done."""
        return self.path / "checkpoints"

    @property
    def model(self) -> Path:
        """Where the trained model is once the run is done, in float32."""
        return self.path / "model"

    @property
    def best(self) -> Path:
        """Where the best model so far is, with the dev figures that it had; nowhere once the run is done."""
        return self.path / "best"

    def begin(self, config: TrainConfig, resume: bool) -> None:
        """Claim the folder; WrongUse when it holds another run, or the same without `resume`."""
        file = self.path / "config.yaml"
        if not file.is_file():
            self.path.mkdir(parents=True, exist_ok=True)
            write_config(config, file)
            return
        if not resume:
            raise WrongUse(f"{self.path} already holds a run: continue it with --resume or choose another `out`.")
        stored = replace(read_config(file), threads=config.threads)  # may be another machine
        changed = [field.name for field in fields(config) if getattr(stored, field.name) != getattr(config, field.name)]
        if changed:
            raise WrongUse(f"The run in {self.path} was begun with another {', '.join(changed)}: choose another `out`.")

    def last_checkpoint(self) -> Path | None:
        """The newest whole checkpoint; what a killed process left half-written is removed."""
        found = sorted(self.checkpoints.glob(_PREFIX + "*"), key=_step)
        for broken in [folder for folder in found if not _whole(folder)]:
            shutil.rmtree(broken)
            found.remove(broken)
        return found[-1] if found else None

    def keep_best(self, model: Any, figure: str, figures: Mapping[str, Any]) -> None:  # noqa: ANN401
        """Keep this model in the place of the best so far, if it has more of the figure; a kill loses neither."""
        before = self.best_figures()
        if before is not None and not figures[figure] > before[figure]:
            return
        old = self.best.with_name("best.old")
        model.save_pretrained(str(self._next_best), create_model_card=False)
        (self._next_best / _FIGURES).write_text(json.dumps(figures), encoding="utf-8")
        if before is not None:
            shutil.rmtree(old, ignore_errors=True)  # of a kill
            self.best.replace(old)
        self._next_best.replace(self.best)
        shutil.rmtree(old, ignore_errors=True)

    def best_figures(self) -> dict[str, Any] | None:
        """The step and the dev figures of the best model so far; None where there is none."""
        if not self.best.is_dir() and (self._next_best / _FIGURES).is_file():
            self._next_best.replace(self.best)  # a kill came between two renames
        file = self.best / _FIGURES
        figures: dict[str, Any] | None = json.loads(file.read_text("utf-8")) if file.is_file() else None
        return figures

    def finish(self, model: Any) -> None:  # noqa: ANN401
        """Put the best model, or this one where none was kept, in its place, whole or not at all."""
        part = self.model.with_name("model.part")
        shutil.rmtree(part, ignore_errors=True)
        if self.best_figures() is None:
            model.save_pretrained(str(part), create_model_card=False)
        else:
            shutil.copytree(self.best, part, ignore=shutil.ignore_patterns(_FIGURES))
        part.replace(self.model)
        for folder in (self.checkpoints, *self.path.glob("best*")):  # no longer needed
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def _next_best(self) -> Path:
        return self.path / "best.part"

    def rewind(self, checkpoint: Path | None) -> None:
        """Forget the metrics of the steps after this checkpoint: they will be made again."""
        file = self.path / "metrics.jsonl"
        if file.is_file():
            last = 0 if checkpoint is None else _step(checkpoint)
            kept = [json.dumps(line) + "\n" for line in self.metrics() if line["step"] <= last]
            file.write_text("".join(kept), encoding="utf-8")

    def append(self, values: Mapping[str, Any]) -> None:
        """Add a line to metrics.jsonl; it has the key `step`."""
        with (self.path / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(values) + "\n")

    def metrics(self) -> list[dict[str, Any]]:
        """All lines of metrics.jsonl; a last one cut short by a kill is left out."""
        file = self.path / "metrics.jsonl"
        lines = file.read_text("utf-8").splitlines(keepends=True) if file.is_file() else []
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def write_record(self, values: Mapping[str, Any]) -> None:
        """Write run.json: hashes, versions, decisions, results; nothing of the machine or its paths."""
        text = json.dumps(values, ensure_ascii=False, indent=2)
        (self.path / "run.json").write_text(text + "\n", encoding="utf-8")

    def record(self) -> dict[str, Any]:
        """What run.json holds; Damaged when it cannot be read."""
        file = self.path / "run.json"
        try:
            content: dict[str, Any] = json.loads(file.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise Damaged(f"{file} cannot be read ({error}); train again into another folder.") from error
        return content

    def take_over(self, stage: RunFolder) -> None:
        """Move the result of the last stage here, the mark of completion last; a move that was cut off is taken up."""
        for name in (*_RESULT, stage.model.name):
            if (stage.path / name).exists():
                (stage.path / name).rename(self.path / name)

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """A full disk becomes one sentence; whole checkpoints stay, a half-written one is removed."""
        try:
            yield
        except Exception as error:
            if not _disk_is_full(error, self.path):
                raise
            kept = self.last_checkpoint()
            rest = f"go on from step {_step(kept)} with --resume" if kept else "start again"
            raise OutOfSpace(f"No space is left for {self.path}: free some disk space, then {rest}.") from error


def _step(checkpoint: Path) -> int:
    return int(checkpoint.name.removeprefix(_PREFIX))


def _whole(checkpoint: Path) -> bool:
    try:
        json.loads((checkpoint / _STATE).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return True


def _disk_is_full(error: BaseException, folder: Path) -> bool:
    """torch and safetensors report a full disk as errors of their own, without errno."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    writing = "No space left" in str(error) or "write" in str(error).lower()
    return writing and shutil.disk_usage(folder).free < 1 << 20
