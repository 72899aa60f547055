"""The process that reads, asked over its socket as a loader asks it."""

from __future__ import annotations

import dataclasses
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from wenyuan.load import Limits
from wenyuan.load.highlight import Stretch
from wenyuan.load.wire import Channel, Reply, decoded, stretches_as_bytes

from .makers import pdf

LIMITS = Limits(text_chars=1000)


@pytest.fixture(params=["", "pdf"])
def child(request: pytest.FixtureRequest) -> Iterator[tuple[Channel, subprocess.Popen]]:
    ours, theirs = socket.socketpair()
    kind = filter(None, [request.param])
    command = [sys.executable, "-m", "wenyuan.load.child", *kind, str(theirs.fileno()), str(512 << 20)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, pass_fds=(theirs.fileno(),)) as process:
        theirs.close()
        channel = Channel(ours)
        assert channel.receive(16, time.monotonic() + 60) == b"ready"
        yield channel, process
        channel.close()
        process.kill()


def ask(channel: Channel, data: bytes, suffix: str) -> Reply:
    return replied(channel, {"suffix": suffix}, data)


def replied(channel: Channel, job: dict, data: bytes, *more: bytes) -> Reply:
    whole = job | {"size": len(data), "seconds": 10, "limits": dataclasses.asdict(LIMITS)}
    for message in (json.dumps(whole).encode(), data, *more):
        channel.send(message)
    return decoded(channel.receive(1 << 20, time.monotonic() + 60), LIMITS)


def test_it_reads_one_file_after_the_other(child):
    channel, _ = child
    reply = ask(channel, b"# Pump\n", ".md")
    assert reply.content is not None
    assert (reply.content.title, reply.last) == ("Pump", False)
    assert ask(channel, b"x" * 2000, ".txt").refused.startswith("it holds more than 1,000 characters")
    assert ask(channel, b"a,b\n1,2\n", ".csv").content is not None


def test_it_finds_what_is_to_be_marked(child):
    channel, _ = child
    data, wanted = pdf([["Rated power", "5 kW"]]), stretches_as_bytes([Stretch(1, "Rated power 5 kW", 6, 16)])
    (found,) = replied(channel, {"wanted": len(wanted)}, data, wanted).highlights
    assert (found.page, len(found.rectangles)) == (1, 2)
    assert replied(channel, {"wanted": len(wanted)}, b"no PDF", wanted).refused.startswith("its pages cannot be shown")
    assert ask(channel, b"a,b\n1,2\n", ".csv").content is not None


def test_it_ends_when_nobody_asks_any_more(child):
    channel, process = child
    channel.close()
    assert process.wait(10) == 0
