"""Files that are small, and become large or slow once they are read."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib

from . import makers

HTML_DEPTH = 20_000
SIDE = 30_000


def of_zeros(size: int) -> bytes:
    """A zlib stream of so many zero bytes."""
    return zlib.compress(bytes(size), 9)


def zipped_1000_to_1() -> bytes:
    """A Word document whose text inflates a thousandfold to 600 MB."""
    return makers.bomb({"[Content_Types].xml": makers.DOCX_TYPES}, "word/document.xml", 600 << 20)


def below_the_limit(megabytes: int) -> bytes:
    """A Word document of one character's paragraphs, which no limit of bytes refuses."""
    return makers.docx(makers.paragraph("a") * ((megabytes << 20) // len(makers.paragraph("a"))))


def many_cells(rows: int, columns: int) -> bytes:
    """A workbook whose sheet is one row, repeated."""
    row = "<row>" + "<c><v>1</v></c>" * columns + "</row>"
    return workbook("<sheetData>" + row * rows + "</sheetData>")


def far_cell() -> bytes:
    """A workbook with its only cells in the last row and the last column."""
    cells = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return workbook(f"<sheetData>{cells}</sheetData>")


def workbook(sheet: str) -> bytes:
    """A workbook with the contents of its sheet replaced."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(makers.xlsx())) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
                content = f'<worksheet xmlns="{space}">{sheet}</worksheet>'.encode()
            new.writestr(name, content)
    return buffer.getvalue()


def nested(levels: int = 5) -> bytes:
    """A Word document that holds a zip of zips of zeros."""
    inner = zlib.compress(bytes(64 << 20), 9)
    for level in range(levels):
        inner = makers.zipped({f"{level}-{n}.zip": inner for n in range(8)})
    return with_media(inner, "word/embeddings/nested.zip")


def overlapping(files: int = 400) -> bytes:
    """A Word document of entries that are all the same compressed bytes, as the zip bomb of David Fifield."""
    kernel = makers.deflated_zeros(16 << 20)
    name = b"word/media/image1.png"
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, len(kernel), 16 << 20, len(name), 0)
    data = bytearray(local + name + kernel)
    head = (b"PK\x01\x02", 20, 20, 0, 8, 0, 0, 0, len(kernel), 16 << 20, len(name), 0, 0, 0, 0, 0, 0)
    directory = (struct.pack("<4s6H3I5H2I", *head) + name) * files
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, files, files, len(directory), len(data), 0)
    return bytes(data + directory + end)


def with_media(content: bytes, name: str = "word/media/image1.png") -> bytes:
    """A sane Word document with one part that nobody needs to open."""
    buffer = io.BytesIO(makers.docx(makers.paragraph("The pump.")))
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def large_png(side: int = SIDE) -> bytes:
    """A black picture of that many dots each way."""
    packer = zlib.compressobj(9)
    line = bytes(1 + side * 3)
    packed = b"".join(packer.compress(line) for _ in range(side)) + packer.flush()
    parts = (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)), (b"IDAT", packed), (b"IEND", b"")
    chunks = (struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def billion_laughs() -> bytes:
    """A Word document whose text is an entity of entities of entities."""
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 20))
    return makers.docx(makers.paragraph("&a19;"), f'<!DOCTYPE x [<!ENTITY a0 "ha">{laughs}]>')


def filtered(times: int, size: int = 1 << 30, name: bytes = b"Contents") -> bytes:
    """A PDF with a page whose content is deflated that many times over."""
    packed = b"\x78\x9c" + makers.deflated_zeros(size) + b"\0" * 4
    for _ in range(times - 1):
        packed = zlib.compress(packed, 9)
    filters = b"[" + b"/FlateDecode" * times + b"]"
    return pdf_page(b"<</Length %d/Filter%b>>\nstream\n%b\nendstream" % (len(packed), filters, packed))


def run_lengths(size: int) -> bytes:
    """A PDF with a page of zeros in run lengths, deflated: 64 times 1000."""
    packed = zlib.compress(b"\x81\x00" * (size // 128), 9)
    return pdf_page(
        b"<</Length %d/Filter[/FlateDecode/RunLengthDecode]>>\nstream\n%b\nendstream" % (len(packed), packed)
    )


def text_page(size: int) -> bytes:
    """A PDF with a page that writes the same word that often."""
    return pdf_page(makers.stream(b"BT /F 10 Tf 40 760 Td\n" + b"(word) Tj\n" * size + b"ET"))


def pdf_page(content: bytes) -> bytes:
    """A PDF of one page with this content stream."""
    return makers.assembled(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F 5 0 R>>>>/Contents 4 0 R>>",
            content,
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
            b"<<>>",
        ]
    )


def deep_html(depth: int = HTML_DEPTH) -> bytes:
    """A page of elements in elements."""
    return ("<div>" * depth + "bottom" + "</div>" * depth).encode()


def wide_html(count: int) -> bytes:
    """A page of tables that are never closed."""
    return ("<table><tr><td>" * count).encode()


def deep_json(depth: int = 100_000) -> bytes:
    """Lists in lists."""
    return b"[" * depth + b"]" * depth


def aliases(levels: int = 12) -> bytes:
    """Markdown whose front matter, and date, is a list of aliases of lists of aliases."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return ("---\n" + "\n".join(lines) + f"\ndate: *a{levels - 1}\n---\n# Pump\n\nIt pumps.\n").encode()


def long_number() -> bytes:
    """Markdown with a number in its front matter that is slow to read."""
    return ("---\nn: " + "9" * 60_000 + "\n---\n# Pump\n").encode()


def deep_mail(depth: int = 2_000) -> bytes:
    """A message in a message in a message."""
    head = b"From: a@b.c\nContent-Type: message/rfc822\n\n"
    return head * depth + b"From: a@b.c\nSubject: inner\n\ntext\n"


def many_records(count: int) -> bytes:
    """A JSON array of empty objects: two bytes each, and many times that once it is read."""
    return json.dumps([{}] * count, separators=(",", ":")).encode()
