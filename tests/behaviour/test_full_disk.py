"""A disk that fills up: told in one sentence, nothing acknowledged is lost, and work goes on once there is room."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from archives import change, found, open_archive
from wenyuan.errors import OutOfSpace


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 160 MB of its own; skipped where mounting is not allowed."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    if mount is None:
        pytest.skip("there is no mount command")
    if subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=160m", "tmpfs", place], capture_output=True, check=False
    ).returncode:
        pytest.skip("mounting a file system is not allowed here")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.parametrize(
    "ballast", [pytest.param(0, marks=pytest.mark.slow, id="empty"), pytest.param(40, id="nearly full")]
)
def test_writing_until_the_disk_is_full(small_disk, ballast):
    filler = small_disk / "filler"
    filler.write_bytes(b"\1" * (ballast << 20))
    with open_archive(small_disk / "kb") as kb:

        def fill() -> None:
            for number in range(3_000):
                kb.replace([change(f"{number}.md", [f"w{number} n{n} {'x' * 3_000}" for n in range(10)])])
                acknowledged.append(kb.version)

        acknowledged: list[int] = []
        with pytest.raises(OutOfSpace, match=r"^[^\n]+\.$"):
            fill()
        commits = len(acknowledged)
        assert commits > 10
        assert kb.version == commits
        assert kb.count() == 10 * commits
    with open_archive(small_disk / "kb") as kb:
        assert (kb.version, kb.count()) == (commits, 10 * commits)
        assert kb.check() == []
        filler.unlink()
        kb.remove([f"{number}.md" for number in range(5)])
        assert kb.check() == []
        assert found(kb, "w7 n0 " + "x" * 3_000)[0][0].startswith("w7 n0 ")
