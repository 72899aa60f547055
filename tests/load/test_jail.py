"""The walls, each in a process of its own that comes to stand behind them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wenyuan.load import jail


def said(script: str, *arguments: str, code: int = 0) -> str:
    command = [
        sys.executable,
        "-c",
        f"import json, os, sys, resource\nfrom wenyuan.load import jail\n{script}",
        *arguments,
    ]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == code, done.stderr
    return done.stdout


def test_memory_and_cores_are_bounded():
    script = """
jail.bound(64 << 20)
kept = bytearray(32 << 20)
try:
    bytearray(64 << 20)
except MemoryError:
    print("exhausted", len(kept), resource.getrlimit(resource.RLIMIT_CORE))
"""
    assert said(script).split() == ["exhausted", str(32 << 20), "(0,", "0)"]


def test_no_file_is_written(tmp_path):
    script = """
jail.bound(1 << 30)
try:
    with open(sys.argv[1], "w") as file:
        file.write("x")
except OSError as error:
    print(error.strerror)
"""
    assert said(script, str(tmp_path / "a")) == "File too large\n"
    assert (tmp_path / "a").read_bytes() == b""


def test_time_is_counted_from_now_on():
    script = """
import time
while time.process_time() < 1:
    pass
jail.allow_seconds(1)
while True:
    pass
"""
    begun = time.monotonic()
    said(script, code=-signal.SIGXCPU)
    assert time.monotonic() - begun > 1.5


def test_sizes_are_in_bytes():
    assert jail.resident() > 1 << 20
    assert jail.address_space() > jail.resident()


@pytest.mark.skipif(sys.platform != "linux", reason="Landlock is of Linux")
def test_only_what_is_named_can_be_read(tmp_path):
    for name in ("mine", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text(name)
    script = """
jail.confine([sys.argv[1], "/there/is/none"])
able = {}
for place in sys.argv[1:]:
    for mode in "rw":
        try:
            open(place + "/a.txt", mode).close()
            able[os.path.basename(place) + mode] = True
        except PermissionError:
            able[os.path.basename(place) + mode] = False
print(json.dumps(able))
"""
    able = json.loads(said(script, str(tmp_path / "mine"), str(tmp_path / "other")))
    assert able == {"miner": True, "minew": False, "otherr": False, "otherw": False}


@pytest.mark.skipif(sys.platform != "linux", reason="seccomp is of Linux")
def test_nothing_is_reached_or_begun():
    script = """
import socket
jail.confine(["/usr", sys.prefix, sys.base_prefix])
for attempt in (lambda: socket.socket(), lambda: os.execv("/bin/true", ["true"]), lambda: os.kill(os.getppid(), 0)):
    try:
        attempt()
    except PermissionError:
        print("refused")
"""
    assert said(script).split() == ["refused"] * 3


def test_a_leash_ends_a_process_that_is_busy():
    script = "jail.leash(0)\nprint(os.getpid(), flush=True)\nwhile True:\n    pass"
    command = [sys.executable, "-c", f"import os\nfrom wenyuan.load import jail\n{script}"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as busy:
        assert busy.stdout is not None
        assert busy.stdin is not None
        assert int(busy.stdout.readline()) == busy.pid
        busy.stdin.close()
        assert busy.wait(10) != 0
    assert not Path(f"/proc/{busy.pid}").exists()


def test_a_leash_that_was_let_go_before():
    read, write = os.pipe()
    os.close(write)
    command = [sys.executable, "-c", "from wenyuan.load import jail\njail.leash(0)\nprint('lives')"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=environment, stdin=read, capture_output=True, text=True, check=False, timeout=60)
    os.close(read)
    assert "lives" not in done.stdout
