"""A server in a process of its own, which a test ends or kills."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx

PATIENCE = 120.0


class Served:
    """`wenyuan serve` over a home, on a free port."""

    def __init__(self, home: Path, *arguments: str, port: int | None = None) -> None:
        self.home, self.port = home, port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "wenyuan", "serve", "--home", str(home), "--port", str(self.port), *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.client = httpx.Client(base_url=self.url, timeout=PATIENCE, trust_env=False)
        self.said = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line

    def up(self) -> Served:
        """It, once it answers."""
        until(lambda: "Serving" in self.said or self.process.poll() is not None)
        assert self.client.get("/livez").status_code == 200, self.said
        return self

    def kill(self) -> None:
        """End it at once, wherever it is."""
        self._end(signal.SIGKILL)

    def end(self) -> int:
        """Tell it to end; the exit status."""
        return self._end(signal.SIGTERM)

    def wait(self) -> int:
        """The exit status of one that ends by itself."""
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        self.client.close()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return self.process.returncode

    def _end(self, number: signal.Signals) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.wait()

    def idle(self) -> list[dict[str, Any]]:
        """The jobs, once none is to be done."""
        jobs: list[dict[str, Any]] = []

        def over() -> bool:
            nonlocal jobs
            jobs = self.client.get("/api/jobs", params={"limit": 1000}).json()["jobs"]
            return all(job["state"] not in ("queued", "running") for job in jobs)

        until(over)
        return jobs


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def until(true: Any) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "waited for too long"
        time.sleep(0.02)
