"""The version or code that begins at a place of a text: v1.10, 7.5 版本, PX-200, ISO 9001, 1920x1080, 000731."""

from __future__ import annotations

import re

from wenyuan.text.quantities.numerals import LONGEST
from wenyuan.text.quantities.quantity import Kind, Label

Found = tuple[Kind, Label, int, int]
"""What it is, its normal form, and where it begins and ends."""

_LONGEST_CODE = 32

_DOTTED = re.compile(
    r"[0-9]{1,5}(?:\.[0-9]{1,6}){1,5}(?:\.x(?![A-Za-z0-9]))?"
    r"(?P<tail>(?:[-.+](?:snapshot|preview|ga|sp|m|dev|post|release|final|lts)|[-.+]?(?:alpha|beta|rc))"
    r"[.-]?[0-9]{0,4}(?![A-Za-z0-9]))?(?![0-9A-Za-z]|\.[0-9]|,[0-9]{2}(?![0-9]))",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"[0-9]{1,4}(?:\.[xX])?(?![0-9A-Za-z%]|[.,:][0-9]|\s?[/%])")
_VERSION_BEFORE = re.compile(
    r"(?<![A-Za-z])v\Z|(?:\bver(?:sions?|\.)?|\breleases?|版本(?:号|为|是)?|版)\s?[:：]?\s?[<>=~^]{0,2}\s?v?\Z",
    re.IGNORECASE,
)
_VERSION_AFTER = re.compile(
    r"\s?(?:(?:及|和|或|或者)?(?:以上|以下|更高|更低)?(?:的)?版本"
    r"|\+?\s?(?:or (?:later|newer|higher) )?(?:versions?|releases?)\b)",
    re.IGNORECASE,
)
_LETTERED = re.compile(r"[vV](?:er)?\.?(?=[0-9])")
_ADDRESS = re.compile(
    r"(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})(?![0-9.])(?:[:/][0-9]{1,5})?"
)

STANDARDS = (
    "ISO/IEC|ISO|IEC|GB/T|GB/Z|GBZ|GB|DIN|EN|IEEE|RFC|ANSI|ASTM|JIS|UL|BS|JGJ/T|JGJ|JB/T|HG/T|QB/T|SY/T|DL/T|YY/T"
    "|CJJ/T|CJJ|JJG|JTG"
)
"""The letters of standards, which a blank may part from their number, as alternatives of a pattern."""

_STANDARD = re.compile(
    rf"(?P<letters>{STANDARDS})"
    r"[ -]?(?P<n>[0-9]{1,6}(?:[.-][0-9]{1,5}){0,3})(?::(?P<y>[0-9]{4}))?(?![0-9A-Za-z])"
)
_TOKEN = re.compile(
    r"[A-Za-z]{1,24}+(?:-[A-Za-z]{1,24}+){0,4}+[-_.]?[0-9][A-Za-z0-9]{0,40}+(?:[-_.][A-Za-z0-9]{1,40}+){0,8}+"
)
_MIXED = re.compile(
    r"[0-9]{1,24}+(?:[A-Za-z]{1,24}+[0-9]{0,24}+|-[0-9]{1,24}+){1,8}+(?:-[A-Za-z0-9]{1,24}+){0,4}+(?![A-Za-z0-9_])"
)
_CROSSED = re.compile(
    r"(?P<a>[0-9]{1,5})\s?[x×*X]\s?(?P<b>[0-9]{1,5})(?:\s?[x×*X]\s?(?P<c>[0-9]{1,5}))?"
    r"(?![0-9A-Za-z^⁰¹²³⁴⁵⁶⁷⁸⁹⁻]|\.[0-9])"
)
_DECADE = re.compile(r"(?:1[5-9]|20)?[0-9]0s\Z")
_NO_CODE = re.compile(r"[_]|\.[A-Za-z]|[A-Za-z]\.[0-9]")
_IN_WORDS = re.compile(
    r"(?:top|mid|pre|post|non|sub|under|over|part|step|day|page|phase|level|week|year|round|stage|tier|type|class"
    r"|grade|rank|layer|line|case|item|option|question|example|note|hour|minute|to|in|of|and|or|the|at|by|is|for"
    r"|(?-i:[xynh])|arg|param|var|value|key|test|foo|bar)[-_]?[0-9]+\Z",
    re.IGNORECASE,
)
_PADDED = re.compile(r"(?<![0-9][.,:/])0[0-9]{2,23}(?![0-9A-Za-z:/%]|[-.,][0-9])")
_LONG = re.compile(rf"[0-9]{{16,{LONGEST}}}(?![0-9A-Za-z]|[.,][0-9])")
_CHAIN = re.compile(r"[0-9]{1,8}(?:-[0-9]{1,8}){2,6}(?:-?[A-Za-z0-9]{1,8})?(?![A-Za-z0-9])")


