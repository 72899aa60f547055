"""Running the command line: as a person does, or through typer's runner."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from click.testing import Result
from typer.testing import CliRunner


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
    from wenyuan.cli.reader import reader

    reader.arrive()
    return CliRunner().invoke(app, list(map(str, arguments)), input=typed, catch_exceptions=False)
