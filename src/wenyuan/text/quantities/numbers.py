"""The number that begins at a place of a text, in figures or in words, with its scale: 1,350,000, 3.2万, 十几, half."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from wenyuan.text.quantities.numerals import ENGLISH, FORMAL, HAN_DIGITS, HAN_NUMERALS, LONGEST, chinese, english
from wenyuan.text.quantities.quantity import Bound

Needs = Literal["nothing", "counted", "unit"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written: its end, its value or range, the worth of its last place, and what must follow it.

    三 is a number where something counted follows ("counted"), 一 and half where a unit of measure does ("unit").
    `scale` is the 万 or million that it was written with.
    """

    start: int
    end: int
    low: Fraction
    high: Fraction
    step: Fraction = Fraction(1)
    needs: Needs = "nothing"
    bound: Bound = "exactly"
    scale: Fraction = Fraction(1)
    literal: str = ""


_FIGURES = re.compile(r"(?:[0-9]{1,3}(?:[,\u00a0_'’][0-9]{3}){1,12}+(?![0-9])|[0-9]++)(?:\.[0-9]++)?")
_GROUPS = re.compile(r"[,\u00a0_'’]")
_EUROPEAN = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})++,[0-9]{1,2}(?![0-9])")
_POWER = re.compile(
    r"[eE](?P<e>[+-]?[0-9]{1,2})(?![0-9A-Za-z.])"
    r"|[ ]?[×x*·][ ]?10(?:\^[({]?(?P<caret>-?[0-9]{1,2})[)}]?|(?P<raised>⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2}))"
)
_POWER_OF_TEN = re.compile(r"10(?:\^[({]?(?P<caret>-?[0-9]{1,2})[)}]?|(?P<raised>⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2}))(?![0-9])")
_RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_SCALE = re.compile(
    r"[ \u00a0]?(?:(?P<han>[百千]?[万亿]亿?)(?!一|能|科[技集]|达|物|维网|向)"
    r"|(?P<some>[百千](?=[万亿元人名个多余台辆张件户家次]))"
    r"|(?P<en>hundred|thousand|million|billion|trillion|mn|bn)(?![A-Za-z]))|(?P<k>[kK])(?![A-Za-z0-9_/²³])",
    re.IGNORECASE,
)
_SCALES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_SCALES |= {"mn": 10**6, "bn": 10**9, "百": 100, "千": 1000, "百万": 10**6, "千万": 10**7, "万": 10**4, "亿": 10**8}
_SCALES |= {"万亿": 10**12, "百亿": 10**10, "千亿": 10**11}
_RESOLUTIONS = ("1", "2", "4", "5", "8")  # 4K is a resolution, 64K is 64,000
_VULGAR = re.compile(r"([0-9]{1,3})/([0-9]{1,4})(?![0-9/.])")
_MORE = re.compile(r"(?:多(?!少|次元|元化|媒|种多)|余(?!额|震|热|次))(?P<han>万亿|[万亿](?!一|能))?")
_AND_HALF = re.compile(r"个半(?=月|小时|钟头|星期|学期|世纪|百分点)")

_RUN = re.compile(f"[{HAN_NUMERALS}]{{1,{LONGEST}}}+(?![{HAN_NUMERALS}])")
_POINT = re.compile(f"点[{HAN_DIGITS}]{{1,{LONGEST}}}+[万亿]{{0,2}}+")
_FORMAL_RUN = re.compile(f"[{FORMAL}零万亿]{{1,{LONGEST}}}+(?![{FORMAL}])")
_FORMAL_PLACES = re.compile("[拾佰仟万亿]")
_PARTS = re.compile(
    "(?P<of>[一二两三四五六七八九十百千万]{1,5})分之(?P<n>[0-9]++(?:\\.[0-9]++)?|[零一二两三四五六七八九十百千万点]{1,12}|几)"
)
_SEVERAL = re.compile("(?P<before>[一二两三四五六七八九十百千万]{0,8})(?P<many>[几数])(?P<after>[十百千万亿]{0,3})")
_NEIGHBOURS = re.compile(
    "(?P<before>(?:[二三四五六七八九]?十)?)(?P<pair>一二|二三|两三|三四|三五|四五|五六|六七|七八|八九)(?P<after>[十百千万亿]{0,3})"
)
_HALF_MORE = re.compile(r" and a half\b", re.IGNORECASE)
_ENGLISH = re.compile(
    rf"(?:(?P<article>an?) (?=hundred|thousand|million|billion|trillion|dozen))?(?={ENGLISH})", re.IGNORECASE
)
_ENGLISH_PARTS = re.compile(
    r"(?:(?P<one>one|a)[- ](?P<part>third|quarter|fourth|fifth|sixth|eighth|tenth|half)"
    r"|(?P<n>two|three|four|five|seven|nine)[- ](?P<parts>thirds|quarters|fourths|fifths|sixths|eighths|tenths))"
    r"(?![A-Za-z-])",
    re.IGNORECASE,
)
_PART_NAMES = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
_HALF = re.compile(r"half(?: an?|-an?)?(?=[ -])", re.IGNORECASE)


