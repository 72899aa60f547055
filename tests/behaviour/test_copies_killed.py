"""kill -9 at any step of a roll-back, a restore, a backup: the knowledge base is what it was, or what it was to be."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("rolled.py")
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes are forked")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is such a place: a disk takes ten times as long, and no power is cut here."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        yield tmp_path
        return
    folder = Path(tempfile.mkdtemp(dir=memory))
    yield folder
    shutil.rmtree(folder)


def killed(folder: Path, kills: int, *more: str) -> dict[str, int]:
    command = [sys.executable, str(SCRIPT), str(folder), str(kills), "0", *more]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) | ({"said": done.stderr} if done.stderr else {})


@pytest.mark.timeout(1800)  # on a busy machine
@pytest.mark.parametrize("kills", [2, pytest.param(60, marks=pytest.mark.slow)])
def test_wherever_it_is_killed_it_is_whole(place: Path, kills: int) -> None:
    total = killed(place, kills)
    assert total["lines"] > 1000
    assert total["killed"] == kills * 5
    assert total.get("wrong", 0) == 0, total


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kills", [3, pytest.param(70, marks=pytest.mark.slow)])
def test_between_any_two_moves_of_one_state_to_the_others_place(place: Path, kills: int) -> None:
    total = killed(place, kills, "swap")
    assert total["killed"] == kills * 2
    assert total.get("wrong", 0) == 0, total


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_without_the_end_of_what_was_broken_off_it_is_not_whole(place: Path) -> None:
    """The tests above would see it."""
    assert killed(place, 6, "swap", "without")["wrong"] > 0
