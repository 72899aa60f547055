"""The report of a run: a folder with one page that needs nothing else, its figures as JSON, and a trace a question."""

from __future__ import annotations

import errno
import functools
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from wenyuan.errors import OutOfSpace, WrongUse
from wenyuan.evaluate.record import METRIC, Record
from wenyuan.text.language import language

_PAGE, _RECORD, _TRACES = "index.html", "run.json", "traces"
_SHOWN = ("ndcg@10", "mrr@10", "p@5", "r@10", "r@100")
_NAMES = {
    "ndcg@10": "nDCG@10",
    "mrr@10": "MRR@10",
    "p@5": "P@5",
    "p@10": "P@10",
    "r@10": "recall@10",
    "r@100": "recall@100",
}
_AXES = (0.25, 0.5, 1.0)  # where an axis may end


@dataclass(frozen=True, slots=True)
class ReportFolder:
    """A folder that holds a report or nothing, and can be written."""

    path: Path

    @classmethod
    def open(cls, path: Path) -> Self:
        """Make it, or empty it of the traces of an earlier report; the rest stays until the new one takes its place.

        Raises:
            WrongUse: it holds something else, or cannot be written.
        """
        with _writing(path):
            traces = path / _TRACES
            if path.is_dir() and not _is_ours(path):
                raise WrongUse(f"{path} holds something that is no report: name a new or an empty folder.")
            path.mkdir(parents=True, exist_ok=True)
            for trace in traces.iterdir() if traces.is_dir() else ():
                trace.unlink()
        return cls(path)

    def write_trace(self, n: int, trace: Mapping[str, Any]) -> None:
        """Keep what happened on the way to the n-th question's hits, n from 1."""
        with _writing(self.path):
            (self.path / _TRACES).mkdir(exist_ok=True)
        self._write(_trace_of(n), json.dumps(trace, ensure_ascii=False, indent=1))

    def write(self, record: Record, render: Callable[[Record], str] | None = None) -> Path:
        """Write a record and its page, which is `page` unless it is rendered otherwise.

        Each question that has a trace points to it.
        """
        traced = [
            row | {"trace": _trace_of(n)} if (self.path / _trace_of(n)).is_file() else row
            for n, row in enumerate(record["questions"], 1)
        ]
        record = {**record, "questions": traced}
        self._write(_RECORD, json.dumps(record, ensure_ascii=False, indent=1))
        return self._write(_PAGE, (render or page)(record))

    def _write(self, name: str, text: str) -> Path:
        """The file is there whole or as it was."""
        target = self.path / name
        part = target.with_name(f"{target.name}.part")
        with _writing(self.path):
            part.write_text(text, "utf-8")
            part.replace(target)
        return target


def page(record: Record) -> str:
    """One HTML page of these figures that asks for no other file; only its traces are beside it."""
    rows = [_row(n, row) for n, row in enumerate(record["questions"], 1)]
    stages = record.get("stages", [{"name": "run", **record}])
    return template("report.html.jinja").render(
        record=record,
        stages=stages,
        metrics={name: _NAMES[name] for name in _SHOWN if name in record["metrics"]},
        axes={name: _axis(max(stage["intervals"][name][1] for stage in stages)) for name in record["metrics"]},
        waterfall=_waterfall(record["latency_ms"]),
        rows=sorted(rows, key=lambda row: (row["change"] == 0, row["change"])),  # losses, wins, then ties
        metric=METRIC,
        names=_NAMES,
    )


def _row(n: int, row: Mapping[str, Any]) -> dict[str, Any]:
    """A question as its line of the table shows it: before and after, the relevant documents that came first."""
    first = row.get("first", row)
    before, after = first["metrics"][METRIC], row["metrics"][METRIC]
    places = [(document, first["ranks"][document], rank) for document, rank in row["ranks"].items()]
    return {
        "n": n,
        "question": row["question"],
        "language": language(row["question"]),
        "before": before,
        "after": after,
        "change": round(after - before, 6),
        "places": sorted(places, key=lambda place: (place[2] is None, place[2] or 0)),
        "trace": row.get("trace"),
    }


def _waterfall(latency_ms: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """Each stage with the share of the width at which it begins, when every one took its median."""
    stages: list[dict[str, Any]] = []
    start = 0.0
    for name, times in latency_ms.items():
        if name != "total":
            stages.append({"name": name, "start": start, **times})
            start += times["p50"]
    width = max([latency_ms["total"]["p95"], *(stage["start"] + stage["p95"] for stage in stages), 1e-9])
    return {"stages": stages, "width": width, "total": latency_ms["total"]}


def _axis(highest: float) -> float:
    return next((end for end in _AXES if highest <= end), 1.0)


def _is_ours(path: Path) -> bool:
    """Whether a folder is empty or holds an earlier report, or the traces of one that was interrupted."""
    names = {entry.name.removesuffix(".part") for entry in path.iterdir()}
    traces = [entry.name for entry in (path / _TRACES).iterdir()] if _TRACES in names else []
    if not names <= {_PAGE, _RECORD, _TRACES} or not all(_is_trace(name) for name in traces):
        return False
    if names <= {_TRACES}:
        return True
    try:
        record = json.loads((path / _RECORD).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(record, dict) and {"data", "command", "questions"} <= record.keys()


def _is_trace(name: str) -> bool:
    return name.removesuffix(".part").removesuffix(".json").isdecimal()


def _trace_of(n: int) -> str:
    return f"{_TRACES}/{n}.json"


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise OutOfSpace(f"No space is left for the report in {folder}: free some and repeat.") from error
        said = os.strerror(error.errno) if error.errno else str(error)
        raise WrongUse(
            f"No report can be written to {folder} ({said}): name a folder that you may write to."
        ) from error


def template(name: str) -> Template:
    """A page of this package, in which everything is escaped and nothing may be missing."""
    return _environment().get_template(name)


def scripts(name: str) -> list[str]:
    """The scripts that stand in a page of this package, so that nothing else in one is let run."""
    loader = _environment().loader
    assert loader
    return re.findall(r"<script>(.*?)</script>", loader.get_source(_environment(), name)[0], re.DOTALL)


@functools.cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("wenyuan", "evaluate"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
