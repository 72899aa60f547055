"""Bars on stderr while long work is done, with the time that is left; silent where stderr is not a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from wenyuan.cli.printing import err
from wenyuan.cli.reader import told
from wenyuan.cli.terminal import one_line

if TYPE_CHECKING:
    from wenyuan.engine.progress import OnProgress
    from wenyuan.engine.progress import Progress as Step
    from wenyuan.evaluate.run import OnQuestion

_ESTIMATED_OVER = 600.0  # seconds: encoding tells of itself seldom, after each few hundred passages


@contextmanager
def progress() -> Iterator[OnProgress]:
    """A bar on stderr while documents are read; silent where stderr is not a terminal."""
    with _bar() as bar:
        task = bar.add_task("", total=None, count="")

        def on_progress(step: Step) -> None:
            count, document = f"{step.done}/{step.total}", one_line(step.document)
            bar.update(task, completed=step.part or 0, total=step.part and 1, count=count, description=document)

        yield on_progress


@contextmanager
def counter() -> Iterator[OnQuestion]:
    """A bar on stderr while questions are asked."""
    with _bar() as bar:
        task = bar.add_task(told("questions"), total=None, count="")
        yield lambda done, total: bar.update(task, completed=done, total=total, count=f"{done}/{total}")


@contextmanager
def measuring() -> Iterator[tuple[OnQuestion, OnProgress]]:
    """A bar on stderr while a corpus is encoded, then one while questions are asked."""
    with _bar() as bar:
        names = (told("questions"), told("documents encoded"))
        questions, documents = (bar.add_task(name, start=False, total=None, visible=False, count="") for name in names)

        def on_question(done: int, total: int) -> None:
            bar.start_task(questions)
            bar.update(questions, completed=done, total=total, visible=True, count=f"{done}/{total}")

        def on_progress(step: Step) -> None:
            bar.start_task(documents)
            count, goes_on = f"{step.done}/{step.total}", step.done != step.total
            bar.update(documents, completed=step.done, total=step.total, visible=goes_on, count=count)

        yield on_question, on_progress


def _bar() -> Progress:
    count, what = (TextColumn(f"{{task.{name}}}", markup=False) for name in ("fields[count]", "description"))
    columns = (BarColumn(), count, TimeElapsedColumn(), TimeRemainingColumn(), TextColumn(told("left")), what)
    return Progress(
        *columns, console=err, transient=True, disable=not err.is_terminal, speed_estimate_period=_ESTIMATED_OVER
    )
