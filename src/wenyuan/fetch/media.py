"""Media types of the web, and the file extensions by which the loader knows them."""

from __future__ import annotations

from collections.abc import Mapping

SUFFIXES: Mapping[str, str] = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/json": ".json",
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    "application/pdf": ".pdf",
    "application/epub+zip": ".epub",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.ms-excel.sheet.macroenabled.12": ".xlsm",
    "message/rfc822": ".eml",
}
"""Media type → extension."""

_ALIKE = ({".html", ".htm", ".xhtml"}, {".md", ".markdown"}, {".xlsx", ".xlsm"}, {".txt", ".text"})
_KNOWN = frozenset(SUFFIXES.values()).union(*_ALIKE)
_VAGUE = ("", "application/octet-stream", "binary/octet-stream", "application/zip", "text/plain")
_TEXT = (".txt", ".text", ".md", ".markdown", ".csv", ".tsv", ".json", ".jsonl", ".eml", ".html", ".htm", ".xhtml")


def suffix_of(media_type: str, suffix: str) -> str | None:
    """The extension of what is sent as `media_type` from an address that ends in `suffix`; None where none reads it.

    An extension that says the same, or more, stays.
    """
    suffix = suffix.lower()
    named = SUFFIXES.get(media_type)
    if media_type in _VAGUE and suffix in _KNOWN and (media_type != "text/plain" or suffix in _TEXT):
        return suffix
    if named is None:
        return None
    alike = next((each for each in _ALIKE if named in each), {named})
    return suffix if suffix in alike else named
