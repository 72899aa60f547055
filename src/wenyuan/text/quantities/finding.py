"""The quantities of a text, in order and disjoint: candidates by one pattern, each tried by what may begin there.

Precision comes first: a numeral in an idiom, a list marker, an address or an identifier is no quantity. The time is
linear in the text, for every pattern that is tried at a place reads a bounded stretch.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import replace

from wenyuan.text.quantities import amounts, clock, dates, labels, ordinals, phones
from wenyuan.text.quantities.bounds import bound_of, date_bound
from wenyuan.text.quantities.candidates import candidates, marker_end, not_number_end
from wenyuan.text.quantities.folding import folded
from wenyuan.text.quantities.joining import joined
from wenyuan.text.quantities.numerals import HAN_NUMERALS
from wenyuan.text.quantities.quantity import Bound, Clock, Dates, Quantity
from wenyuan.text.quantities.units import units

Step = tuple[Quantity | None, int]
"""What was found at a place, and from where to go on."""

_HEAD = re.compile(
    rf"(?<![A-Za-z0-9_$%\\/@.-])(?:[A-Za-z]{{1,24}}(?:-[A-Za-z]{{1,24}}){{0,4}}[-_.]?|(?:{labels.STANDARDS})[ -])\Z"
)
_REACH = 64  # characters before a digit in which the letters of a code begin
_NO_CODE = re.compile(
    r"(?:No|NO|Nos|Fig|FIG|Figs|Sec|Ch|Art|Vol|pp?|Eq|Tab|Table|Step|Day|Chapter|Section|Article)\.?|FY|x"
    r"|(?i:mid|pre|post|early|late)-"
)
_CURRENCY_CODE = re.compile(r"(?:USD|RMB|CNY|EUR|GBP|HKD|JPY|Rs|US)\Z")
_LETTERED_VERSION = re.compile(r"[vV](?:er|ersion)?\.?")
_NAMED_VERSION = re.compile(r"[A-Za-z]{2,24}-?v?(?=[0-9]{1,3}\.[0-9xX])")

_REST = re.compile(r"[0-9]++(?:[,.:/][0-9]++){0,24}+(?:[A-Za-z_](?:[A-Za-z0-9_]|[-.](?=[A-Za-z0-9])){0,200}+)?")
_JOINERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_\\@/.-%")
_WITHIN = re.compile(r"(?:[A-Za-z_\\]|(?<![0-9])%|[A-Za-z0-9_]@|(?<![0-9])[A-Za-z]/|[A-Za-z0-9][.]|[A-Za-z0-9]-)\Z")
_TIMES = re.compile(r"[0-9]T\Z|(?<![A-Za-z])x\Z|FY\Z")  # 2024-03-05T14:30, 3 x0.9, FY2024
_PATH = re.compile(
    r"(?![0-9.,]{1,20}[A-Za-zμ]{1,5}/[A-Za-z]{1,6}(?![A-Za-z/.]))"  # 36km/h is none
    r"(?:[0-9A-Za-z._+-]{0,40}(?:@|/[A-Za-z_])|[0-9]{1,10}_[A-Za-z0-9])"
)
_REMAINS = re.compile(r"(?<=[0-9][,.])0[0-9]{2}(?![0-9])")  # of a number that was too long
_IN_WORD = re.compile(r"[A-Za-z0-9_]")
_DATED = re.compile(
    r"[0-9]{1,4}(?:st|nd|rd|th)?\s?(?:[-/.—~至到年月日号季Qq]|of |[A-Z][a-z]{2})"
    r"|[0-9]{8}|(?:1[5-9]|20|21)[0-9]{2}(?![0-9])|(?<=公元)[0-9]|(?<=元前)[0-9]"
)
_DOTTED_DATE = re.compile(
    r"(?:(?:19|20)[0-9]{2}\.[0-9]{1,2}\.[0-9]{1,2}|[0-9]{1,2}\.[0-9]{1,2}\.(?:19|20)[0-9]{2})(?![0-9.])"
)
_COMPOUND = re.compile(r"-[A-Za-z]")  # two-factor, three-phase
_NUMERALS = re.compile(f"[{HAN_NUMERALS}]{{1,64}}+")
_AFTER_MANY = frozenset("十百千万亿")


def quantities(text: str) -> list[Quantity]:
    """Every quantity that a text states, in order, disjoint; `text[start:end]` is the surface of each."""
    plain = folded(text)
    found = joined(plain.text, list(_found(plain.text)))
    spans = [plain.span(each.start, each.end) for each in found]
    return [
        replace(each, start=start, end=end, surface=text[start:end])
        for each, (start, end) in zip(found, spans, strict=True)
    ]


def _found(text: str) -> Iterator[Quantity]:
    places = candidates(text)
    last = 0
    place = next(places, None)
    while place:
        at, spelt = place
        quantity, end = _words(text, at) if spelt else _figures(text, at) if text[at].isascii() else _han(text, at)
        if quantity and quantity.start >= last:
            yield quantity
            last = quantity.end
        try:
            place = places.send(end)
        except StopIteration:
            return


def _figures(text: str, at: int) -> Step:
    """What a digit begins, or the letters before it."""
    if end := marker_end(text, at):
        return None, end
    rest = _REST.match(text, at)
    end = rest.end() if rest else at + 1
    if (coded := _latin(text, at)) is not None:
        quantity, stop = coded
        return quantity, max(stop, at + 1 if quantity else end)
    if _is_within(text, at):
        return None, end
    return _named(text, at) or _amount(text, at, end)


def _latin(text: str, at: int) -> Step | None:
    """What begins with letters before the digit at a place: PX-200, v1.2, Q1 2024, Python3.11; None if none do."""
    previous = text[at - 1 : at]
    if not (previous.isascii() and (previous.isalpha() or previous in "-_. ")):
        return None
    head = _HEAD.search(text, max(0, at - _REACH), at)
    if head is None or _NO_CODE.fullmatch(head[0]) or _CURRENCY_CODE.search(head[0]):
        return None
    start, letters = head.start(), head[0]
    if letters == "Q" and (quarter := dates.quarter_at(text, at)):
        return _dated(text, start, *quarter)
    lettered = _LETTERED_VERSION.fullmatch(letters)
    if lettered or _NAMED_VERSION.match(text, start):
        version = labels.version_at(text, start if lettered else at, said=True)
        if version and version[0] == "version":
            return _labelled(text, version)
    code, end = labels.code_at(text, start)
    return (_labelled(text, code)[0] if code else None), max(end, at + 1)


def _is_within(text: str, at: int) -> bool:
    """Whether the digit at a place goes on with a word, a path or an address of mail."""
    previous = text[at - 1 : at]
    if text[at : at + 2] in ("0x", "0X") or _REMAINS.match(text, at) or (previous != ":" and _PATH.match(text, at)):
        return True
    if previous not in _JOINERS or not _WITHIN.search(text, max(0, at - 3), at):
        return False
    said = _CURRENCY_CODE.search(text, max(0, at - 3), at) or _TIMES.search(text, max(0, at - 2), at)
    return not said and not ordinals.ordinal_at(text, at)


def _named(text: str, at: int) -> Step | None:
    """What a digit begins and is no amount."""
    if _DOTTED_DATE.match(text, at) and not labels.is_said(text, at) and (dated := dates.date_at(text, at)):
        return _dated(text, at, *dated)
    if label := phones.phone_at(text, at) or labels.version_at(text, at):
        return _labelled(text, label)
    if _DATED.match(text, at) and (dated := dates.date_at(text, at)):
        return _dated(text, at, *dated)
    if timed := clock.clock_at(text, at):
        return _timed(at, *timed)
    if ratio := amounts.ratio_at(text, at):
        return ratio, ratio.end
    label = ordinals.ordinal_at(text, at) or labels.figures_code_at(text, at)
    return _labelled(text, label) if label else None


def _amount(text: str, at: int, end: int) -> Step:
    """What a digit begins and is an amount, or a code where letters follow that are no unit."""
    found = amounts.amount_at(text, at)
    if found is None:
        return None, end
    last, following = text[found.end - 1], text[found.end : found.end + 1]
    if not (_IN_WORD.match(last) and _IN_WORD.match(following)):
        return found, found.end
    code = labels.mixed_code_at(text, at)
    return (_labelled(text, code)[0], max(end, code[3])) if code else (None, end)


def _words(text: str, at: int) -> Step:
    """What an English word begins."""
    if dated := dates.date_at(text, at):
        return _dated(text, at, *dated)
    if label := ordinals.ordinal_at(text, at):
        return _labelled(text, label)
    found = amounts.amount_at(text, at)
    if found is None or _COMPOUND.match(text, found.end):
        return None, at + 1
    return found, found.end


def _han(text: str, at: int) -> Step:
    """What a Chinese numeral begins."""
    character, following = text[at], text[at + 1 : at + 2]
    if (character == "一" and following not in _after_one()) or (character in "几数" and following not in _AFTER_MANY):
        return None, at + 1
    if end := marker_end(text, at):
        return None, end
    run = _NUMERALS.match(text, at + (character == "第"))
    end = run.end() if run else at + 1
    if character == "第":
        label = ordinals.ordinal_at(text, at)
        return _labelled(text, label) if label else (None, end)
    if dated := _day_or_time(text, at):
        return dated
    found = amounts.amount_at(text, at)
    if blocked := not_number_end(text, at, found.end if found else at + 1):
        return None, blocked
    return found, found.end if found else end


def _day_or_time(text: str, at: int) -> Step | None:
    if timed := clock.clock_at(text, at):
        return _timed(at, *timed)
    dated = dates.date_at(text, at)
    return _dated(text, at, *dated) if dated else None


@functools.cache
def _after_one() -> frozenset[str]:
    """What may follow 一 in a quantity: a numeral, the beginning of a unit."""
    return frozenset(
        HAN_NUMERALS + "点月季号刻成半 到至~-—" + "".join(name[0] for name in units() if not name[0].isascii())
    )


def _labelled(text: str, label: labels.Found) -> tuple[Quantity, int]:
    kind, value, start, end = label
    bound: Bound = bound_of(text, start, end) if kind == "version" else "exactly"
    return Quantity(kind, start, end, "", value, "exactly" if bound == "about" else bound), end


def _dated(text: str, at: int, value: Dates, end: int) -> tuple[Quantity, int]:
    return Quantity("date", at, end, "", value, "between" if value.last else date_bound(text, at, end)), end


def _timed(at: int, value: Clock, end: int) -> tuple[Quantity, int]:
    return Quantity("time", at, end, "", value, "exactly" if value.last is None else "between"), end
