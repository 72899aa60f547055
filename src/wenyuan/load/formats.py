"""Which formats there are, and which one a file is: its first bytes know better than its name."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from typing import TYPE_CHECKING

from wenyuan.errors import SourceError
from wenyuan.load.mail import parse_eml
from wenyuan.load.office import parse_docx, parse_epub, parse_pptx
from wenyuan.load.pdf import parse_pdf
from wenyuan.load.records import parse_json, parse_jsonl
from wenyuan.load.table import parse_csv, parse_xlsx
from wenyuan.load.text import parse_html, parse_markdown, parse_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wenyuan.load.limits import Limits
    from wenyuan.load.parsed import Parsed

SUPPORTED: Mapping[str, str] = {
    ".md": "md", ".markdown": "md",
    ".txt": "txt", ".text": "txt",
    ".html": "html", ".htm": "html", ".xhtml": "html",
    ".pdf": "pdf", ".docx": "docx", ".pptx": "pptx", ".xlsx": "xlsx", ".xlsm": "xlsx", ".epub": "epub",
    ".csv": "csv", ".tsv": "csv", ".json": "json", ".jsonl": "jsonl", ".eml": "eml",
}  # fmt: skip
"""Lower-case file extension → type."""

PARSERS: Mapping[str, Callable[[bytes, Limits], Parsed]] = {
    "md": parse_markdown,
    "txt": parse_text,
    "html": parse_html,
    "pdf": parse_pdf,
    "docx": parse_docx,
    "pptx": parse_pptx,
    "xlsx": parse_xlsx,
    "epub": parse_epub,
    "csv": parse_csv,
    "json": parse_json,
    "jsonl": parse_jsonl,
    "eml": parse_eml,
}
"""Type → parser."""

PLAIN = frozenset({"md", "txt", "csv", "json", "jsonl"})
"""Types that need none of the libraries of the others, which take a second to load."""

_BINARY = {"pdf", "docx", "pptx", "xlsx", "epub"}
_MAIN_PARTS = {"word/": "docx", "ppt/": "pptx", "xl/": "xlsx", "META-INF/container.xml": "epub"}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def recognise(data: bytes, suffix: str) -> tuple[str, tuple[str, ...]]:
    """(type, warnings): the type the bytes show, else the one the extension names.

    Raises SourceError where there is no parser, or the bytes are not what a binary extension promises.
    """
    named = SUPPORTED.get(suffix.lower())
    found = _by_content(data)
    if found is None and named in _BINARY:
        raise SourceError(f"it is damaged or no {named} file; save it again from its application")
    if found is None and named is None:
        raise SourceError(f"files of type '{suffix}' cannot be loaded; convert it to one of {', '.join(SUPPORTED)}")
    if found is not None and found != named:
        return found, (f"it is named {suffix or 'without an extension'} but holds {found}, and was read as {found}",)
    return str(found or named), ()


def _by_content(data: bytes) -> str | None:
    if re.match(rb"[\s\x00]*%PDF-", data[:1024]):
        return "pdf"
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            raise SourceError("it is encrypted; save it without a password")
        raise SourceError("it is a legacy Office file; save it as docx, pptx or xlsx")
    if data.startswith(b"PK\x03\x04"):
        return _in_zip(data)
    return None


def _in_zip(data: bytes) -> str | None:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return None
    return next((kind for part, kind in _MAIN_PARTS.items() if any(name.startswith(part) for name in names)), None)
