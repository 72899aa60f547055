"""`python -m wenyuan`."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import pytest

from wenyuan.__main__ import main

PROGRAM = [sys.executable, "-m", "wenyuan"]


def test_the_module_is_the_program() -> None:
    done = subprocess.run([*PROGRAM, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"wenyuan {importlib.metadata.version('wenyuan')}\n"


@pytest.mark.parametrize(("left", "code"), [(KeyboardInterrupt(), 130), (SystemExit(2), 2), (SystemExit(), 0)])
def test_it_ends_with_its_exit_code_and_no_traceback(
    left: BaseException, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped() -> None:
        raise left

    ended: list[int] = []
    monkeypatch.setattr("wenyuan.cli.main", stopped)
    monkeypatch.setattr("os._exit", ended.append)
    monkeypatch.setattr("sys.stdout", None)
    main()
    assert ended == [code]


def test_all_that_was_printed_is_read_and_the_exit_code_is_told(tmp_path: Path) -> None:
    done = subprocess.run([*PROGRAM, "models", "list", "--json"], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["models"]
    wrong = subprocess.run([*PROGRAM, "search", "x"], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("wenyuan: There is no knowledge base")


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    shell = f"{' '.join(PROGRAM)} models list | head -1"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stderr == ""
