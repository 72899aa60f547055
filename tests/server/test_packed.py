"""Files as they are sent."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from wenyuan.server.packed import Packing

TEXT = "export const pump = 'PX-200'\n" * 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "page"
    (made / "assets").mkdir(parents=True)
    (made / "assets" / "app.js").write_text(TEXT)
    (made / "noise.bin").write_bytes(os.urandom(4000))
    (made / "empty.css").touch()
    (tmp_path / "secret.txt").write_text("zqsecret")
    (made / "out").symlink_to(tmp_path)
    return made


def test_a_file_is_compressed_where_that_makes_it_shorter(folder: Path) -> None:
    packing = Packing(folder)
    script, noise, empty = (packing.find(each) for each in ("assets/app.js", "noise.bin", "empty.css"))
    assert script is not None
    assert script.zipped is not None
    assert (script.data.decode(), gzip.decompress(script.zipped).decode()) == (TEXT, TEXT)
    assert (script.name, script.kind) == ("assets/app.js", "text/javascript; charset=utf-8")
    assert noise is not None
    assert (noise.zipped, noise.kind) == (None, "application/octet-stream")
    assert empty is not None
    assert (empty.data, empty.zipped) == (b"", None)


def test_a_file_is_read_once_and_again_when_it_has_changed(folder: Path) -> None:
    packing = Packing(folder)
    first = packing.find("assets/app.js")
    assert packing.find("assets/../assets/app.js") is first
    (folder / "assets" / "app.js").write_text(f"{TEXT}// more")
    second = packing.find("assets/app.js")
    assert first is not None
    assert second is not None
    assert second.data.endswith(b"more")
    assert second.tag != first.tag


def test_a_tag_says_what_a_file_holds_and_not_when_it_was_written(folder: Path) -> None:
    first = Packing(folder).find("assets/app.js")
    os.utime(folder / "assets" / "app.js", (0, 0))
    again = Packing(folder).find("assets/app.js")
    assert first is not None
    assert again is not None
    assert again.tag == first.tag


@pytest.mark.parametrize(
    "path",
    ["", "assets", "absent.js", "../secret.txt", "out/secret.txt", "/etc/passwd", "a\0b", "a/" * 5000, "x" * 500],
)
def test_what_is_no_file_of_the_folder_is_not_found(folder: Path, path: str) -> None:
    assert Packing(folder).find(path) is None


def test_a_folder_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    assert Packing(tmp_path / "absent").find("index.html") is None
