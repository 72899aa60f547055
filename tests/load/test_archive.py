"""Archives and streams that inflate beyond the limits are stopped before they do."""

from __future__ import annotations

import pytest

from wenyuan.errors import SourceError
from wenyuan.load import Limits

from . import makers
from .makers import loaded


@pytest.mark.parametrize(
    ("name", "main", "part"),
    [
        ("a.docx", "word/document.xml", "word/document.xml"),
        ("a.docx", "word/document.xml", "word/media/image1.png"),
        ("a.xlsx", "xl/workbook.xml", "xl/worksheets/sheet1.xml"),
        ("a.pptx", "ppt/presentation.xml", "ppt/slides/slide1.xml"),
        ("a.epub", "META-INF/container.xml", "chapter.xhtml"),
    ],
)
def test_a_zip_bomb_is_stopped_while_inflating(name, main, part):
    data = makers.bomb({main: "<x/>"} if main != part else {}, part, 10 << 30)
    assert len(data) < 20_000_000
    with pytest.raises(SourceError, match="it inflates to more than"):
        loaded(data, name, Limits(inflated_bytes=200_000_000))


def test_a_pdf_bomb_is_stopped_while_inflating():
    packed = b"\x78\x9c" + makers.deflated_zeros(10 << 30)
    data = makers.assembled([b"<</Type/Catalog>>", b"<</Filter/FlateDecode>>\nstream\n" + packed + b"\nendstream"])
    with pytest.raises(SourceError, match="it inflates to more than 50,000,000 bytes"):
        loaded(data, "a.pdf", Limits(inflated_bytes=50_000_000))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_entities_are_refused(encoding):
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 20))
    document = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY a0 "ha">{laughs}]><x>&a19;</x>'
    with pytest.raises(SourceError, match="declares XML entities"):
        loaded(makers.zipped({"word/document.xml": document.encode(encoding)}), "a.docx")
