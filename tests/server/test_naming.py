"""What things may be called."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.errors import WrongUse
from wenyuan.server.naming import checked_name, document_name, is_name


@pytest.mark.parametrize("name", ["support", "kb-2", "客服", "a", "A_b", "x" * 64])
def test_a_name_is_letters_and_digits(name: str) -> None:
    assert is_name(name)
    assert checked_name("tenant", name) == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "-a", "_a", "a/b", "a b", "a\n", "x" * 65, "a.b", "a\x00", "cafe\u0301", "%2e"]
)
def test_nothing_else_is_a_name(name: str) -> None:
    assert not is_name(name)
    with pytest.raises(WrongUse, match="cannot be the name of a tenant"):
        checked_name("tenant", name)


@pytest.mark.parametrize(
    ("given_", "document"),
    [
        ("a.md", "a.md"),
        ("手册/泵.pdf", "手册/泵.pdf"),
        ("a\\b.md", "a/b.md"),
        ("a//b.md", "a/b.md"),
        ("./a.md", "a.md"),
    ],
)
def test_a_document_is_a_path_in_a_folder(given_: str, document: str) -> None:
    assert document_name(given_) == document


@pytest.mark.parametrize(
    "name",
    [
        "", "/", "/etc/passwd", "../a.md", "a/../../b.md", "a/..", ".hidden.md", "a/.git/x.md", "C:\\x.md", "a.md/",
        "a\x00.md", "a\n.md", "a.md.meta.json", " a.md", "a /b.md",
        "\ud800.md", "a\u2028.md", "..\\..\\x.md", "a.md.meta.json/b.md", "x/catalogue.sqlite/a.md",
    ],
)  # fmt: skip
def test_what_leads_out_or_cannot_be_kept_is_refused(name: str) -> None:
    with pytest.raises(WrongUse, match="cannot be the name of a document"):
        document_name(name)


@pytest.mark.parametrize("name", ["x" * 198 + ".md", "泵" * 66 + ".md", "/".join(["y" * 100] * 20)])
def test_one_that_is_too_long_is_told_how_long_it_may_be(name: str) -> None:
    with pytest.raises(WrongUse, match=r"200 bytes at most .66 Chinese characters., the whole path 1024"):
        document_name(name)
    assert document_name("x" * 197 + ".md")


@given(st.text(max_size=80) | st.lists(st.sampled_from(["..", ".", "a", "", "文", "\\", "b.md"])).map("/".join))
def test_whatever_is_accepted_stays_in_its_folder(name: str) -> None:
    try:
        document = document_name(name)
    except WrongUse:
        return
    folder = Path("/base/files")
    assert (folder / document).resolve().is_relative_to(folder)
    assert document_name(document) == document
