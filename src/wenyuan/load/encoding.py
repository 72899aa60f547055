"""Bytes to text: UTF-8/16/32, GB18030, Big5 by rule, anything else by charset-normalizer.

GB18030 and Big5 accept most of each other's bytes, so they are told apart by how many of their characters fall into the
rows of everyday characters (level 1 of GB 2312 and of Big5, and punctuation); 10 characters suffice in practice.
EUC-KR uses the rows of GB 2312: Korean text needs a declared charset or UTF-8.
"""

from __future__ import annotations

import codecs
import re

from wenyuan.errors import SourceError

_BOMS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_EVERYDAY = {
    "gb18030": re.compile(rb"[\xa1-\xa3\xb0-\xd7][\xa1-\xfe]"),
    "big5hkscs": re.compile(rb"[\xa1-\xa3\xa4-\xc6][\x40-\x7e\xa1-\xfe]"),
}
_CHARACTER = re.compile(rb"[\x81-\xfe][\x30-\x39][\x81-\xfe][\x30-\x39]|[\x81-\xfe][\x40-\xfe]|[\x80-\xff]")
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd]")
_SINGLE_BYTE = {"ascii", "iso8859-1", "cp1252"}  # decode anything, so a declaration proves nothing
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs"}
_SAMPLE = 1_000_000
_BINARY = "it does not hold text; give it the extension of its real format or remove it"


def decode(data: bytes, declared: str | None = None) -> tuple[str, tuple[str, ...]]:
    """Text and warnings; `declared` is the charset that the file names for itself. SourceError for binary data."""
    encoding = _detect(data, declared)
    text = data.decode(encoding, errors="replace").removeprefix("\ufeff")
    sample = text[:_SAMPLE]
    if len(_NOT_TEXT.findall(sample)) > 0.05 * len(sample):
        raise SourceError(_BINARY)
    lost = text.count("\ufffd") - data.count("\ufffd".encode())
    if lost > 0:
        return text, (f"{lost} characters are not valid {encoding} and were replaced",)
    return text, ()


def _detect(data: bytes, declared: str | None) -> str:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return encoding
    if b"\0" in data:
        return _utf16_without_bom(data)
    if _mostly_utf8(data):
        return "utf-8"
    if declared and (name := _multibyte(data, declared)):
        return name
    return _chinese(data[:_SAMPLE]) or _other(data[:_SAMPLE])


def _utf16_without_bom(data: bytes) -> str:
    """The zero bytes of its ASCII characters and line ends all stand on the same side."""
    odd, even = data[1::2].count(0), data[::2].count(0)
    if min(odd, even) * 20 > max(odd, even) or len(data) % 2:
        raise SourceError(_BINARY)
    return "utf-16-le" if odd > even else "utf-16-be"


def _mostly_utf8(data: bytes) -> bool:
    """Valid, or damaged in a few places only: other encodings hardly ever form valid sequences."""
    try:
        data.decode()
    except UnicodeDecodeError:
        text = data.decode(errors="replace")
        wide = sum(len(run) for run in re.findall("[^\x00-\x7f]+", text))
        return text.count("\ufffd") * 20 <= wide
    return True


def _multibyte(data: bytes, declared: str) -> str | None:
    try:
        name = codecs.lookup(declared).name
        name = _WIDER.get(name, name)
        data.decode(name)
    except (LookupError, UnicodeDecodeError):
        return None
    return None if name in _SINGLE_BYTE else name


def _chinese(sample: bytes) -> str | None:
    characters = _CHARACTER.findall(sample)
    everyday = {
        name: sum(1 for character in characters if pattern.fullmatch(character)) for name, pattern in _EVERYDAY.items()
    }
    best = max(everyday, key=lambda name: ("\ufffd" not in sample.decode(name, errors="replace"), everyday[name]))
    return best if everyday[best] * 3 > len(characters) else None


def _other(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    few = sum(byte > 0x7F for byte in sample) * 10 < len(sample)
    match = None if few else from_bytes(sample).best()  # a few letters and dashes among English say too little
    return match.encoding if match else "cp1252"
