"""Typing the commands of a page: bash says what its words are, the program runs in this process."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from wenyuan.cli import main
from wenyuan.cli.main import app

# In place of the program: it notes its words and its environment, a call after the other.
_STUB = """#!/bin/sh
{ printf '%s\\0' "$@"; printf '\\1\\0'; env -0 | grep -z '^WENYUAN_'; printf '\\2\\0'; } >> "$NOTED"
"""
_FIGURES = re.compile(r"\d+\.\d+")
_VARY = ("timings_ms", "latency_ms", "memory_mb", "peak_mb", "disk_mb")  # how long something took and how large it is


@functools.cache
def _commands() -> Any:
    """The commands of the program."""
    return typer.main.get_command(app)


@dataclass(frozen=True)
class Call:
    """What the program was called with."""

    words: tuple[str, ...]
    environment: Mapping[str, str]


class Desk:
    """A folder in which commands are typed."""

    def __init__(self, folder: Path, tools: Path, language: str) -> None:
        self.folder, self.noted = folder, tools / "noted"
        (tools / "bin").mkdir()
        stub = tools / "bin" / "wenyuan"
        stub.write_text(_STUB)
        stub.chmod(0o755)
        self.environment = {**os.environ, "PATH": f"{tools / 'bin'}:{os.environ['PATH']}", "NOTED": str(self.noted)}
        if language == "zh":
            self.environment["LANG"] = os.environ["LANG"] = "zh_CN.UTF-8"

    def run(self, text: str) -> str:
        """What a line prints that bash carries out."""
        bash = ["bash", "-e", "-c", text]
        done = subprocess.run(bash, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{text}: {done.stderr}"
        return done.stdout

    def type(self, text: str) -> list[Call]:
        """What bash makes of a line: calls of the program, which are not carried out; all else is."""
        self.noted.unlink(missing_ok=True)
        self.run(text)
        calls = self.noted.read_text("utf-8").split("\2\0")[:-1] if self.noted.exists() else []
        halves = (call.split("\1\0") for call in calls)
        return [
            Call(tuple(words.split("\0")[:-1]), dict(pair.split("=", 1) for pair in given.split("\0") if pair))
            for words, given in halves
        ]


def call(words: tuple[str, ...]) -> tuple[int, str]:
    """The exit code of the program, and what it prints, stdout and stderr as they come."""
    printed = io.StringIO()
    argv, sys.argv = sys.argv, ["wenyuan", *words]
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            main()
    except SystemExit as left:
        return int(left.code or 0), printed.getvalue()
    finally:
        sys.argv = argv
    raise AssertionError("it does not end with an exit code")


def parse(words: tuple[str, ...]) -> None:
    """Raises where the program would not take these words."""
    command: Any = _commands()
    context = command.make_context("wenyuan", list(words), resilient_parsing=True)
    rest = list(words)
    while hasattr(command, "resolve_command"):
        name, command, rest = command.resolve_command(context, rest)
        context = command.make_context(name, rest, parent=context, resilient_parsing=hasattr(command, "commands"))


def leaves() -> Iterator[tuple[str, Any]]:
    """The commands of the program by their whole names."""

    def below(name: str, command: Any) -> Iterator[tuple[str, Any]]:
        for word, each in getattr(command, "commands", {}).items():
            yield from below(f"{name} {word}".strip(), each)
        if not hasattr(command, "commands"):
            yield name, command

    yield from below("", _commands())


def options(command: Any) -> list[set[str]]:
    """The names of each option, --help aside."""
    named = [{*each.opts, *each.secondary_opts} for each in command.params if each.param_type_name == "option"]
    return [names for names in named if "--help" not in names]


def parse_mention(code: str) -> None:
    """Raises where a command that prose names is none, or an option in it is none of that command."""
    words = [word for word in shlex.split(code)[1:] if word.strip("….[]")]
    command: Any = _commands()
    while words and (known := getattr(command, "commands", None)):
        assert words[0] in known or words[0].startswith("--"), f"`{code}`: there is no command {words[0]}"
        if words[0] not in known:
            break
        command = known[words.pop(0)]
    known_options = {"--help", *(name for names in options(command) for name in names)}
    for word in words:
        assert not re.match(r"-{1,2}[a-z]", word) or word in known_options, f"`{code}`: there is no option {word}"


def shows(expected: str, printed: str) -> bool:
    """Whether that is what was printed: … stands for anything in a line, figures may differ by a hundredth or two."""
    wanted, got = ([line.rstrip() for line in text.strip().splitlines()] for text in (expected, printed))
    return len(wanted) == len(got) and all(map(_same_line, wanted, got))


def _same_line(wanted: str, got: str) -> bool:
    pattern = "(.*?)".join(r"(\d+\.\d+)".join(map(re.escape, _FIGURES.split(part))) for part in wanted.split("…"))
    figures = re.fullmatch(pattern, got)
    if figures is None:
        return False
    expected = re.findall(r"…|\d+\.\d+", wanted)
    return all(a == "…" or _near(float(a), float(b)) for a, b in zip(expected, figures.groups(), strict=True))


def _near(wanted: float, got: float) -> bool:
    return abs(wanted - got) <= max(0.05, 0.05 * abs(wanted))


def differs(wanted: Any, got: Any, at: str = "") -> str | None:
    """Where a JSON document is not as the page shows it; None where it is.

    A key … stands for further keys; of a list the page may show the first ones; times and sizes are any numbers.
    """
    if isinstance(wanted, dict) and isinstance(got, dict):
        missing, more = wanted.keys() - got.keys() - {"…"}, set() if "…" in wanted else got.keys() - wanted.keys()
        if missing or more:
            return f"{at}: the page has {sorted(missing)} too many and lacks {sorted(more)}"
        return _first(_value(key, wanted[key], got[key], at) for key in wanted if key != "…")
    if isinstance(wanted, list) and isinstance(got, list) and bool(wanted) == bool(got) and len(wanted) <= len(got):
        return _first(differs(*pair, f"{at}[{n}]") for n, pair in enumerate(zip(wanted, got, strict=False)))
    return None if _same_value(wanted, got) else f"{at}: {wanted!r} and not {got!r}"


def _same_value(wanted: Any, got: Any) -> bool:
    if isinstance(wanted, float) and isinstance(got, float | int):
        return _near(wanted, got)
    if isinstance(wanted, str):
        return wanted == "…" or (isinstance(got, str) and _same_line(wanted, got))
    return bool(wanted == got)


def _value(key: str, wanted: Any, got: Any, at: str) -> str | None:
    if key not in _VARY:
        return differs(wanted, got, f"{at}.{key}")
    keys = ([*wanted], [*got]) if isinstance(wanted, dict) else ([], [])
    return None if keys[0] == keys[1] else f"{at}.{key}: {keys[0]} and not {keys[1]}"


def _first(found: Iterable[str | None]) -> str | None:
    return next(filter(None, found), None)
