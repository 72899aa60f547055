"""Names from elsewhere stay within the folder, and different things get different names."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.fetch.names import folded, free_path, safe_path, suffix, web_path
from wenyuan.fetch.url import parse
from wenyuan.load import discover

NASTY = ["..", ".", "", "/", "\\", "C:", "con", "NUL.txt", "a\0b", "\u202egpj.exe", "é", "e\u0301", "A", "a", " x ",
         "x. ", ".git", "a.meta.json", "catalogue.sqlite", "\ud800", "x" * 300, "水" * 120, "~", "-", "a:b",
         "con .md", "aux.md"]  # fmt: skip
WINDOWS = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
steps = st.one_of(st.sampled_from(NASTY), st.text(max_size=12))
wishes = st.one_of(st.lists(steps, max_size=6).map("/".join), st.text(max_size=80))


def is_safe(path: PurePosixPath) -> bool:
    for step in path.parts:
        assert step not in ("", ".", "..")
        assert len(step.encode()) <= 230
        assert step.strip(" ").rstrip(". ") == step
        assert not step.startswith(".")
        assert not any(unicodedata.category(char).startswith("C") for char in step)
        assert not set(step) & set('<>:"|?*\\/')
        assert step.partition(".")[0].rstrip(" ").lower() not in WINDOWS
    return not path.is_absolute() and len(str(path).encode()) < 1_200


@given(wishes, st.text(max_size=20))
def test_a_safe_path_is_within_the_folder_on_every_system(wish: str, key: str) -> None:
    path = safe_path(wish, key)
    assert is_safe(path)
    assert Path(os.path.normpath(Path("/mirror") / path)).is_relative_to("/mirror")
    assert safe_path(wish, key) == path


@given(st.lists(wishes, min_size=2, max_size=8))
def test_different_items_get_different_paths(wanted: list[str]) -> None:
    files, folders, paths = set[str](), set[str](), []

    def is_file(path: str) -> bool:
        return folded(path) in files

    def is_folder(path: str) -> bool:
        return folded(path) in folders

    for number, wish in enumerate(wanted):
        path = free_path(wish, f"{number} {wish}", is_file, is_folder)
        assert is_safe(path)
        files.add(folded(str(path)))
        folders |= {folded(str(above)) for above in [*path.parents][:-1]}
        paths.append(path)
    assert len({folded(str(path)) for path in paths}) == len(wanted)
    assert not files & folders


@given(wishes, wishes)
def test_wishes_that_have_to_be_changed_do_not_meet(one: str, other: str) -> None:
    paths = safe_path(one, one), safe_path(other, other)
    plain = [unicodedata.normalize("NFC", wish) for wish in (one, other)]
    kept = [[step for step in wish.split("/") if step not in ("", ".")] for wish in plain]
    if kept[0] != kept[1]:
        assert paths[0] != paths[1]


@pytest.mark.parametrize("wish", ["docs/page.html", "文档/手册.pdf", "a b/c (1).md", "naïve.txt"])
def test_plain_names_stay_as_they_are(wish: str) -> None:
    assert str(safe_path(wish, "key")) == wish


def test_changed_names_end_in_a_hash_of_the_key() -> None:
    path = safe_path("../../etc/passwd.md", "key")
    assert path.parts[:-1] == ("_", "_", "etc")
    assert path.name.startswith("passwd-")
    assert path.suffix == ".md"
    assert safe_path("../../etc/passwd.md", "other") != path


def test_a_file_where_a_folder_is_wanted_gives_way(tmp_path: Path) -> None:
    def is_file(path: str) -> bool:
        return path in ("a", "b/c")

    one = free_path("a/x.md", "1", is_file, lambda path: False)
    other = free_path("a/y.md", "2", is_file, lambda path: False)
    assert one.parent == other.parent != PurePosixPath("a")
    assert free_path("b", "3", is_file, lambda path: path == "b") != PurePosixPath("b")


@pytest.mark.parametrize(
    ("url", "ending", "expected"),
    [
        ("https://example.com/docs/page.html", ".html", "example.com/docs/page.html"),
        ("https://example.com/docs/page", ".html", "example.com/docs/page.html"),
        ("https://example.com/docs/", ".html", "example.com/docs/index.html"),
        ("https://example.com", ".html", "example.com/index.html"),
        ("https://example.com:8443/a.pdf", ".pdf", "example.com-8443/a.pdf"),
        ("https://example.com/v1.2", ".html", "example.com/v1.2.html"),
        ("https://example.com/a.pdf", ".html", "example.com/a.pdf.html"),
        ("https://example.com/view.php", ".html", "example.com/view.html"),
        ("https://example.com/%E6%96%87/%E6%A1%A3", ".html", "example.com/文/档.html"),
        ("https://example.com/a%2Fb", ".html", "example.com/a%2Fb.html"),
        ("https://example.com/%D5%FD", ".html", "example.com/%D5%FD.html"),
        ("http://[2606::1]/x", ".html", "2606--1/x.html"),
        ("https://example.com/plain", "", "example.com/plain"),
    ],
)
def test_a_page_lies_where_its_url_says(url: str, ending: str, expected: str) -> None:
    assert web_path(parse(url), ending) == expected


def test_queries_are_told_apart_by_a_hash() -> None:
    paths = {web_path(parse(f"https://example.com/x.php?id={n}"), ".html") for n in range(50)}
    assert len(paths) == 50
    assert all(path.startswith("example.com/x-") and path.endswith(".html") for path in paths)


@pytest.mark.parametrize(
    ("name", "expected"), [("a.md", ".md"), ("a", ""), (".md", ""), ("a.b.PDF", ".PDF"), ("..x", "")]
)
def test_the_extension_of_a_name(name: str, expected: str) -> None:
    assert suffix(name) == expected


@pytest.mark.parametrize("wish", [".hidden/x.md", "x.meta.json", "a/catalogue.sqlite", "catalogue.sqlite"])
def test_no_name_hides_from_the_document_flow(tmp_path: Path, wish: str) -> None:
    """A sidecar, a hidden file and a knowledge base are passed over there, the last with all beside it."""
    (tmp_path / "neighbour.md").write_text("x")
    path = tmp_path / safe_path(wish, "key")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    found = {each.name for each in discover(tmp_path, on_other=lambda other: None)}
    assert "neighbour.md" in found
    assert wish.endswith(".sqlite") or path.name in found


def test_file_systems_compare_folded_names() -> None:
    assert folded("Straße/É.md") == folded("STRASSE/e\u0301.MD") == folded("ｓtrasse/É.md")
