"""The curves of a run as numbers: what its pictures are drawn from, for those who draw it themselves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from wenyuan.errors import Damaged, NoAccess
from wenyuan.training.loop.run_folder import RunFolder

State = Literal["done", "unfinished"]
"""Whether the model is there; whether a process still trains it, a folder does not say."""

Curves = dict[str, list[tuple[int, float]]]
"""Series → (step, value), in the order of the steps."""

_CONFIG, _METRICS, _RECORD = "config.yaml", "metrics.jsonl", "run.json"
_STEP = "step"
_POINTS = 2_000  # of a series at most


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a folder says of its run at a glance."""

    name: str
    state: State
    kind: str | None  # reranker, encoder or reader; None where its configuration cannot be read
    started: float
    changed: float  # when something was last logged
    step: int  # the last one that was logged; 0: none


def is_run(folder: Path) -> bool:
    """Whether a folder holds a run."""
    return (folder / _CONFIG).is_file()


def summary(folder: Path) -> RunSummary:
    """A run at a glance.

    Raises:
        NoAccess, Damaged: its files cannot be read.
    """
    run = RunFolder(folder)
    try:
        started = (folder / _CONFIG).stat().st_mtime
        logged = [place.stat().st_mtime for place in (folder / _METRICS, folder / _RECORD) if place.is_file()]
    except OSError as error:
        raise NoAccess(f"{folder} cannot be read ({error.strerror}); let the server read it.") from error
    lines = _logged(run)
    state: State = "done" if run.model.is_dir() else "unfinished"
    last = max((step for step, _ in lines), default=0)
    return RunSummary(folder.name, state, _kind(folder / _CONFIG), started, max(logged, default=started), last)


def curves(folder: Path) -> Curves:
    """All that a run logged, of its stages too where it has several, thinned out evenly where it is much.

    Raises:
        NoAccess, Damaged: its files cannot be read.
    """
    found: Curves = {}
    for prefix, run in _parts(folder):
        for step, values in _logged(run):
            for key, value in values.items():
                if isinstance(value, int | float) and math.isfinite(value):
                    found.setdefault(prefix + key, []).append((step, float(value)))
    return {name: _thinned(points) for name, points in found.items()}


def record(folder: Path) -> dict[str, Any] | None:
    """What is known of a run; None until it is done."""
    return RunFolder(folder).record() if (folder / _RECORD).is_file() else None


def _parts(folder: Path) -> list[tuple[str, RunFolder]]:
    """The run itself, and the stages of a progressive one that are still in folders of their own."""
    stages = sorted(place for place in folder.glob("stage-*") if (place / _METRICS).is_file())
    return [("", RunFolder(folder)), *((f"{stage.name} ", RunFolder(stage)) for stage in stages)]


def _logged(run: RunFolder) -> list[tuple[int, dict[str, Any]]]:
    """The lines of metrics.jsonl, each with its step."""
    file = run.path / _METRICS
    try:
        return [
            (int(line[_STEP]), {key: value for key, value in line.items() if key != _STEP}) for line in run.metrics()
        ]
    except OSError as error:
        raise NoAccess(f"{file} cannot be read ({error.strerror}); let the server read it.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged(f"{file} is no log of a run ({error}); train again into another folder.") from error


def _kind(config: Path) -> str | None:
    """The task of a configuration, whatever version wrote it."""
    try:
        content = yaml.safe_load(config.read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return None
    task = content.get("task") if isinstance(content, dict) else None
    return task if isinstance(task, str) else None


def _thinned(points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """At most so many, evenly, the last among them."""
    apart = math.ceil(len(points) / _POINTS)
    return points[::-1][::apart][::-1]
