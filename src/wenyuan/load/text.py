"""Plain text, Markdown and HTML."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING

from wenyuan.load.encoding import decode
from wenyuan.load.fields import split_front_matter
from wenyuan.load.parsed import Parsed, ParsedText, clean

if TYPE_CHECKING:
    from wenyuan.load.limits import Limits

MARKDOWN_OPTIONS = {"escape_underscores": False, "escape_asterisks": False, "table_infer_header": True}
"""Names such as max_connections keep their spelling, which people search and quote; a first row is the header."""

_CHARSET = re.compile(rb"""charset\s*=\s*["']?([\w-]+)""", re.IGNORECASE)
_EMBEDDED_IMAGE = re.compile(r"!\[([^\]]*)\]\(data:[^)]*\)")


def parse_text(data: bytes, limits: Limits) -> Parsed:
    """Plain text, verbatim."""
    text, warnings = decode(data)
    draft = ParsedText(limits)
    draft.add(text)
    return draft.finish(warnings=warnings)


def parse_markdown(data: bytes, limits: Limits) -> Parsed:
    """Markdown, verbatim but for its front matter."""
    text, warnings = decode(data)
    metadata, text, doubts = split_front_matter(clean(text))
    draft = ParsedText(limits)
    draft.add(text)
    return draft.finish(metadata=metadata, warnings=warnings + doubts)


def parse_html(data: bytes, limits: Limits) -> Parsed:
    """HTML as Markdown, without scripts, styles and embedded images."""
    declared = _CHARSET.search(data[:4096])
    text, warnings = decode(data, declared[1].decode() if declared else None)
    metadata, text, doubts = split_front_matter(clean(text))
    markdown, title = html_to_markdown(text)
    draft = ParsedText(limits)
    draft.add(markdown)
    return draft.finish(title, metadata, warnings + doubts)


def html_to_markdown(html: str) -> tuple[str, str | None]:
    """(Markdown, title)."""
    from markitdown import StreamInfo
    from markitdown.converters import HtmlConverter

    page = HtmlConverter().convert(BytesIO(html.encode()), StreamInfo(charset="utf-8"), **MARKDOWN_OPTIONS)
    return _EMBEDDED_IMAGE.sub(r"\1", page.markdown), page.title
