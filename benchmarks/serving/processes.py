"""Servers as children of this process: started, watched through /proc, ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np

SERVED_ON = 2  # cores of a server
CORES = sorted(os.sched_getaffinity(0))
_TICKS = os.sysconf("SC_CLK_TCK")
_ENDS = 40.0  # seconds that a server has to end


class NotUp(Exception):
    """A server did not come up."""


@dataclass(frozen=True)
class Child:
    """A server that runs."""

    port: int
    process: subprocess.Popen[bytes]

    def cpu(self) -> float:
        """Seconds of CPU that it has used, its own children's included."""
        return sum(_cpu(pid) for pid in (self.process.pid, *self.children()))

    def children(self) -> list[int]:
        """Its own children: those that read files."""
        try:
            tasks = Path(f"/proc/{self.process.pid}/task").iterdir()
            return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]
        except OSError:
            return []


@contextmanager
def served(
    name: str, command: Sequence[str], port: int, ready: str, environment: Mapping[str, str], log: Path
) -> Iterator[Child]:
    """A server on two cores, from when `ready` replies to when it is told to end.

    Raises:
        NotUp: it ends, or does not reply in time; with the end of what it said.
    """
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=os.environ | dict(environment), cwd=log.parent)
    try:
        os.sched_setaffinity(process.pid, CORES[:SERVED_ON])
        _await(name, process, f"http://127.0.0.1:{port}{ready}", log)
        yield Child(port, process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_ENDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await(name: str, process: subprocess.Popen[bytes], url: str, log: Path, seconds: float = 180.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        with suppress(OSError, urllib.error.URLError), urllib.request.urlopen(url, timeout=5) as reply:
            if reply.status == 200:
                return
        time.sleep(0.2)
    said = log.read_text("utf-8", "replace")[-1500:]
    raise NotUp(f"{name} did not come up ({process.poll()}):\n{said}")


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


def keep_off() -> None:
    """Keep what this process starts from now on off the cores of the servers, where there are others."""
    if len(CORES) > SERVED_ON:
        os.sched_setaffinity(0, CORES[SERVED_ON:])


@dataclass(frozen=True)
class Sample:
    """What a server held at a moment."""

    seconds: float
    mb: float
    own: float  # of these, MB that are no pages of files, which the kernel takes back when it needs room
    threads: int
    descriptors: int


@dataclass
class Watch:
    """Looks at a server again and again, from a thread of its own."""

    child: Child
    every: float = 0.5
    samples: list[Sample] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._begun = time.monotonic()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def now(self) -> Sample:
        """What it holds now."""
        pid = self.child.process.pid
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        held, own, threads = (int(status[name].split()[0]) for name in ("VmRSS", "RssAnon", "Threads"))
        files = len(os.listdir(f"/proc/{pid}/fd"))
        return Sample(time.monotonic() - self._begun, held / 1000, own / 1000, threads, files)

    def _look(self) -> None:
        while not self._over.wait(self.every):
            with suppress(OSError, KeyError):  # it has ended
                self.samples.append(self.now())


def slope(samples: Sequence[Sample], figure: str) -> float:
    """How a figure grows an hour, by least squares over the second half; caches fill in the first."""
    later = samples[len(samples) // 2 :]
    if len(later) < 3:
        return float("nan")
    seconds = [each.seconds for each in later]
    return 3600 * float(np.polyfit(seconds, [getattr(each, figure) for each in later], 1)[0])


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS
