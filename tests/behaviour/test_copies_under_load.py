"""Backups and snapshots while others write: what was committed together is in them together, or not at all."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from archives import change, open_archive
from copies import strays
from wenyuan.engine import snapshots
from wenyuan.engine.backup import backup, restore
from wenyuan.store.archive import Archive

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


class Writer(threading.Thread):
    """Commits pairs of documents without end, with their files; now and then it takes one back."""

    def __init__(self, folder: Path, archive: Archive) -> None:
        super().__init__()
        self.folder, self.archive = folder / "files", archive
        self.stopped = threading.Event()
        self.pairs = 0

    def run(self) -> None:
        self.folder.mkdir(exist_ok=True)
        while not self.stopped.is_set():
            n = self.pairs
            pair = [f"l{n}.md", f"r{n}.md"]
            for name in pair:
                written = self.folder / f".{name}.new"
                written.write_text(f"{name} {n}")
                written.rename(self.folder / name)
            self.archive.replace([change(name, [f"{name} {n} n{row}" for row in range(5)]) for name in pair])
            if n % 3 == 2:
                gone = [f"l{n - 1}.md", f"r{n - 1}.md"]
                for name in gone:
                    (self.folder / name).unlink()
                self.archive.remove(gone)
            self.pairs += 1


def halves(folder: Path) -> tuple[set[str], set[str], set[str]]:
    """The pairs by their left and by their right documents, and the documents without a file."""
    with open_archive(folder, create=False) as archive:
        assert archive.check() == []
        ids = [info.id for info in archive.documents()]
    left, right = ({id_[1:] for id_ in ids if id_[0] == side} for side in "lr")
    return left, right, {id_ for id_ in ids if not (folder / "files" / id_).exists()}


@pytest.mark.parametrize("rounds", [4, pytest.param(40, marks=pytest.mark.slow)])
def test_pairs_stay_together(tmp_path: Path, rounds: int) -> None:
    kb = tmp_path / "kb"
    with open_archive(kb) as archive:
        writer = Writer(kb, archive)
        writer.start()
        try:
            for n in range(rounds):
                before = writer.pairs
                backup(kb, tmp_path / f"{n}.tar.gz")
                snapshots.take(kb, f"s{n}")
                while writer.pairs == before:
                    time.sleep(0.01)
        finally:
            writer.stopped.set()
            writer.join()
    seen = set()
    for n in range(rounds):
        restore(tmp_path / f"{n}.tar.gz", tmp_path / "back" / str(n))
        snapshots.roll_back(kb, f"s{n}")
        for folder in (tmp_path / "back" / str(n), kb):
            left, right, without = halves(folder)
            assert left == right
            assert without == set()
            seen.add(len(left))
    assert len(seen) > 1, "there was something to see"
    assert strays(kb) == []
