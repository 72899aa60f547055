"""How far an ingest is: what a person is shown while it goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Progress:
    """Files looked at, or given documents stored, of how many; what is being read; how much of the work is done."""

    done: int
    total: int | None  # None: not known
    document: str
    part: float | None = None  # of all bytes of the files, from 0 to 1; None: not known


OnProgress = Callable[[Progress], None]


class FileProgress:
    """Tells of files that are read one after the other and encoded in groups, a large one in several steps."""

    def __init__(self, names: Sequence[str], sizes: Sequence[int], on_progress: OnProgress) -> None:
        self._names, self._on_progress = names, on_progress
        self._ends = [0, *accumulate(sizes)]  # bytes before each file, and all
        self._reading = 0
        self._stored = 0  # bytes of files that are done with

    def read(self, n: int) -> None:
        """File n is read next; all before it are on their way, or done where n is their number."""
        self._reading = n
        if n == len(self._names):
            self._stored = self._ends[-1]
        self._tell(self._stored)

    def encoded(self, done: int, total: int) -> None:
        """So many passages are encoded of the group that ends with the file being read."""
        end = self._ends[min(self._reading + 1, len(self._names))]
        so_far = self._stored + (end - self._stored) * done / total
        if done == total:
            self._stored = end
        self._tell(so_far)

    def _tell(self, done: float) -> None:
        name = self._names[self._reading] if self._reading < len(self._names) else ""
        part = done / self._ends[-1] if self._ends[-1] else None
        self._on_progress(Progress(self._reading, len(self._names), name, part))
