"""A server that a page tells to start: it runs while the page is read, on a port that no other page has."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.error import URLError
from urllib.request import urlopen

PORT = 8642
"""As the pages have it."""
_SECONDS = 60.0


class Served:
    """The server of a page, if it has one; another in the place of one ends that."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]

    def here(self, text: str) -> str:
        """What a page says, with the port that there is."""
        return text.replace(str(PORT), str(self.port))

    def there(self, text: str) -> str:
        """What was printed, with the port of the page."""
        return text.replace(str(self.port), str(PORT))

    def start(self, words: tuple[str, ...], environment: Mapping[str, str] = os.environ) -> str:
        """What it prints when it listens."""
        self.close()
        command = [sys.executable, "-m", "wenyuan", *words, "--port", str(self.port)]
        process = self._process = subprocess.Popen(
            command, cwd=self._folder, env=environment, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        said = _first(process.stderr)
        end = time.monotonic() + _SECONDS
        while not self._lives():
            assert process.poll() is None, f"{command} ended: {said}"
            assert time.monotonic() < end, f"{command} serves nothing: {said}"
            time.sleep(0.1)
        return said

    def close(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        _, said = process.communicate(timeout=_SECONDS)
        assert "Traceback" not in said, said

    def _lives(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/livez", timeout=10) as reply:
                return bool(reply.status == 200)
        except (URLError, OSError):
            return False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()


def _first(stream: IO[str]) -> str:
    """The first line that is a sentence of the program, and what stood before it."""
    said = ""
    while line := stream.readline():
        said += line
        if "http://" in line:
            return line
    return said
