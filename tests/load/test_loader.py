"""Titles, times, and every way in which a file can be wrong."""

from __future__ import annotations

import os

import pytest

from wenyuan.errors import SourceError
from wenyuan.load import Limits, load

from . import makers
from .makers import loaded


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("```\n# comment\n```\n# Real ##\n# Second", "Real"),
        ("## no\n#no\ntext", "a"),
        ("~~~sh\n```\n# comment\n~~~\ntext", "a"),
    ],
)
def test_the_title_is_the_first_real_heading_else_the_name(source, title):
    assert loaded(source, "a.md").title == title


def test_time_is_the_modification_time_where_nothing_else_is_said(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("text")
    os.utime(path, (0, 1_000_000))
    assert load(path, id="a").time == 1_000_000


# --- wrong files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.txt", "a.pdf", "a.docx", "a.json", "a.xlsx"])
@pytest.mark.parametrize("data", [b"", b" \n"])
def test_an_empty_file(name, data):
    with pytest.raises(SourceError, match="it is empty; fill or remove it"):
        loaded(data, name)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.docx", makers.docx(makers.paragraph("text"))),
        ("a.pdf", makers.pdf([["text"]])),
        ("a.xlsx", makers.xlsx()),
        ("a.epub", makers.epub(["<p>text</p>"])),
    ],
)
def test_a_truncated_file(name, data):
    for size in (len(data) // 3, len(data) // 2, len(data) - 30):
        with pytest.raises(SourceError, match=f"^docs/{name}: it") as error:
            loaded(data[:size], name)
        makers.one_sentence(error.value)


def test_unreadable_and_missing_files(tmp_path):
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "dangling.md").symlink_to(tmp_path / "gone")
    os.mkfifo(tmp_path / "pipe.md")
    for name, reason in (
        ("folder.md", "cannot be listed"),
        ("pipe.md", "not a regular file"),
        ("dangling.md", "no such file"),
        ("missing.md", "no such file"),
    ):
        with pytest.raises(SourceError, match=reason) as error:
            load(tmp_path / name, id=f"docs/{name}")
        makers.one_sentence(error.value)


# --- limits --------------------------------------------------------------------------------------------------------


def test_a_file_beyond_the_limits():
    with pytest.raises(SourceError, match="larger than 10 bytes"):
        loaded("x" * 11, "a.txt", Limits(file_bytes=10))
    with pytest.raises(SourceError, match="more than 1,000 characters"):
        loaded("x" * 1001, "a.txt", Limits(text_chars=1000))
    with pytest.raises(SourceError, match="more than 1,000 characters"):
        loaded("a,b\n" * 500, "a.csv", Limits(text_chars=1000))


def test_deep_nesting_is_an_error_or_a_warning_never_a_crash():
    deep = 20_000
    with pytest.raises(SourceError, match="it cannot be read as json"):
        loaded("[" * deep + "]" * deep, "a.json")
    page = loaded("<div>" * deep + "bottom" + "</div>" * deep, "a.html")
    assert page.text == "bottom"
    assert page.warnings == ("it is nested too deeply: headings and tables became plain text",)


def test_exhausted_memory_is_not_the_files_fault(monkeypatch):
    def exhausted(data, limits):
        raise MemoryError

    monkeypatch.setattr("wenyuan.load.content.PARSERS", {"txt": exhausted})
    with pytest.raises(MemoryError):
        loaded("text", "a.txt")


def test_nothing_is_written_to_the_terminal(capfd):
    loaded(makers.pdf([["text"]]), "a.pdf")
    loaded(makers.docx(makers.paragraph("text")), "a.docx")
    with pytest.raises(SourceError):
        loaded(b"%PDF-1.7 broken", "a.pdf")
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_a_hundred_megabytes_of_text():
    text = "水泵 pump 5 kW\n" * 6_000_000
    assert len(text.encode()) >= 100_000_000
    with pytest.raises(SourceError, match="more than 20,000,000 characters"):
        loaded(text, "a.txt")
    assert len(loaded(text, "a.txt", Limits(text_chars=100_000_000)).text) == len(text)
