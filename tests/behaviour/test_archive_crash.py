"""kill -9 at random moments of adding, changing, moving, deleting and optimising: what was acknowledged is there."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from archives import PATH, Now, dense, open_archive, search, sparse
from wenyuan.text.sections import in_context

State = dict[str, list[str]]


def run_and_kill(folder: Path, seed: int, seconds: float) -> list[list]:
    """What the writer said until it was killed, some time after it had opened the archive."""
    command = [sys.executable, str(Path(__file__).with_name("writer.py")), str(folder), str(seed)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        first = child.stdout.readline()
        assert first, child.stderr.read()
        time.sleep(seconds)
        assert child.poll() is None, child.stderr.read()
        child.kill()
        lines = (first + child.stdout.read()).splitlines()
    said = []
    for line in lines:
        try:
            said.append(json.loads(line))
        except json.JSONDecodeError:  # cut off by the kill
            break
    return said


def follow(state: State, said: list[list]) -> tuple[State, State]:
    """The state that was acknowledged, and the one if the last commit came through unacknowledged."""
    possible = state
    for word, *rest in said:
        if word == "try":
            texts, removed = rest
            possible = {name: rows for name, rows in (state | texts).items() if name not in removed}
        elif word == "done":
            state = possible
    return state, possible


def stored(archive) -> State:
    """Every document with its texts, each seen in both legs, scored in its section; nothing seen that is of none."""
    texts = {
        info.id: [chunk.text for chunk in Now(archive).neighbours(info.id, 0, 999)] for info in archive.documents()
    }
    wanted = sorted((name, text) for name, rows in texts.items() for text in rows)
    for leg, hits in search(archive, dense("all"), sparse("all"), 10_000).items():
        chunks = Now(archive).chunks([hit.chunk for hit in hits])
        assert sorted((chunks[hit.chunk].document, chunks[hit.chunk].text) for hit in hits) == wanted, leg
    for name, rows in texts.items():
        in_section = in_context(np.stack([dense(text) for text in rows]), [PATH] * len(rows))
        score = Now(archive).search_dense(dense(rows[0]), 1)[0].score
        assert score == pytest.approx(in_section[0] @ dense(rows[0]), abs=2e-3), name
    assert archive.check() == []
    return texts


def survive(folder: Path, kills: int, seed: int, longest: float) -> None:
    dice = random.Random(seed)
    state: State = {}
    commits = 0
    for kill in range(kills):
        said = run_and_kill(folder, seed + kill, dice.uniform(0, longest))
        state, possible = follow(state, said)
        commits += sum(word == "done" for word, *_ in said)
        with open_archive(folder) as archive:
            found = stored(archive)
            assert found in (state, possible), f"kill {kill}"
            state = found
    assert commits > kills  # the child did work between the kills


def test_a_few_kills(tmp_path):
    survive(tmp_path, kills=4, seed=1, longest=1.5)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_many_kills(tmp_path):
    survive(tmp_path, kills=64, seed=100, longest=4.0)
