"""The record and the card of a run: what it was made from, with what, how it scored."""

from __future__ import annotations

import sys
from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wenyuan.models.artefact import sha256

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wenyuan.training.config import TrainConfig
    from wenyuan.training.data.examples import Example
    from wenyuan.training.data.reading import ReadingExample
    from wenyuan.training.loop.precision import ChosenPrecision

_LIBRARIES = ("wenyuan", "torch", "transformers", "sentence-transformers", "accelerate")
_PIPELINES = {"reranker": "text-ranking", "encoder": "feature-extraction", "reader": "question-answering"}


def describe(
    config: TrainConfig, decision: ChosenPrecision, examples: Sequence[Example | ReadingExample]
) -> dict[str, Any]:
    """run.json as it is known before training: no path and nothing of the machine."""
    files = {"train": config.train} | ({"dev": config.dev} if config.dev else {})
    weights = _weights(config.model)
    return {
        "task": config.task,
        "model": {"name": config.model.rsplit("/", 1)[-1], "sha256": sha256(weights) if weights else None},
        "data": {name: {"file": path.name, "sha256": sha256(path)} for name, path in files.items()},
        "examples": {
            "count": len(examples),
            "languages": dict(Counter(example.language or "unknown" for example in examples)),
            "sources": dict(Counter(example.source or "unknown" for example in examples)),
        },
        "precision": {"mode": decision.mode, "reason": decision.reason},
        "seed": config.seed,
        "versions": {"python": sys.version.split()[0]} | {name: _version(name) for name in _LIBRARIES},
    }


def write_card(record: Mapping[str, Any], config: TrainConfig, plots: Sequence[Path], folder: Path) -> None:
    """Write README.md: the record in words."""
    examples = record["examples"]
    metrics = [f"| {name} | {value:.4f} |" for name, value in record["metrics"].items() if value is not None]
    hashes = [f"{name} sha256 {data['sha256'][:16]}" for name, data in record["data"].items()]
    lines = [
        "---",
        f"library_name: {'transformers' if config.task == 'reader' else 'sentence-transformers'}",
        f"pipeline_tag: {_PIPELINES[config.task]}",
        "---",
        f"# {config.task.capitalize()} trained from {record['model']['name']}",
        "",
        f"- Examples: {examples['count']} ({_counts(examples['languages'])}; from {_counts(examples['sources'])}).",
        f"- Steps: {record['steps']}, {config.batch_size * config.accumulate} queries each, {config.group} passages "
        f"a query, learning rate {config.lr:g}, at most {config.max_tokens} tokens a pair, seed {config.seed}.",
        f"- Precision: {record['precision']['mode']} ({record['precision']['reason']}); weights are stored as float32.",
        f"- Distillation: {_distillation(config)}",
        *(_kept(record, config) if "best_step" in record else []),
        f"- Data: {', '.join(hashes)}.",
        *(f"- Warning: {warning}" for warning in record["warnings"]),
        "",
        *(["| metric | value |", "|---|---|", *metrics, ""] if metrics else []),
        *(f"![{plot.stem}](plots/{plot.name})" for plot in plots),
    ]
    (folder / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:  # run from a source tree
        return None


def _weights(model: str) -> Path | None:
    file = Path(model) / "model.safetensors"
    return file if file.is_file() else None


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {name}" for name, n in sorted(counts.items(), key=lambda item: -item[1]))


def _kept(record: Mapping[str, Any], config: TrainConfig) -> list[str]:
    return [f"- Kept: the model of step {record['best_step']}, which had the most {config.best}."]


def _distillation(config: TrainConfig) -> str:
    if config.distil is None:
        return "none, labels only."
    distil = config.distil
    return f"{distil.objective}, alpha {distil.alpha:g}, temperature {distil.temperature:g}."
