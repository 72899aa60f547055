"""What comes out of an archive is what went in, or nothing does."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.engine.tarball import packed, unpacked
from wenyuan.errors import Busy, OutOfSpace, SourceError

CONTENT = {
    "a.txt": b"alpha" * 1000,
    "files/中文.md": "泵".encode() * 500,
    f"files/{'x' * 120}/{'长' * 60}": b"",
    "b": b"\0",
}


def anything(name: str) -> bool:
    return True


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in CONTENT.items():
        file = tmp_path / "in" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    os.utime(tmp_path / "in/a.txt", ns=(1, 1_700_000_000_123_456_789))
    os.utime(tmp_path / "in/b", ns=(1, -5_000_000_000))
    return tmp_path / "in"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def packed_whole(folder: Path) -> bytes:
    return b"".join(packed(folder, {"kind": "test", "n": 7}))


def files(folder: Path) -> dict[str, bytes]:
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def refused(archive: bytes, out: Path, most: int | None = None, expected: Callable[[str], bool] = anything) -> str:
    with pytest.raises(SourceError, match=r"^The backup cannot be used \([^\n]+\); nothing was changed") as caught:
        unpacked(io.BytesIO(archive), out, expected, most)
    return str(caught.value)


def test_there_and_back(folder: Path, out: Path) -> None:
    manifest = unpacked(io.BytesIO(packed_whole(folder)), out, anything)
    assert (manifest["kind"], manifest["n"]) == ("test", 7)
    assert files(out) == CONTENT
    assert all((out / name).stat().st_mtime_ns == (folder / name).stat().st_mtime_ns for name in CONTENT)


def test_other_programs_read_it_and_check_it(folder: Path, out: Path) -> None:
    if not (shutil.which("tar") and shutil.which("sha256sum")):
        pytest.skip("there is no tar or sha256sum here")
    (out / "x.tar.gz").write_bytes(packed_whole(folder))
    subprocess.run(["tar", "xzf", "x.tar.gz"], cwd=out, check=True)
    subprocess.run(["sha256sum", "--quiet", "--check", "SHA256SUMS"], cwd=out, check=True)


@given(st.dictionaries(st.text("ab泵 .-", min_size=1, max_size=12).filter(lambda n: n.strip(".") == n), st.binary()))
def test_any_files_come_back(tmp_path_factory: pytest.TempPathFactory, content: Mapping[str, bytes]) -> None:
    base = tmp_path_factory.mktemp("any")
    (base / "in").mkdir()
    (base / "out").mkdir()
    for name, data in content.items():
        (base / "in" / name).write_bytes(data)
    unpacked(io.BytesIO(packed_whole(base / "in")), base / "out", anything)
    assert files(base / "out") == content
    shutil.rmtree(base)


def test_wherever_it_is_cut_off_it_is_refused(folder: Path, tmp_path: Path) -> None:
    whole = packed_whole(folder)
    for n, length in enumerate((*range(0, 30, 7), *range(30, len(whole), max(1, len(whole) // 60)), len(whole) - 1)):
        place = tmp_path / f"cut{n}"
        place.mkdir()
        refused(whole[:length], place)


def test_whichever_byte_is_another_it_is_refused_or_nothing_is_lost(folder: Path, tmp_path: Path) -> None:
    whole = bytearray(packed_whole(folder))
    dice = random.Random(7)
    for n in range(120):
        place, at = tmp_path / f"flip{n}", dice.randrange(len(whole))
        place.mkdir()
        flipped = whole.copy()
        flipped[at] ^= 1 << dice.randrange(8)
        try:
            unpacked(io.BytesIO(bytes(flipped)), place, anything)
        except SourceError:
            continue
        assert files(place) == CONTENT  # a byte of gzip's own header, such as its time


def forged(*members: tuple[tarfile.TarInfo, bytes], manifest: object = None, sums: bool = True) -> bytes:
    """An archive as somebody may make it who means ill: these members between a manifest and the sums."""
    said = {"files": {m.name: [len(d), 0] for m, d in members}} if manifest is None else manifest
    head = json.dumps(said).encode()
    rows = [
        f"{hashlib.sha256(d).hexdigest()}  {name}\n"
        for name, d in [("manifest.json", head), *((m.name, d) for m, d in members)]
    ]
    last = [(tarfile.TarInfo("SHA256SUMS"), "".join(rows).encode())] if sums else []
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for member, data in [(tarfile.TarInfo("manifest.json"), head), *members, *last]:
            member.size = len(data) if member.type == tarfile.REGTYPE else member.size
            tar.addfile(member, io.BytesIO(data))
    return made.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, target
    return made


@pytest.mark.parametrize(
    "name", ["../x", "files/../../x", "/tmp/x", "files//x", "./x", "", "a/..", "files/./x", "a\0b"]
)
def test_nothing_is_written_elsewhere(out: Path, name: str) -> None:
    refused(forged((member(name), b"evil")), out)
    assert {each.name for each in out.parent.iterdir()} <= {"in", "out"}
    assert files(out) == {}


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE,
     tarfile.CONTTYPE, tarfile.GNUTYPE_SPARSE],
)  # fmt: skip
def test_only_plain_files_are_taken(out: Path, kind: bytes) -> None:
    refused(forged((member("x", kind, "/etc/passwd"), b"")), out)
    assert [*out.iterdir()] == []


def test_what_has_no_place_is_refused(out: Path) -> None:
    said = refused(forged((member("evil.sh"), b"x")), out, expected=lambda name: name.startswith("files/"))
    assert "there is no place for 'evil.sh'" in said


@pytest.mark.parametrize(
    "manifest",
    [[], {}, {"files": []}, {"files": {"x": [1, 0], "y": [1, 0]}},
     *({"files": {"x": said}} for said in (1, [1], [-1, 0], [True, 0], [1, 1 << 70], ["1", 0], [2, 0]))],
)  # fmt: skip
def test_a_manifest_that_is_not_so_is_refused(out: Path, manifest: object) -> None:
    refused(forged((member("x"), b"1"), manifest=manifest), out)


def test_files_that_come_twice_or_without_sums_are_refused(out: Path, tmp_path: Path) -> None:
    refused(forged((member("x"), b"1"), (member("x"), b"1")), out)
    for n, archive in enumerate(
        (forged((member("x"), b"1"), sums=False), gzip.compress(b""), b"", b"PK\3\4", gzip.compress(os.urandom(5000)))
    ):
        place = tmp_path / str(n)
        place.mkdir()
        refused(archive, place)


def test_what_inflates_beyond_what_is_taken_is_refused_before_it_is_written(out: Path) -> None:
    bomb = forged((member("x"), bytes(50 << 20)))
    assert len(bomb) < 1 << 20
    assert "it has 50 MB, more than 10" in refused(bomb, out, most=10 << 20)
    assert files(out) == {}


def test_a_header_that_is_a_bomb_is_not_read_into_memory(out: Path) -> None:
    long = member("././@LongLink", tarfile.GNUTYPE_LONGNAME)
    long.size = 64 << 20
    made = io.BytesIO(long.tobuf(tarfile.GNU_FORMAT) + bytes(64 << 20))
    assert "a header is too long" in refused(gzip.compress(made.getvalue(), 1), out)


def test_what_follows_the_end_is_refused(folder: Path, out: Path) -> None:
    refused(packed_whole(folder) + gzip.compress(b"more"), out)


def test_where_the_disk_has_no_room_nothing_is_written(
    folder: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wenyuan.engine.tarball._SPARE", 1 << 60)
    with pytest.raises(OutOfSpace, match="MB left"):
        unpacked(io.BytesIO(packed_whole(folder)), out, anything)
    assert files(out) == {}


def test_a_file_that_changes_meanwhile_breaks_it_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pieces() -> Iterator[bytes]:
        for n, piece in enumerate(packed(folder, {})):
            (folder / "b").write_bytes(b"longer")
            yield piece
            del n

    (folder / "b").write_bytes(os.urandom(3 << 20))  # the last but for the files
    with pytest.raises(Busy, match="was written to"):
        for _ in pieces():
            pass
