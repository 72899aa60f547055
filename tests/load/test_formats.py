"""A file is what its first bytes say."""

from __future__ import annotations

import pytest

from wenyuan.errors import SourceError
from wenyuan.load.formats import PARSERS, SUPPORTED, recognise

from . import makers
from .makers import loaded


def test_a_format_under_a_wrong_extension_is_read_as_what_it_is():
    document = loaded(makers.pdf([["Rated power"]]), "a.docx")
    assert (document.type, document.text) == ("pdf", "Rated power")
    assert document.warnings == ("it is named .docx but holds pdf, and was read as pdf",)
    assert loaded(makers.docx(makers.paragraph("text")), "a.txt").type == "docx"


@pytest.mark.parametrize("name", ["a.docx", "a.pdf", "a.xlsx", "a.pptx", "a.epub"])
@pytest.mark.parametrize("data", [b"only text", makers.zipped({"a": "b"}), b"PK\x03\x04 broken"])
def test_bytes_that_are_not_what_the_extension_promises(name, data):
    with pytest.raises(SourceError, match=f"it is damaged or no {name[2:]} file") as error:
        loaded(data, name)
    makers.one_sentence(error.value)


def test_an_unknown_extension_names_the_known_ones():
    with pytest.raises(SourceError, match=r"files of type '\.xyz' cannot be loaded; convert it to one of \.md, "):
        loaded("text", "a.xyz")


def test_encrypted_files():
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    locked = bytearray(makers.docx(makers.paragraph("text")))
    locked[6] |= 1
    at = locked.index(b"PK\x01\x02")
    locked[at + 8] |= 1
    encrypt = "/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<" + "ab" * 32 + ">/U<" + "cd" * 32 + ">>>"
    for name, data in (("a.docx", ole), ("b.docx", bytes(locked)), ("c.pdf", makers.pdf([["x"]], trailer=encrypt))):
        with pytest.raises(SourceError, match="it is encrypted; save it without a password"):
            loaded(data, name)


def test_a_legacy_office_file():
    with pytest.raises(SourceError, match="legacy Office file; save it as docx"):
        loaded(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.docx")


def test_every_extension_has_a_parser_and_content_decides() -> None:
    assert set(SUPPORTED.values()) == set(PARSERS)
    assert recognise(b"a,b", ".CSV") == ("csv", ())
    assert recognise(b" \n%PDF-1.7", ".pdf") == ("pdf", ())
    assert recognise(b"%PDF-1.7", "") == (
        "pdf",
        ("it is named without an extension but holds pdf, and was read as pdf",),
    )