def version_at(text: str, at: int, *, said: bool = False) -> Found | None:
    """1.10.2, v3, 7.5 where a word says that it is a version, or `said` does."""
    if letter := _LETTERED.match(text, at):
        found = _version(text, letter.end(), said=True)
        return (found[0], found[1], at, found[3]) if found else None
    if address := _ADDRESS.match(text, at):
        return "code", Label(address[0], "address"), at, address.end()
    return _version(text, at, said=said or is_said(text, at))


def is_said(text: str, at: int) -> bool:
    """Whether the word before a place says that a version follows."""
    return bool(_VERSION_BEFORE.search(text, max(0, at - 14), at))


def _version(text: str, at: int, *, said: bool) -> Found | None:
    match = _DOTTED.match(text, at)
    if match and (match[0].count(".") > 1 or match["tail"] or said or _VERSION_AFTER.match(text, match.end())):
        return "version", Label(match[0].lower()), at, match.end()
    whole = _WHOLE.match(text, at) if match is None else None
    if whole and not (said or whole[0][-1] in "xX"):
        return None
    return ("version", Label(whole[0].lower()), at, whole.end()) if whole else None


def code_at(text: str, at: int) -> tuple[Found | None, int]:
    """The code that begins with a letter right there, if it is one, and where the token ends."""
    if standard := _STANDARD.match(text, at):
        letters = standard["letters"].lower()
        year = f":{standard['y']}" if standard["y"] else ""
        label = Label(f"{letters}{standard['n']}{year}", letters)
        return ("code", label, at, standard.end()), standard.end()
    match = _TOKEN.match(text, at)
    if match is None:
        return None, at + 1
    end = match.end()
    token = match[0]
    if _NO_CODE.search(token) or len(token) > _LONGEST_CODE or _IN_WORDS.match(token) or not _ends(text, end):
        return None, end
    return ("code", _code(token), at, end), end


def _ends(text: str, end: int) -> bool:
    return not re.match(r"[A-Za-z0-9_@(=\[/\\]", text[end : end + 1])


def _code(token: str) -> Label:
    """Without its joiners, in lower case; its family has its letters only."""
    plain = token.lower().replace("-", "").replace(".", "").replace("_", "")
    return Label(plain, re.sub("[0-9]", "", plain))


def figures_code_at(text: str, at: int) -> Found | None:
    """A code that begins with a digit: 1920x1080, 802-11ax, 000731, an identity number, 3D."""
    if crossed := _CROSSED.match(text, at):
        label = "x".join(each for each in crossed.group("a", "b", "c") if each)
        return "code", Label(label, "size"), at, crossed.end()
    for pattern in (_PADDED, _LONG, _CHAIN):
        if match := pattern.match(text, at):
            return "code", Label(match[0], "digits"), at, match.end()
    return None


def mixed_code_at(text: str, at: int) -> Found | None:
    """A code of digits with letters that are no unit: 3D, 2FA, 4K, 14B."""
    match = _MIXED.match(text, at)
    if match is None or len(match[0]) > _LONGEST_CODE or not _ends(text, match.end()):
        return None
    return (
        None
        if match[0].replace("-", "").isdigit() or _DECADE.match(match[0])
        else ("code", _code(match[0]), at, match.end())
    )
