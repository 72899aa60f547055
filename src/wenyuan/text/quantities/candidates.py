"""Where a quantity may begin in a text, and where what looks like one is none: list markers, citations, addresses."""

from __future__ import annotations

import functools
import re
from collections.abc import Generator, Iterator
from importlib import resources

from wenyuan.text.language import HAN
from wenyuan.text.quantities.dates import MONTHS
from wenyuan.text.quantities.numerals import ENGLISH, FORMAL, HAN_NUMERALS
from wenyuan.text.quantities.ordinals import ORDINAL_WORDS

_FIGURE = re.compile(f"[0-9{HAN_NUMERALS}{FORMAL}半第]")  # one set of characters: it is searched fast
_MONTH = "|".join(f"{name.capitalize()}|{name[:3].capitalize()}|{name.upper()}" for name in MONTHS)
_WORD = re.compile(
    rf"\b(?<![_-])(?:(?:{_MONTH}|Sept|(?i:{ENGLISH}|{ORDINAL_WORDS}|half))(?![A-Za-z])"
    r"|[aA]n? (?=(?:hundred|thousand|million|billion|dozen|third)(?![a-z])))",
    re.ASCII,
)

_ADDRESS = re.compile(
    r"(?:https?|ftp|file)://[^\s<>\"'（），。；、\u3400-\u9fff]++|\bwww\.[^\s<>\"'（），。；、\u3400-\u9fff]++"
)
_PORT = re.compile(r":[0-9]{2,5}(?![0-9A-Za-z])")
_CITED = re.compile(r"\^?[0-9]{1,3}(?:[ ]?[,、~-][ ]?\^?[0-9]{1,3}){0,8}\](?!\()")
_ITEM = re.compile(rf"(?:[0-9]{{1,3}}|[一二三四五六七八九十]{{1,3}})(?:[)）、．]|\.(?=\s|[{HAN}*\[`]|$))")
_LEADS = re.compile(r"\n[^\S\n]*(?:[>#*+-]+[^\S\n]+|\[|\*\*){0,4}[(（]?\Z")
_HEADING_LEADS = re.compile(r"\n[^\S\n]*#{1,6}[^\S\n]+\Z")
_MEASURED = r"(?![^\S\n]?[百千万亿米元克吨天年月日小分秒个版公毫厘倍及以或至到°%℃])"
_HEADING = re.compile(rf"[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{0,4}}\.?(?=[^\S\n]+[^\s0-9%]){_MEASURED}")
_SECTION = re.compile(
    rf"[1-9][0-9]?(?:\.[0-9]{{1,2}}){{1,4}}\.?(?=[^\S\n]*[{HAN}]{{2}}|[^\S\n]+[A-Z][a-z]{{2}}){_MEASURED}"
)
_AFTER_STOP = re.compile(rf"[0-9]{{1,2}}(?:[)）、](?!\s?[0-9])|\.(?=[ \n{HAN}]))")
_BRACKETED = re.compile(rf"[0-9]{{1,2}}[)）](?=[\s{HAN}])")
_BEFORE_BRACKETED = re.compile(r"[。；;:：.,，!?！？]\s?[(（]?\Z")
_HEX = re.compile(r"[0-9a-fA-F]{3,8}(?![0-9A-Za-z])")
_REFERENCE = re.compile(r"x?[0-9a-fA-F]{1,6};")

_BEFORE_MARKERS = frozenset("\n \t\u00a0([（#*>^x。；：:;")
_LONGEST_WORD = 6


def candidates(text: str) -> Generator[tuple[int, bool], int | None, None]:
    """The places where a quantity may begin, in order, and whether it would be in English words; none in an address.

    Send the place from which to go on, behind what was found there.
    """
    addresses = _ADDRESS.finditer(text) if "://" in text or "www." in text else iter(())
    address = next(addresses, None)
    figure, word = _FIGURE.search(text), _WORD.search(text)
    while figure or word:
        spelt = word is not None and (figure is None or word.start() < figure.start())
        match = word if spelt else figure
        assert match is not None
        at = match.start()
        while address and address.end() <= at:
            address = next(addresses, None)
        if address and address.start() <= at and not _PORT.match(text, at - 1):
            at = max(at + 1, address.end()) if not (port := _PORT.search(text, at, address.end())) else port.start() + 1
        else:
            at = max(at + 1, (yield at, spelt) or 0)
        if figure and figure.start() < at:
            figure = _FIGURE.search(text, at)
        if word and word.start() < at:
            word = _WORD.search(text, at)


def marker_end(text: str, at: int) -> int:
    """Where the list marker, heading number, citation or character reference at a place ends; 0 if none is there."""
    previous = text[at - 1] if at else "\n"
    if previous not in _BEFORE_MARKERS:
        return 0
    if previous in "[^" and text[max(0, at - 2) : at].endswith(("[", "[^")) and (cited := _CITED.match(text, at)):
        return cited.end()
    if previous in "#x" and (written := _reference_end(text, at)):
        return written
    before = text[max(0, at - 16) : at] if at > 16 else "\n" + text[:at]
    marker = next((match for pattern in _markers(before, previous) if (match := pattern.match(text, at))), None)
    return marker.end() if marker else 0


def _reference_end(text: str, at: int) -> int:
    """The end of &#8212; or of a colour such as #3fa9f5."""
    if "&#" in text[max(0, at - 3) : at]:
        reference = _REFERENCE.match(text, at)
        return reference.end() if reference else 0
    colour = _HEX.match(text, at) if text[at - 1] == "#" else None
    return colour.end() if colour and not colour[0].isdigit() else 0


def _markers(before: str, previous: str) -> Iterator[re.Pattern[str]]:
    """The patterns of the markers that may stand behind what a line or a list begins with."""
    if leads := _LEADS.search(before):
        yield _ITEM
        if _HEADING_LEADS.search(before):
            yield _HEADING
        elif not set("*-") & set(leads[0]):
            yield _SECTION
    if previous in "。；：:;":
        yield _AFTER_STOP
    elif previous in " \t(（" and _BEFORE_BRACKETED.search(before):
        yield _BRACKETED


def not_number_end(text: str, at: int, end: int) -> int:
    """Where the word ends that the numeral text[at:end] is part of and that states no number; 0 if there is none."""
    words = not_numbers()
    for start in range(max(0, at - 3), at + 1):
        for stop in range(min(len(text), start + _LONGEST_WORD), max(at, start + 1), -1):
            if (start < at or stop >= end) and text[start:stop] in words:
                return stop
    return 0


@functools.cache
def not_numbers() -> frozenset[str]:
    """Words that hold a Chinese numeral and state no number."""
    return frozenset(resources.files("wenyuan.text.quantities").joinpath("not_numbers.txt").read_text("utf-8").split())
