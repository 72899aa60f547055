"""Bars while long work is done."""

from __future__ import annotations

import re
import time

import pytest

from screen import look
from wenyuan.cli.progress import counter, measuring, progress
from wenyuan.engine.progress import Progress

STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
OURS = re.compile(r"\x1b\[\??[0-9;]*[A-Za-z]|\r")  # rich's own orders to a terminal
PICTURE = 0.2  # seconds: there are ten a second


def test_a_file_name_is_no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    screen = look(monkeypatch)
    with progress() as on_progress:
        on_progress(Progress(1, 2, "[red]\x1b[2J[/b].md"))
        time.sleep(PICTURE)
    seen = OURS.sub("", screen.getvalue())
    assert "[red]\\u001b[2J[/b].md" in seen
    assert not STEERING.search(seen)


def test_files_are_counted_and_the_time_left_goes_by_their_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    screen = look(monkeypatch)
    with progress() as on_progress:
        on_progress(Progress(0, 40, "a.pdf", 0.0))
        time.sleep(PICTURE)
        on_progress(Progress(1, 40, "b.pdf", 0.5))
        time.sleep(PICTURE)
    seen = OURS.sub("", screen.getvalue())
    assert "0/40" in seen
    assert re.search(r"1/40 0:00:0\d \S+ left b\.pdf", seen)


def test_questions_are_counted_after_the_corpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    screen = look(monkeypatch)
    with measuring() as (on_question, on_progress):
        on_progress(Progress(3, 9, ""))
        time.sleep(PICTURE)
        on_progress(Progress(9, 9, ""))
        on_question(2, 7)
        time.sleep(PICTURE)
    with counter() as on_question:
        on_question(5, 7)
        time.sleep(PICTURE)
    seen = OURS.sub("", screen.getvalue())
    for count, what in (("3/9", "documents encoded"), ("2/7", "questions"), ("5/7", "questions")):
        assert re.search(rf"{count} .*{what}", seen)


def test_nothing_is_written_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as on_progress:
        on_progress(Progress(1, 2, "a.md", 0.5))
    assert capsys.readouterr() == ("", "")
