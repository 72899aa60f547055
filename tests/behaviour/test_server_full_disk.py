"""A server whose disk is full: it says so, goes on answering, and takes documents again once there is room."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from running import Running, finished, running, until

pytestmark = pytest.mark.slow

KB = "/api/knowledge-bases/kb"
TEXT = "# Pump\n\nThe warranty lasts 24 months.\n"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 160 MB of its own; skipped where mounting is not allowed."""
    place, mount = tmp_path / "disk", shutil.which("mount")
    place.mkdir()
    if mount is None:
        pytest.skip("there is no mount command")
    if subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=160m", "tmpfs", place], capture_output=True, check=False
    ).returncode:
        pytest.skip("mounting a file system is not allowed here")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.fixture
def server(disk: Path) -> Iterator[Running]:
    with running(disk / "home") as made:
        made.make("kb", {"pump.md": TEXT})
        yield made


def fill(disk: Path, leave: int = 0) -> Path:
    """Fill the disk but for some bytes."""
    filler = disk / "filler"
    size = shutil.disk_usage(disk).free - leave
    with filler.open("wb") as out:
        out.write(b"\1" * max(0, size))
    return filler


def upload(client: httpx.Client, name: str, size: int) -> httpx.Response:
    content = f"# {name}\n\n".encode() + b"The valve of the pump is green. " * (size // 32)
    return client.post(f"{KB}/documents", files={"files": (name, content)})


def test_it_says_so_and_goes_on_and_takes_documents_again(disk: Path, server: Running) -> None:
    client = server.client()
    filler = fill(disk)
    for size in (100, 200_000, 3_000_000):
        reply = upload(client, f"{size}.md", size)
        assert (reply.status_code, reply.json()["error"]["code"]) == (507, "out_of_space"), reply.text
        assert "\n" not in reply.json()["error"]["message"]
    assert list((disk / "home" / "staging").iterdir()) == []
    assert client.post(f"{KB}/feedback", json={"verdict": "right"}).status_code == 507
    assert client.post("/api/knowledge-bases", json={"name": "new"}).status_code == 507
    assert client.post(f"{KB}/sync", json={}).status_code == 507
    assert client.get("/readyz").status_code == 503
    assert client.get("/livez").status_code == 200
    for question in ("How long is the warranty?", "保修期多长？"):
        assert client.post(f"{KB}/search", json={"question": question}).json()["hits"]
    assert "24 months" in client.post(f"{KB}/ask", json={"question": "How long is the warranty?"}).json()["answer"]
    filler.unlink()
    assert finished(client, upload(client, "green.md", 200))["state"] == "done"
    hits = client.post(f"{KB}/search", json={"question": "valve green"}).json()["hits"]
    assert hits[0]["document"] == "green.md"
    assert client.get(f"{KB}/health").json()["problems"] == []
    assert client.post("/api/knowledge-bases", json={"name": "new"}).status_code == 201


@pytest.mark.parametrize("leave", [64 << 10, 1 << 20, pytest.param(4 << 20, marks=pytest.mark.slow)])
def test_jobs_that_find_no_room_fail_and_leave_nothing_half_there(disk: Path, server: Running, leave: int) -> None:
    client = server.client()
    filler = fill(disk, leave)
    jobs = []
    for n in range(200):
        reply = upload(client, f"{n}.md", 60_000)
        if reply.status_code == 507:
            break
        jobs.append(reply)
    until(lambda: server.service.worker.alive)
    filler.unlink()
    states = [finished(client, each)["state"] for each in jobs]
    assert set(states) <= {"done", "failed"}
    assert client.get(f"{KB}/health").json()["problems"] == []
    assert finished(client, client.post(f"{KB}/sync", json={}))["state"] == "done"
    listed = {each["id"] for each in client.get(f"{KB}/documents").json()["documents"]}
    assert {f"{n}.md" for n, state in enumerate(states) if state == "done"} <= listed
    assert client.post(f"{KB}/search", json={"question": "How long is the warranty?"}).json()["hits"]
    assert finished(client, upload(client, "again.md", 1_000))["state"] == "done"
    until(lambda: list((disk / "home" / "staging").iterdir()) == [])
