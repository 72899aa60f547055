"""One process at a time, told of the one before it; a lock ends with its holder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from archives import open_archive
from wenyuan.errors import Busy
from wenyuan.store.lock import Lock

HOLDS = """
import sys, time
from pathlib import Path
from wenyuan.store.lock import Lock
held = Lock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_it_is_held_until_its_process_ends_however_that_dies(tmp_path: Path, end: signal.Signals) -> None:
    command = [sys.executable, "-c", HOLDS, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        assert child.stdout.readline() == "held\n"
        with pytest.raises(Busy, match=f"in use by process {child.pid};") as caught:
            Lock(tmp_path / "lock")
        assert caught.value.holder == child.pid
        child.send_signal(end)
    Lock(tmp_path / "lock").release()


def test_a_shorter_number_of_a_process_replaces_a_longer_one(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("123456789012")
    held = Lock(tmp_path / "lock")
    assert (tmp_path / "lock").read_text() == str(os.getpid())
    held.release()


def test_an_archive_holds_it_and_lets_it_go(tmp_path: Path) -> None:
    with open_archive(tmp_path), pytest.raises(Busy, match=f"in use by process {os.getpid()};"):
        open_archive(tmp_path)
    open_archive(tmp_path).close()
