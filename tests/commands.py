"""Running the command line: as a person does, or through typer's runner."""

from __future__ import annotations

import functools
import io
import json
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from click.testing import Result
from typer import Typer
from typer.main import get_command
from typer.testing import CliRunner

from wenyuan.cli.reader import reader


class Run(NamedTuple):
    """What became of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


Wenyuan = Callable[..., Run]

_made = functools.cache(get_command)


def command_of(app: Typer) -> Any:
    """The commands of the app, made once, for that takes longer than many of them; those of another language anew."""
    return _made(app) if reader.language == "en" else get_command(app)


def shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Wenyuan:
    """Runs `wenyuan` from its entry point: errors are sentences and exit codes. `typed` is what a person types."""
    from wenyuan.cli import main

    def run(*arguments: str, typed: str = "") -> Run:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["wenyuan", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as exit_:
            main()
        printed = capsys.readouterr()
        return Run(int(exit_.value.code or 0), printed.out, printed.err)

    return run


def run(*arguments: object, typed: str | None = None) -> Result:
    """Run a command of the app without its entry point: errors are raised."""
    from wenyuan.cli.main import app

    reader.arrive()
    return CliRunner().invoke(app, list(map(str, arguments)), input=typed, catch_exceptions=False)