def number_at(text: str, at: int) -> Number | None:
    """The number that begins right there; None where nothing does that is a number."""
    character = text[at]
    if character.isascii():
        return _in_figures(text, at) if character.isdigit() else _in_english(text, at)
    found = _formal(text, at) if character in FORMAL else _in_chinese(text, at)
    if found and (half := _AND_HALF.match(text, found.end)):
        return _with_half(found, half.end())
    if found and found.bound == "exactly" and (more := _MORE.match(text, found.end)) and found.step >= 10:
        return _more_than(found, more)
    return found


def _with_half(number: Number, end: int) -> Number:
    """两个半小时 is two and a half hours."""
    half = Fraction(1, 2)
    return replace(number, end=end, low=number.low + half, high=number.high + half, step=half, needs="nothing")


def _more_than(number: Number, more: re.Match[str]) -> Number:
    """100多, 6600多亿."""
    factor = _SCALES[more["han"]] if more["han"] else 1
    low, high, step = number.low * factor, number.high * factor, number.step * factor
    return replace(number, end=more.end(), low=low, high=high, step=step, needs="nothing", bound="more than")


def _in_figures(text: str, at: int) -> Number | None:
    if special := _power_of_ten(text, at) or _european(text, at):
        return special
    match = _FIGURES.match(text, at)
    if match is None:
        return None
    plain = _GROUPS.sub("", match[0])
    if len(plain) > LONGEST:
        return None
    if "." not in plain and (vulgar := _VULGAR.match(text, at)):
        return _vulgar(vulgar)
    value, step = Fraction(plain), Fraction(1, 10 ** len(plain.partition(".")[2]))
    end, factor = _scaled(text, match.end(), plain)
    if factor != 1:
        value, step = value * factor, step * factor
    literal = match[0] if factor == 1 and match[0].count(".") == 1 else ""
    number = Number(at, end, value, value, step, scale=factor, literal=literal)
    if half := _AND_HALF.match(text, end):
        return _with_half(number, half.end())
    more = _MORE.match(text, end) if factor > 1 or value >= 10 else None
    return _more_than(number, more) if more else number


def _power_of_ten(text: str, at: int) -> Number | None:
    """10⁶, 10^6."""
    power = _POWER_OF_TEN.match(text, at)
    if power is None:
        return None
    value = Fraction(10) ** _exponent(power)
    return Number(at, power.end(), value, value, value)


def _european(text: str, at: int) -> Number | None:
    """1.234.567,89; with a comma alone, 1,234 is a thousand and 1,23 two numbers of a list."""
    match = _EUROPEAN.match(text, at)
    if match is None:
        return None
    value = Fraction(match[0].replace(".", "").replace(",", "."))
    return Number(at, match.end(), value, value, Fraction(1, 10 ** len(match[0].partition(",")[2])))


def _scaled(text: str, end: int, plain: str) -> tuple[int, Fraction]:
    """Where the scale behind a number ends, and its factor: 万, million, k, e5, ×10⁵."""
    if power := _POWER.match(text, end):
        return power.end(), Fraction(10) ** _exponent(power)
    scale = _SCALE.match(text, end)
    if scale is None or (scale["k"] == "K" and plain in _RESOLUTIONS):
        return end, Fraction(1)
    word = scale["han"] or scale["some"] or (scale["en"] or "thousand").lower()
    return scale.end(), Fraction(_SCALES.get(word, 10**8))


def _exponent(power: re.Match[str]) -> int:
    return int(power.groupdict().get("e") or power["caret"] or power["raised"].translate(_RAISED))


def _vulgar(match: re.Match[str]) -> Number | None:
    """1/2 is a fraction; 24/7 and 3/0 are none."""
    above, below = int(match[1]), int(match[2])
    if not 0 < above < below:
        return None
    value = Fraction(above, below)
    return Number(match.start(), match.end(), value, value, Fraction(1, below))


def _in_chinese(text: str, at: int) -> Number | None:
    if parts := _PARTS.match(text, at):
        return _parts(parts)
    if text[at] == "半":
        return Number(at, at + 1, Fraction(1, 2), Fraction(1, 2), needs="unit")
    run = _RUN.match(text, at)
    return _several(run) or _neighbours(run) or _plain(text, run) if run else None


