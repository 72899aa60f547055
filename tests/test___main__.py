"""`python -m wenyuan`."""

from __future__ import annotations

import importlib.metadata
import os
import signal
import subprocess
import sys
import time

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
