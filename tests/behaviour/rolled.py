"""Copies a knowledge base and puts copies in its place, killed at many lines: it is what it was, or what it was to be.

    python rolled.py FOLDER KILLS SEED [swap] [without]

A kill comes at a line of the engine's modules of copies, chosen evenly over all lines that a whole run has; with `swap`
at one of those that put one state in the place of the other. One line of JSON is printed. `without` never ends what
was broken off.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from copies import SETTINGS, alter, held, made, strays
from wenyuan.engine import backup, copying, rollback, snapshots, tarball, workplace
from wenyuan.engine.opening import settings_of
from wenyuan.errors import SourceError

SWAP = "swap" in sys.argv
MODULES = (rollback,) if SWAP else (backup, copying, rollback, snapshots, tarball, workplace)
TRACED = {each.__file__ for each in MODULES}
WORK: dict[str, Callable[[Path], object]] = {
    "roll back": lambda folder: snapshots.roll_back(folder / "kb", "one"),
    "restore": lambda folder: backup.restore(folder / "kb.tar.gz", folder / "new"),
    "replace": lambda folder: backup.restore(folder / "kb.tar.gz", folder / "kb", force=True),
    "back up": lambda folder: backup.backup(folder / "kb", folder / "kb.tar.gz"),
    "take": lambda folder: snapshots.take(folder / "kb", "two"),
}


def prepare(folder: Path) -> None:
    """A knowledge base with a snapshot and a backup of what it was before."""
    folder.mkdir()
    kb = made(folder / "kb", "a.md", "b.md", settings=SETTINGS)
    snapshots.take(kb, "one")
    backup.backup(kb, folder / "kb.tar.gz")
    alter(kb, "a.md", "c.md")
    (kb / "wenyuan.toml").write_text("# later")


def in_child(work: Callable[[], None]) -> bool:
    """Whether a process of its own did it to the end."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(pid, 0)[1] == 0


def count_lines(stop: int) -> list[int]:
    """Count the lines that run from now on, and die at line number `stop`."""
    seen = [0]

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename not in TRACED:
            return None
        if event == "line":
            seen[0] += 1
            if seen[0] == stop:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    threading.settrace(trace)
    sys.settrace(trace)
    return seen


def do(name: str, folder: Path, stop: int) -> bool:
    def work() -> None:
        seen = count_lines(stop)
        WORK[name](folder)
        sys.settrace(None)
        (folder / "lines").write_text(str(seen[0]))

    return in_child(work)


def look(folder: Path, ended: bool) -> None:
    """Write down what is found of it; opened as anybody opens it."""
    kb, found = folder / "kb", dict[str, object]()
    if ended:
        settings_of(kb)
    found["kb"] = held(kb)
    if (folder / "new").exists():
        found["new"] = held(folder / "new")
    found["snapshots"] = [each.name for each in snapshots.listed(kb)]
    try:
        backup.restore(folder / "kb.tar.gz", folder / "from backup")
        found["backup"] = held(folder / "from backup")
    except SourceError as error:
        found["backup"] = str(error)
    snapshots.roll_back(kb, "one")
    found["one"] = held(kb)
    backup.restore(folder / "kb.tar.gz", folder / "new", force=True)  # which clears away what was left, too
    found["strays"] = [each for each in strays(kb) if not each.startswith(".kb.tar.gz")]
    (folder / "found").write_text(json.dumps(found))


def wrong(name: str, folder: Path, ended: bool) -> str | None:
    """What is not as it may be."""
    if not in_child(lambda: look(folder, ended)):
        return "it cannot be opened"
    found = json.loads((folder / "found").read_text())
    old, new = [["b.md", "c.md"], ["b.md", "c.md"], "# later"], [["a.md", "b.md"], ["a.md", "b.md"], SETTINGS]
    changes = name in ("roll back", "replace")
    checks = {
        "kb": found["kb"] in ((old, new) if changes else (old,)),
        "new": found.get("new", new) == new,
        "backup": found["backup"] in ((old, new) if name == "back up" else (new,)),
        "one": found["one"] == new,
        "kept": not changes or found["kb"] == old or any(each.startswith("before-") for each in found["snapshots"]),
        "strays": found["strays"] == [],
    }
    bad = [what for what, good in checks.items() if not good]
    return f"{bad} of {found}" if bad else None


def main() -> None:
    os.fsync = lambda handle: None  # a killed process loses nothing that it wrote: only a power cut does
    root, kills, dice = Path(sys.argv[1]), int(sys.argv[2]), random.Random(int(sys.argv[3]))
    ended = "without" not in sys.argv
    assert in_child(lambda: prepare(root / "template"))  # a fork takes no threads along, but may take their locks
    total: Counter[str] = Counter()
    for name in ("roll back", "replace") if SWAP else WORK:
        whole = root / f"{name} whole"
        shutil.copytree(root / "template", whole)
        assert do(name, whole, 0)
        lines = int((whole / "lines").read_text())
        total["lines"] += lines
        for kill in range(kills):
            folder = root / f"{name} {kill}"
            shutil.copytree(root / "template", folder)
            stop = 1 + kill * lines // kills + dice.randrange(max(lines // kills, 1))
            total["killed"] += not do(name, folder, stop)
            if found := wrong(name, folder, ended):
                total["wrong"] += 1
                sys.stderr.write(f"{name}, line {stop} of {lines}: {found}\n")
            shutil.rmtree(folder)
    print(json.dumps(total))


if __name__ == "__main__":
    main()