def _plain(text: str, run: re.Match[str]) -> Number | None:
    """一百二十, 三点五."""
    point = _POINT.match(text, run.end())
    if point and (words := chinese(run[0] + point[0])) and words.value:
        return Number(run.start(), point.end(), words.value, words.value, words.step, "counted")
    if words := chinese(run[0]):
        return Number(run.start(), run.end(), words.value, words.value, words.step, _needed(run[0]))
    return None


def _needed(run: str) -> Needs:
    """What must follow a number in words: 一百二十 stands alone, 三 and 二五 do not."""
    if run in ("一", "零", "〇"):
        return "unit"
    if len(run) == 1:
        return "counted"
    figures = all(character in HAN_DIGITS for character in run)
    return "counted" if figures and not (len(run) > 3 and ("〇" in run or "零" in run)) else "nothing"


def _parts(match: re.Match[str]) -> Number | None:
    """三分之二, 百分之五."""
    of = chinese(match["of"]) or chinese("一" + match["of"])
    if match["n"] == "几" or of is None or not of.value:
        return None
    figures = match["n"][0].isdigit()
    if figures and len(match["n"]) > LONGEST:
        return None
    if figures:
        n, step = Fraction(match["n"]), Fraction(1, 10 ** len(match["n"].partition(".")[2]))
    elif match["n"] == "百" and match["of"] == "百":
        n, step = Fraction(100), Fraction(1)
    elif words := chinese(match["n"]):
        n, step = words.value, words.step
    else:
        return None
    return Number(match.start(), match.end(), n / of.value, n / of.value, step / of.value)


def _several(run: re.Match[str]) -> Number | None:
    """十几 is 11 to 19, 几百 and 数百 from 200 to 999; 几 alone is no number."""
    match = _SEVERAL.fullmatch(run[0])
    if match is None:
        return None
    place = chinese("一" + match["after"]) if match["after"] else None
    unit = place.value if place else Fraction(1)
    if match["after"] and place is None:
        return None
    if not match["before"]:
        if unit < 10:
            return None
        return Number(run.start(), run.end(), 2 * unit, 10 * unit - 1, unit, bound="about")
    before = chinese(match["before"])
    if before is None or before.step < 10 or match["many"] == "数":
        return None
    low, high = (before.value + 1) * unit, (before.value + before.step - 1) * unit
    return Number(run.start(), run.end(), low, high, unit, bound="about")


def _neighbours(run: re.Match[str]) -> Number | None:
    """两三 is 2 to 3, 三五十 is 30 to 50, 十七八 is 17 to 18."""
    match = _NEIGHBOURS.fullmatch(run[0])
    if match is None:
        return None
    factor = chinese("一" + match["after"]) if match["after"] else None
    tens = chinese(match["before"]) if match["before"] else None
    base, unit = (tens.value if tens else Fraction(0)), (factor.value if factor else Fraction(1))
    ends = [(base + words.value) * unit for each in match["pair"] if (words := chinese(each))]
    needs: Needs = "nothing" if unit > 1 else "counted"
    return Number(run.start(), run.end(), ends[0], ends[1], unit, needs, "about")


def _formal(text: str, at: int) -> Number | None:
    """壹佰贰拾叁; a single one needs a unit, for 陆 and 伍 are words."""
    run = _FORMAL_RUN.match(text, at)
    words = chinese(run[0]) if run else None
    if run is None or words is None:
        return None
    if len(run[0]) > 1 and not _FORMAL_PLACES.search(run[0]):
        return None
    needs: Needs = "nothing" if len(run[0]) > 1 else "unit"
    return Number(at, run.end(), words.value, words.value, words.step, needs)


def _in_english(text: str, at: int) -> Number | None:
    if parts := _ENGLISH_PARTS.match(text, at):
        return _english_parts(parts)
    if half := _HALF.match(text, at):
        return Number(at, half.end(), Fraction(1, 2), Fraction(1, 2), needs="unit")
    begun = _ENGLISH.match(text, at)
    words = english(text, begun.end()) if begun else None
    if begun is None or words is None:
        return None
    end, value = begun.end() + words.length, words.value
    spelt = text[begun.end() : end].lower()
    if half := _HALF_MORE.match(text, end):
        return Number(at, half.end(), value + Fraction(1, 2), value + Fraction(1, 2), Fraction(1, 2))
    if not begun["article"] and spelt in ("hundred", "thousand", "million", "billion", "trillion", "dozen"):
        return None
    return Number(at, end, value, value, words.step, "unit" if spelt in ("one", "zero") else "nothing")


def _english_parts(match: re.Match[str]) -> Number | None:
    if match["part"] == "quarter" and match["one"].lower() == "a":
        return None  # three months as well
    of = _PART_NAMES[(match["part"] or match["parts"]).lower().removesuffix("s")]
    above = english(match["n"] or "one", 0)
    if above is None:
        return None
    value = above.value / of
    return Number(match.start(), match.end(), value, value, Fraction(1, of))
