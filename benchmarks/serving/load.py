"""A closed loop: so many clients, each of which asks again as soon as it has a reply, for so many seconds."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from serving.processes import Child
from wenyuan.engine import KnowledgeBase

K = 10  # hits of a search, of every system
BROKEN = 0  # stands for a status where a connection failed
_PATIENCE = 60.0  # seconds that a client waits for a reply
_AGAIN = 0.25  # seconds after which one that was turned away asks again; the server says a second

Ask = Callable[[str], tuple[int, bytes]]
"""A question → the status and body of the reply."""


class Target(Protocol):
    """Something that is asked."""

    name: str

    def connect(self) -> Ask:
        """A client's way to ask it."""
        ...

    def cpu(self) -> float:
        """Seconds of CPU that it has used."""
        ...


@dataclass(frozen=True)
class Served:
    """A path of a server."""

    name: str
    child: Child
    request: Callable[[str], tuple[str, str, bytes | None]]  # method, path, body
    documents: Callable[[Any], list[str]] = field(default=lambda _: [])  # the reply's documents, the best first

    def connect(self) -> Ask:
        """One connection that is kept, and made again where it breaks."""
        connection = http.client.HTTPConnection("127.0.0.1", self.child.port, timeout=_PATIENCE)
        headers = {"content-type": "application/json"}

        def ask(question: str) -> tuple[int, bytes]:
            method, path, body = self.request(question)
            try:
                connection.request(method, path, body, headers)
                response = connection.getresponse()
                return response.status, response.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                return BROKEN, b""

        return ask

    def cpu(self) -> float:
        return self.child.cpu()


@dataclass(frozen=True)
class InProcess:
    """The engine without HTTP."""

    name: str
    kb: KnowledgeBase
    rerank: bool | None

    def connect(self) -> Ask:
        def ask(question: str) -> tuple[int, bytes]:
            self.kb.search(question, K, rerank=self.rerank)
            return 200, b""

        return ask

    def cpu(self) -> float:
        return time.process_time()


@dataclass
class Load:
    """What a loop saw; the times are of replies with status 200."""

    seconds: float = 0.0
    ms: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    served_cpu: float = 0.0
    loader_cpu: float = 0.0

    def add(self, other: Load) -> None:
        """Add another turn of the same loop."""
        self.seconds += other.seconds
        self.ms += other.ms
        self.statuses += other.statuses
        self.served_cpu += other.served_cpu
        self.loader_cpu += other.loader_cpu

    @property
    def rate(self) -> float:
        """Good replies a second."""
        return len(self.ms) / self.seconds if self.seconds else 0.0

    @property
    def cpu_ms(self) -> float:
        """CPU of the server a reply: what a busy machine changes little."""
        return 1e3 * self.served_cpu / max(1, self.statuses.total())

    def percentile(self, q: float) -> float:
        """Of the times; NaN where there is none."""
        return float(np.percentile(self.ms, q)) if self.ms else float("nan")

    @property
    def errors(self) -> str:
        """Replies that are none, by status; those that were turned away apart."""
        wrong = {status: n for status, n in self.statuses.items() if status not in (200, 429)}
        words = [f"429: {self.statuses[429]}"] if self.statuses[429] else []
        words += [f"{status or 'broken'}: {n}" for status, n in sorted(wrong.items())]
        return ", ".join(words) or "0"


class Feed:
    """Questions for many clients at once, in one order; where they are used up, they come again with a number."""

    def __init__(self, questions: list[str], start: int = 0, *, again: bool = False) -> None:
        """`again`: they come again as they are."""
        self._questions, self._again = questions, again
        self._made, self._lock = self._all(start), threading.Lock()

    def __next__(self) -> str:
        with self._lock:
            return next(self._made)

    def _all(self, at: int) -> Iterator[str]:
        begun, size = at, len(self._questions)
        while True:
            lap = 0 if self._again else (at - begun) // size
            yield self._questions[at % size] + (f" ({lap})" if lap else "")
            at += 1


def run(target: Target, clients: int, seconds: float, feed: Feed) -> Load:
    """The loop; those who have asked when the time is over get their replies."""
    made = Load()
    lock = threading.Lock()
    cpu, own, begun = target.cpu(), time.process_time(), time.perf_counter()
    end = begun + seconds

    def client() -> None:
        ask, ms, statuses = target.connect(), [], Counter[int]()
        while (started := time.perf_counter()) < end:
            status, _ = ask(next(feed))
            statuses[status] += 1
            if status == 200:
                ms.append(1e3 * (time.perf_counter() - started))
            elif status in (BROKEN, 429):
                time.sleep(_AGAIN)
        with lock:
            made.ms += ms
            made.statuses += statuses

    threads = [threading.Thread(target=client, daemon=True) for _ in range(clients)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(seconds + 2 * _PATIENCE)
    made.seconds = time.perf_counter() - begun
    made.served_cpu, made.loader_cpu = target.cpu() - cpu, time.process_time() - own
    return made


def hits_at_ten(target: Served, judged: list[tuple[str, set[str]]]) -> tuple[float, int]:
    """The share of questions with a right document among the ten hits, and how many hits a reply has at the median."""

    def documents(asked: list[tuple[str, set[str]]]) -> list[list[str]]:
        ask = target.connect()
        replies = [ask(question) for question, _ in asked]
        return [target.documents(json.loads(reply)) if status == 200 else [] for status, reply in replies]

    half = len(judged) // 2
    with ThreadPoolExecutor(2) as pool:
        found = [hits for part in pool.map(documents, (judged[:half], judged[half:])) for hits in part]
    right = sum(bool(relevant & {*hits[:K]}) for (_, relevant), hits in zip(judged, found, strict=True))
    return right / len(judged), int(np.median([len(hits) for hits in found]))
