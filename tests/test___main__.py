"""`python -m wenyuan`."""

from __future__ import annotations

import importlib.metadata
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PROGRAM = [sys.executable, "-m", "wenyuan"]


def test_the_module_is_the_program() -> None:
    done = subprocess.run([*PROGRAM, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"wenyuan {importlib.metadata.version('wenyuan')}\n"


def test_ctrl_c_while_it_loads_leaves_no_traceback() -> None:
    for after in (0.05, 0.15):
        program = subprocess.Popen([*PROGRAM, "ask", "x"], stderr=subprocess.PIPE, text=True, env=dict(os.environ))
        time.sleep(after)
        program.send_signal(signal.SIGINT)
        said = program.communicate(timeout=60)[1]
        assert "wenyuan" not in said or "Traceback" not in said


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
