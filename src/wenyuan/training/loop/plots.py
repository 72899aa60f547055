"""Curves of a run as PNG files: loss, learning rate, loss scale, gradient range, dev metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_PLOTS = {  # file name → the keys of metrics.jsonl it shows, and whether the axis is logarithmic
    "loss": (("loss", "hard", "soft", "features", "relevance", "early", "evidence", "null"), False),
    "learning_rate": (("learning_rate",), False),
    "loss_scale": (("loss_scale", "overflows"), True),
    "gradient": (("grad_norm", "grad_max", "grad_min"), True),
}


def plot(metrics: Sequence[Mapping[str, Any]], folder: Path) -> list[Path]:
    """Write a PNG for each group of keys that `metrics` (lines of metrics.jsonl) has; the files written."""
    dev = tuple(sorted({key for line in metrics for key in line if key.startswith("dev_")}))
    folder.mkdir(exist_ok=True)
    plots = {**_PLOTS, "dev": (dev, False)}
    return [
        _draw(folder / f"{name}.png", curves, logarithmic)
        for name, (keys, logarithmic) in plots.items()
        if (curves := {key: points for key in keys if (points := _points(metrics, key))})
    ]


def _points(metrics: Sequence[Mapping[str, Any]], key: str) -> list[tuple[int, float]]:
    return [(line["step"], line[key]) for line in metrics if line.get(key) is not None]


def _draw(file: Path, curves: Mapping[str, list[tuple[int, float]]], logarithmic: bool) -> Path:
    from matplotlib.figure import Figure  # without pyplot: no display, no global state

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for name, points in curves.items():
        axes.plot(*zip(*points, strict=True), marker="." if len(points) < 50 else "", label=name)
    if logarithmic:
        axes.set_yscale("log" if min(y for points in curves.values() for _, y in points) > 0 else "symlog")
    axes.set_xlabel("step")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(file, dpi=110)
    return file
