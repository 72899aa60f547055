"""What stands in a text for machines, not for readers: marks of boxes and tabs, images, tags, comments, templates."""

from __future__ import annotations

import re

_TAGS = (
    "a|abbr|article|aside|b|blockquote|br|caption|center|code|col|colgroup|dd|del|details|div|dl|dt|em|figcaption|figure|"
    "font|h[1-6]|hr|i|iframe|img|kbd|li|mark|nav|ol|p|picture|pre|s|section|small|source|span|strong|sub|summary|sup|"
    "table|tbody|td|tfoot|th|thead|tr|u|ul|video"
)

# What may stand at the edge of a sentence and is none of it. A component's opening tag leads, its closing one follows.
_LEADING = re.compile(
    rf"""\s+ | >(?=\s) | !\[[^\]\n]*\]\([^)\n]*\)(?:\{{[^}}\n]*\}})? | <!--.*?--> | </?(?:{_TAGS})\b[^<>]*>
      | <[A-Z][\w.]*(?:\s[^<>]*)?/?>(?=\s|$) | </[A-Z][\w.]*> | \{{\{{[<%].*?[%>]\}}\}} | \{{%.*?%\}}
      | \[!\w+\][+-]? """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_INLINE = re.compile(
    rf"""!\[[^\]\n]*\]\([^)\n]*\)(?:\{{[^}}\n]*\}})? | <!--.*?--> | </?(?:{_TAGS})\b[^<>]*> | </[A-Z][\w.]*>
      | <[A-Z][\w.]*\s[^<>]*/> | \{{\{{[<%].*?[%>]\}}\}} | \{{%.*?%\}}""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)

_BOX = re.compile(
    r"""(?: :{3,}\s*\{?\.?(?P<kind>[\w-]*)(?:[^\S\n]*(?:\[(?P<bracketed>[^\]]*)\]|\{[^}]*\}))*\}?[^\S\n]*(?P<after>.*)
          | (?:!!!|\?\?\?\+?)[^\S\n]*[\w-]+(?:[^\S\n]+[\w-]+)*[^\S\n]*(?:"(?P<quoted>[^"]*)")?
          | ={3}[+!]?[^\S\n]*"(?P<tab>[^"]*)"
          | \[!\w+\][+-]?(?:[^\S\n]+(?P<noted>.*))?
          | \.\.[^\S\n]+[\w-]+::(?:[^\S\n]+(?P<argument>.*))?
        )[^\S\n]*$""",
    re.VERBOSE,
)
_TITLE = re.compile(r"""(?:title|label|name|value|header)\s*=\s*["']([^"']*)["']""")
_SUMMARY = re.compile(r"<summary\b[^<>]*>(.*?)</summary>", re.IGNORECASE)


def box(line: str) -> str | None:
    """The title of the box, container or tab that this line opens ("" without one, or where it closes); None if none.

    Known are `:::note`, `!!! tip "Title"`, `=== "Tab"`, `> [!NOTE]`, `.. note::`, and tags, components and templates
    that are alone on their line.
    """
    if match := _BOX.match(line):
        titles = match.group("bracketed", "after", "quoted", "tab", "noted", "argument")
        return next((title.strip() for title in titles if title), "")
    if line.startswith(("<", "{")) and not any(map(str.isalnum, line[slice(*unmarked(line, 0, len(line)))])):
        match = _TITLE.search(line)
        return match[1] if match else ""
    match = _SUMMARY.search(line)
    return match[1].strip() if match else None


def unmarked(text: str, start: int, end: int) -> tuple[int, int]:
    """The part of text[start:end] that a reader reads: without images, tags and templates at its edges."""
    while start < end and (match := _LEADING.match(text, start, end)) and match.end() > start:
        start = match.end()
    cuts = [match.span() for match in _INLINE.finditer(text, start, end)]
    while start < end:
        end = start + len(text[start:end].rstrip())
        if not cuts or cuts[-1][1] != end:
            break
        end = cuts.pop()[0]
    return start, max(start, end)
