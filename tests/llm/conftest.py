"""A real language model behind `wenyuan llm serve`, for `make test-llm`; the ordinary suite skips what asks for it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

CACHED = Path.home() / ".cache" / "wenyuan" / "llm" / "test-llm.gguf"  # where scripts/local_llm.py keeps it
CONTEXT = 4096


@dataclass(frozen=True)
class Served:
    """Where the model answers, and by which name."""

    url: str
    model: str
    window: int = CONTEXT


@pytest.fixture(scope="session")
def gguf() -> Path:
    file = Path(os.environ.get("WENYUAN_TEST_GGUF") or CACHED)
    if os.environ.get("WENYUAN_TEST_LLM") != "1" or not file.is_file():
        pytest.skip("a real language model is asked by `make test-llm` only")
    return file


@pytest.fixture(scope="session")
def served(gguf: Path) -> Iterator[Served]:
    """The server in a process of its own, on a free port; it must stop cleanly at SIGTERM."""
    command = [sys.executable, "-c", "from wenyuan.cli import main; main()", "llm", "serve", str(gguf)]
    options = ["--port", "0", "--threads", "1", "--context", str(CONTEXT)]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        match = re.fullmatch(r"(\S+) answers at (http://127\.0\.0\.1:\d+/v1) until Ctrl-C\..*\n", line)
        try:
            assert match, line or process.communicate()[1]
            yield Served(match[2], match[1])
        finally:
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=30)
    assert (process.returncode, "Traceback" in errors) == (0, False), errors
