"""Files of each format, made by code."""

from __future__ import annotations

import datetime
import io
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from openpyxl import Workbook

from wenyuan.load import Limits, load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wenyuan.types import Document

DOCX_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
DOCX_RELS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Target="word/document.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>'
)
WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
STYLES = (
    f"<w:styles {WORD}>"
    '<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Heading2"><w:name w:val="heading 2"/></w:style></w:styles>'
)
STYLES_RELS = DOCX_RELS.replace(
    "officeDocument/2006/relationships/officeDocument", "officeDocument/2006/relationships/styles"
)


def loaded(data: bytes | str, name: str, limits: Limits | None = None, **metadata: object) -> Document:
    """The document of a file with this content and name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return load(path, id=f"docs/{name}", metadata=metadata, limits=limits or Limits())


def zipped(parts: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def docx(body: str, prologue: str = "", **more: str) -> bytes:
    """A Word document; `body` is WordprocessingML, `more` further parts."""
    document = f'<?xml version="1.0"?>{prologue}<w:document {WORD}><w:body>{body}</w:body></w:document>'
    return zipped(
        {
            "[Content_Types].xml": DOCX_TYPES,
            "_rels/.rels": DOCX_RELS,
            "word/document.xml": document,
            "word/styles.xml": STYLES,
            "word/_rels/document.xml.rels": STYLES_RELS.replace("word/document.xml", "styles.xml"),
            **more,
        }
    )


def paragraph(text: str, style: str = "") -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}<w:r><w:t>{text}</w:t></w:r></w:p>"


def epub(chapters: Sequence[str]) -> bytes:
    items = "".join(f'<item id="c{n}" href="c{n}.xhtml"/>' for n in range(len(chapters)))
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    opf = (
        '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>水泵手册</dc:title></metadata>'
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    container = '<container><rootfiles><rootfile full-path="book.opf"/></rootfiles></container>'
    parts = {f"c{n}.xhtml": f"<html><body>{chapter}</body></html>" for n, chapter in enumerate(chapters)}
    return zipped({"mimetype": "application/epub+zip", "META-INF/container.xml": container, "book.opf": opf, **parts})


def pdf(
    pages: Sequence[Sequence[str]], *, title: str = "", outline: Sequence[tuple[str, int]] = (), trailer: str = ""
) -> bytes:
    """A PDF of text lines in any script; `outline` holds (title, page from 0); `trailer` is added to its trailer."""
    characters = sorted({character for page in pages for line in page for character in line})
    code = {character: number for number, character in enumerate(characters, 1)}
    mapping = "\n".join(f"<{code[c]:04x}> <{c.encode('utf-16-be').hex()}>" for c in characters)
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /T def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        f"{len(characters)} beginbfchar\n{mapping}\nendbfchar endcmap end end"
    )
    first = 7
    kids = " ".join(f"{first + 2 * n} 0 R" for n in range(len(pages)))
    entries = first + 2 * len(pages)
    chain = [
        f"<</Title<feff{name.encode('utf-16-be').hex()}>/Parent 6 0 R/Dest[{first + 2 * page} 0 R/Fit]"
        + (f"/Next {entries + n + 1} 0 R" if n + 1 < len(outline) else "")
        + ">>"
        for n, (name, page) in enumerate(outline)
    ]
    top = f"<</First {entries} 0 R/Last {entries + len(outline) - 1} 0 R/Count {len(outline)}>>" if outline else "<<>>"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/Outlines 6 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>".encode(),
        b"<</Type/Font/Subtype/Type0/BaseFont/F/Encoding/Identity-H/DescendantFonts[4 0 R]/ToUnicode 5 0 R>>",
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/F/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
        b"/Supplement 0>>/DW 600/FontDescriptor<</Type/FontDescriptor/FontName/F/Flags 4/FontBBox[0 0 600 800]"
        b"/ItalicAngle 0/Ascent 800/Descent 0/CapHeight 700/StemV 80>>>>",
        stream(cmap.encode()),
        top.encode(),
    ]
    for page in pages:
        shown = "".join(f"<{''.join(f'{code[c]:04x}' for c in line)}> Tj 0 -14 Td\n" for line in page)
        objects += [
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F 3 0 R>>>>"
            f"/Contents {first + 1 + (len(objects) - 6)} 0 R>>".encode(),
            stream(f"BT /F 10 Tf 40 760 Td\n{shown}ET".encode()),
        ]
    objects += [entry.encode() for entry in chain]
    objects.append(f"<</Title<feff{title.encode('utf-16-be').hex()}>>>".encode())
    return assembled(objects, trailer)


def stream(content: bytes) -> bytes:
    packed = zlib.compress(content)
    return b"<</Length %d/Filter/FlateDecode>>\nstream\n%b\nendstream" % (len(packed), packed)


def assembled(objects: Sequence[bytes], trailer: str = "") -> bytes:
    """Numbered objects with their cross-reference table; the last one is the information dictionary."""
    data = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for offset in offsets:
        data += b"%010d 00000 n \n" % offset
    data += f"trailer\n<</Size {len(objects) + 1}/Root 1 0 R/Info {len(objects)} 0 R{trailer}>>\n".encode()
    data += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(data)


def deflated_zeros(size: int) -> bytes:
    """A raw deflate stream of `size` zero bytes, made of one block repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * (size >> 20) + packer.flush()


def bomb(parts: dict[str, str | bytes], name: str, size: int) -> bytes:
    """An archive of `parts` and one deflated entry that inflates to `size` zero bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
        packed = deflated_zeros(size)
        archive.writestr(name, packed)
        info = archive.getinfo(name)
    data = bytearray(buffer.getvalue())
    central = data.rindex(b"PK\x01\x02")
    struct.pack_into("<H", data, info.header_offset + 8, zipfile.ZIP_DEFLATED)
    struct.pack_into("<H", data, central + 10, zipfile.ZIP_DEFLATED)
    for at in (info.header_offset + 22, central + 24):
        struct.pack_into("<I", data, at, min(size, 0xFFFFFFFE))
    return bytes(data)


def unix(*date: int) -> float:
    return datetime.datetime(*date, tzinfo=datetime.UTC).timestamp()


def xlsx() -> bytes:
    """An empty workbook."""
    buffer = io.BytesIO()
    Workbook().save(buffer)
    return buffer.getvalue()


def one_sentence(error: Exception) -> None:
    """An error about a file in docs/ is one sentence that begins with its name."""
    message = str(error)
    assert message.startswith("docs/")
    assert "\n" not in message
