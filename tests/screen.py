"""A terminal that only remembers what is written to it."""

from __future__ import annotations

import io
import sys

import pytest

from wenyuan.cli import printing


class Screen(io.StringIO):
    """A stream that says of itself that a person is looking."""

    def isatty(self) -> bool:
        return True


def look(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Let stdout and stderr be a terminal."""
    screen = Screen()
    monkeypatch.setenv("TERM", "xterm")
    for stream, console in (("stdout", printing.out), ("stderr", printing.err)):
        monkeypatch.setattr(sys, stream, screen)
        monkeypatch.setattr(console, "is_interactive", True)
    return screen
