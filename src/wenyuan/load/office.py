"""Word, PowerPoint and EPUB through the libraries of markitdown, which keep headings, lists and tables."""

from __future__ import annotations

import re
import zipfile
from html import unescape
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

from wenyuan.load.archive import check_zip
from wenyuan.load.parsed import Parsed, ParsedText
from wenyuan.load.text import MARKDOWN_OPTIONS, html_to_markdown

if TYPE_CHECKING:
    from wenyuan.load.limits import Limits

_TITLE_STYLE = "p[style-name='Title'] => h1:fresh\nu => u"
_TITLE = re.compile("<dc:title>(.*?)</dc:title>", re.DOTALL)
_SLIDE = re.compile(r"\s*<!-- Slide number: (\d+) -->\n")
_IMAGE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")


def parse_docx(data: bytes, limits: Limits) -> Parsed:
    """A Word document; equations become LaTeX, an image its description."""
    import mammoth
    from markitdown.converter_utils.docx.pre_process import pre_process_docx

    check_zip(data, limits, limits.part_bytes)
    prepared = pre_process_docx(BytesIO(data))
    # markitdown's own converter opens every image, and fails where one is only linked
    html = mammoth.convert_to_html(
        prepared, style_map=_TITLE_STYLE, convert_image=mammoth.images.img_element(_no_source)
    ).value
    markdown, _ = html_to_markdown(html)
    draft = ParsedText(limits)
    draft.add(_IMAGE.sub(r"\1", markdown))
    lost = b"<m:oMath" in _part(prepared, "word/document.xml")
    return draft.finish(_core_title(data), warnings=("its equations could not be read",) if lost else ())


def parse_pptx(data: bytes, limits: Limits) -> Parsed:
    """A presentation with a page mark for each slide; an image becomes its description."""
    from markitdown import StreamInfo
    from markitdown.converters import PptxConverter

    check_zip(data, limits, limits.part_bytes)
    try:
        result = PptxConverter().convert(BytesIO(data), StreamInfo(), **MARKDOWN_OPTIONS)
    except NotImplementedError:  # a shape without geometry, as some other programs write them
        result = PptxConverter().convert(_with_known_shapes(data), StreamInfo(), **MARKDOWN_OPTIONS)
    draft = ParsedText(limits)
    parts = _SLIDE.split(result.markdown)[1:]
    for number, slide in zip(parts[::2], parts[1::2], strict=True):
        if slide.strip():
            draft.add(_IMAGE.sub(r"\1", slide).strip() + "\n\n", page=int(number))
    return draft.finish(_core_title(data))


def parse_epub(data: bytes, limits: Limits) -> Parsed:
    """A book, chapter after chapter in reading order."""
    from markitdown import StreamInfo
    from markitdown.converters import EpubConverter

    check_zip(data, limits, limits.part_bytes)
    result = EpubConverter().convert(BytesIO(data), StreamInfo(), **MARKDOWN_OPTIONS)
    draft = ParsedText(limits)
    draft.add(_IMAGE.sub(r"\1", result.markdown))
    return draft.finish(metadata={"title": result.title} if result.title else {})  # not that of the first chapter


def _no_source(_image: object) -> dict[str, str]:
    return {"src": ""}


def _with_known_shapes(data: bytes) -> BytesIO:
    """The presentation with every shape of no known type declared a text box."""
    from pptx import Presentation

    presentation = Presentation(BytesIO(data))
    for slide in presentation.slides:
        for properties in slide.element.xpath(
            "//p:sp[not(p:spPr/a:prstGeom) and not(p:spPr/a:custGeom)]/p:nvSpPr/p:cNvSpPr"
        ):
            properties.set("txBox", "1")
    mended = BytesIO()
    presentation.save(mended)
    return BytesIO(mended.getvalue())


def _core_title(data: bytes) -> str | None:
    """The title among the document's properties."""
    title = _TITLE.search(_part(BytesIO(data), "docProps/core.xml").decode(errors="replace"))
    return unescape(title[1]) if title else None


def _part(file: BinaryIO, name: str) -> bytes:
    with zipfile.ZipFile(file) as archive:
        return archive.read(name) if name in archive.namelist() else b""
