"""The telephone number that begins at a place of a text: 138-0013-8000, 400-800-1234, +1 (415) 555-2671, 拨打110."""

from __future__ import annotations

import re

from wenyuan.text.quantities.labels import Found
from wenyuan.text.quantities.quantity import Label

_MOBILE = re.compile(r"(?:\+?(?:0086|86)[- ]?)?(?P<n>1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4})(?![0-9A-Za-z]|[-.][0-9])")
_SERVICE = re.compile(r"(?P<n>[48]00[- ][0-9]{3,4}[- ][0-9]{3,4}|[48]00[0-9]{7})(?![0-9A-Za-z]|[-.][0-9])")
_LANDLINE = re.compile(
    r"(?:(?:\+?(?:0086|86)[- ]?)0?|\(?0)(?P<n>(?:10|2[0-9]|[3-9][0-9]{2})\)?[- ]?[2-9][0-9]{2,3}[- ]?[0-9]{4})"
    r"(?P<x>(?:-|转| ext\.? ?)[0-9]{1,5})?(?![0-9A-Za-z]|[-.][0-9])"
)
_FOREIGN = re.compile(
    r"\+(?P<n>[1-9][0-9]{0,2}[- .]?\(?[0-9]{1,4}\)?(?:[- .]?[0-9]{2,4}){2,4})(?![0-9A-Za-z]|[-.][0-9])"
)
_AMERICAN = re.compile(
    r"(?P<n>(?:1-)?[2-9][0-9]{2}-[2-9][0-9]{2}-[0-9]{4}|\([2-9][0-9]{2}\) ?[2-9][0-9]{2}-[0-9]{4})"
    r"(?![0-9A-Za-z]|[-.][0-9])"
)
_SHORT = re.compile(r"(?P<n>[1-9][0-9]{2,5})(?![0-9A-Za-z]|[-.][0-9])")
_DIALLED = re.compile(r"(?:[0-9][-. ()]{0,2}){7}")
_CUE = re.compile(
    r"(?:电话|热线|手机号?码?|拨打|致电|专线|传真|联系方式|客服|\b(?:tel|phone|call|dial|hotline|fax)\b)"
    r"(?:号码?|为|是)?\s?[:：.]?\s?\Z",
    re.IGNORECASE,
)


def phone_at(text: str, at: int) -> Found | None:
    """A telephone number, with its plus sign or opening bracket where they stand right before it."""
    if not _DIALLED.match(text, at):
        short = _SHORT.match(text, at)
        cued = short and _CUE.search(text, max(0, at - 12), at)
        return ("phone", Label(short["n"]), at, short.end()) if short and cued else None
    begin = at - 1 if text[at - 1 : at] and text[at - 1] in "+(" else at
    for pattern in (_MOBILE, _SERVICE, _LANDLINE, _AMERICAN, _FOREIGN):
        for start in dict.fromkeys((begin, at)):
            if match := pattern.match(text, start):
                digits = re.sub("[^0-9]", "", match["n"]) + _extension(match)
                prefix = "+" if pattern is _FOREIGN else "0" if pattern is _LANDLINE else ""
                return "phone", Label(prefix + digits), start, match.end()
    return None


def _extension(match: re.Match[str]) -> str:
    found = match.groupdict().get("x")
    return "-" + re.sub("[^0-9]", "", found) if found else ""
