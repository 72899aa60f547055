"""Media types become extensions that the loader reads."""

from __future__ import annotations

import pytest

from wenyuan.fetch.media import SUFFIXES, suffix_of
from wenyuan.load import SUPPORTED


def test_the_loader_reads_all_of_them() -> None:
    assert set(SUFFIXES.values()) <= SUPPORTED.keys()


@pytest.mark.parametrize(
    ("media_type", "suffix", "expected"),
    [
        ("text/html", "", ".html"),
        ("text/html", ".HTM", ".htm"),
        ("text/html", ".php", ".html"),
        ("text/html", ".pdf", ".html"),
        ("application/xhtml+xml", ".xhtml", ".xhtml"),
        ("application/pdf", ".pdf", ".pdf"),
        ("application/pdf", ".aspx", ".pdf"),
        ("text/plain", ".md", ".md"),
        ("text/plain", ".csv", ".csv"),
        ("text/plain", ".pdf", ".txt"),
        ("text/plain", ".log", ".txt"),
        ("application/octet-stream", ".docx", ".docx"),
        ("application/octet-stream", ".bin", None),
        ("", ".pdf", ".pdf"),
        ("", "", None),
        ("image/png", ".md", None),
        ("application/json", "", ".json"),
        ("application/zip", ".xlsx", ".xlsx"),
        ("application/zip", ".zip", None),
    ],
)
def test_the_type_decides_unless_it_is_vague(media_type: str, suffix: str, expected: str | None) -> None:
    assert suffix_of(media_type, suffix) == expected


def test_an_extension_is_one_that_the_loader_reads() -> None:
    endings = {suffix_of(media_type, suffix) for media_type in (*SUFFIXES, "") for suffix in (*SUPPORTED, ".x")}
    assert endings - {None} <= SUPPORTED.keys()
