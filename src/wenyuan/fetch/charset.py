"""The charset that a server names for a text, kept in the text: the file on disk has no headers."""

from __future__ import annotations

import codecs
import re

_HEAD = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s*<(?:!doctype|\?xml|!--|html|head(?!er))[^>]*>)*", re.IGNORECASE)
_CHARSET = re.compile(rb"""charset\s*=\s*["']?([\w-]+)""", re.IGNORECASE)
_LOOKED_AT = 4_096  # bytes at the beginning of HTML in which the loader looks for a charset

# Only charsets of texts: Python has codecs that inflate, and some that take long. Single-byte ones of the west are
# named by servers for all they send, which proves nothing; valid UTF-8 is known without being told.
_TELLING = re.compile(r"gb|big5|euc|shift|iso2022|iso8859-(?!1$)|cp\d(?!252$)|koi8|mac|tis|utf-16|utf-32")
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs"}


def keep_charset(data: bytes, charset: str, *, html: bool) -> bytes:
    """`data` as the loader will read it, where the server says that it is in this charset.

    HTML is given a <meta charset>, before any that says otherwise, as the header counts for more; other text, and HTML
    in an encoding in which no tag could be read, becomes UTF-8. Bytes which are not in that charset stay as they are.
    """
    name = _codec(charset)
    if not _TELLING.match(name):
        return data
    try:
        text = data.decode(name)
    except UnicodeError:
        return data
    if not html or "<meta>".encode(name) != b"<meta>":
        return text.encode(errors="replace")
    beginning = data[:_LOOKED_AT]
    stated = _CHARSET.search(beginning)
    if stated is not None and _codec(stated[1].decode(errors="replace")) == name:
        return data
    head = _HEAD.match(beginning)
    at = head.end() if head else 0
    return data[:at] + f'<meta charset="{name.replace("_", "-")}">'.encode() + data[at:]


def _codec(charset: str) -> str:
    """Python's name for a charset, a wider one for those that are meant so; empty where there is none."""
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        return ""
    return _WIDER.get(name, name)
