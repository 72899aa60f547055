"""What names and does not measure, where it begins in a text: versions, phones, codes, the numbers of articles."""

from __future__ import annotations

import re

from wenyuan.text.quantities.numerals import LONGEST, chinese
from wenyuan.text.quantities.quantity import Kind, Label

Found = tuple[Kind, Label, int, int]
"""What it is, its normal form, and where it begins and ends."""

_LONGEST_CODE = 32

# Versions
_DOTTED = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,6}){1,5}(?:\.[xX](?![A-Za-z0-9]))?(?P<tail>[-.+]?(?:alpha|beta|rc|snapshot|preview|ga|sp|m|dev|post|release|final|lts)[.-]?[0-9]{0,4}(?![A-Za-z0-9]))?(?![0-9A-Za-z]|\.[0-9])", re.IGNORECASE)
_WHOLE = re.compile(r"[0-9]{1,4}(?:\.[xX])?(?![0-9A-Za-z%]|[.,:][0-9]|\s?[/%])")
_VERSION_BEFORE = re.compile(r"(?<![A-Za-z])v$|(?:\bver(?:sions?|\.)?|\breleases?|版本(?:号|为|是)?|版)\s?[:：]?\s?[<>=~^]{0,2}\s?v?$", re.IGNORECASE)
_VERSION_AFTER = re.compile(r"\s?(?:(?:及|和|或|或者)?(?:以上|以下|更高|更低)?(?:的)?版本|\+?\s?(?:or (?:later|newer|higher) )?(?:versions?|releases?)\b)", re.IGNORECASE)
_LETTERED = re.compile(r"[vV](?:er)?\.?(?=[0-9])")
_ADDRESS = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})(?![0-9.])(?:[:/][0-9]{1,5})?")

# Phones
_MOBILE = re.compile(r"(?:\+?(?:0086|86)[- ]?)?(?P<n>1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4})(?![0-9A-Za-z]|[-.][0-9])")
_SERVICE = re.compile(r"(?P<n>[48]00[- ][0-9]{3,4}[- ][0-9]{3,4}|[48]00[0-9]{7})(?![0-9A-Za-z]|[-.][0-9])")
_LANDLINE = re.compile(r"(?:(?:\+?(?:0086|86)[- ]?)0?|\(?0)(?P<n>(?:10|2[0-9]|[3-9][0-9]{2})\)?[- ]?[2-9][0-9]{2,3}[- ]?[0-9]{4})(?P<x>(?:-|转| ext\.? ?)[0-9]{1,5})?(?![0-9A-Za-z]|[-.][0-9])")
_FOREIGN = re.compile(r"\+(?P<n>[1-9][0-9]{0,2}[- .]?\(?[0-9]{1,4}\)?(?:[- .]?[0-9]{2,4}){2,4})(?![0-9A-Za-z]|[-.][0-9])")
_AMERICAN = re.compile(r"(?P<n>(?:1-)?[2-9][0-9]{2}-[2-9][0-9]{2}-[0-9]{4}|\([2-9][0-9]{2}\) ?[2-9][0-9]{2}-[0-9]{4})(?![0-9A-Za-z]|[-.][0-9])")
_SHORT = re.compile(r"(?P<n>[1-9][0-9]{2,5})(?![0-9A-Za-z]|[-.][0-9])")
_DIALLED = re.compile(r"(?:[0-9][-. ()]{0,2}){7}")
_PHONE_CUE = re.compile(r"(?:电话|热线|手机号?码?|拨打|致电|专线|传真|联系方式|客服|\btel\b|\bphone\b|\bcall\b|\bdial\b|\bhotline\b|\bfax\b)(?:号码?|为|是)?\s?[:：.]?\s?$", re.IGNORECASE)

# Codes
STANDARDS = (
    "ISO/IEC|ISO|IEC|GB/T|GB/Z|GBZ|GB|DIN|EN|IEEE|RFC|ANSI|ASTM|JIS|UL|BS|JGJ/T|JGJ|JB/T|HG/T|QB/T|SY/T|DL/T|YY/T|CJJ/T|CJJ|JJG|JTG"
)
"""The letters of standards, which a blank may part from their number, as alternatives of a pattern."""

_STANDARD = re.compile(
    rf"(?P<letters>{STANDARDS})"
    r"[ -]?(?P<n>[0-9]{1,6}(?:[.-][0-9]{1,5}){0,3})(?::(?P<y>[0-9]{4}))?(?![0-9A-Za-z])"
)
_TOKEN = re.compile(r"[A-Za-z]{1,24}(?:-[A-Za-z]{1,24}){0,4}[-_.]?[0-9][A-Za-z0-9]{0,40}(?:[-_.][A-Za-z0-9]{1,40}){0,8}")
_MIXED = re.compile(r"[0-9]{1,24}(?:[A-Za-z]{1,24}[0-9]{0,24}|-[0-9]{1,24}){1,8}(?:-[A-Za-z0-9]{1,24}){0,4}(?![A-Za-z0-9_])")
_CROSSED = re.compile(r"(?P<a>[0-9]{1,5})\s?[x×*X]\s?(?P<b>[0-9]{1,5})(?:\s?[x×*X]\s?(?P<c>[0-9]{1,5}))?(?![0-9A-Za-z]|\.[0-9])")
_NO_CODE = re.compile(r"[_]|\.[A-Za-z]|[A-Za-z]\.[0-9]")
_IN_WORDS = re.compile(
    r"(?:top|mid|pre|post|non|sub|under|over|part|step|day|page|phase|level|week|year|round|stage|tier|type|class|grade|rank|layer|line|case|item|option|question|example|note|hour|minute|to|in|of|and|or|the|at|by|is|for|x|y|n|h|arg|param|var|value|key|test|foo|bar)[-_]?[0-9]+$",
    re.IGNORECASE,
)
_PADDED = re.compile(r"0[0-9]{2,23}(?![0-9A-Za-z:/%]|[-.,][0-9])")
_LONG = re.compile(rf"[0-9]{{16,{LONGEST}}}(?![0-9A-Za-z]|[.,][0-9])")
_CHAIN = re.compile(r"[0-9]{1,8}(?:-[0-9]{1,8}){2,6}(?:-?[A-Za-z0-9]{1,8})?(?![A-Za-z0-9])")

# Ordinals
_NOUNS_ZH = {"条": "article", "款": "paragraph", "项": "item", "章": "chapter", "节": "section", "编": "part", "篇": "part", "页": "page", "步": "step", "号": "number", "名": "place", "位": "place", "届": "session", "次": "time", "期": "issue", "版": "edition", "卷": "volume", "行": "line", "列": "column", "层": "layer", "轮": "round", "批": "batch", "年": "year", "周": "week", "天": "day", "日": "day", "集": "episode", "课": "lesson", "题": "question", "类": "class", "级": "grade", "代": "generation", "张": "number", "个": "number", "部分": "part", "阶段": "phase", "季": "season", "档": "grade", "场": "match", "站": "stop", "段": "paragraph", "课时": "lesson", "例": "case", "产业": "industry", "学期": "term", "顺位": "place"}
_ZH = re.compile(rf"第\s?(?P<n>[0-9]{{1,6}}(?:\.[0-9]{{1,3}}){{0,3}}|[零〇一二两三四五六七八九十百千万]{{1,12}})\s?(?P<noun>{'|'.join(sorted(_NOUNS_ZH, key=len, reverse=True))})?(?!者|[一二三四]产业)(?:之(?P<sub>[一二三四五六七八九十]))?")
_NUMBERED_ZH = re.compile(r"(?P<n>[0-9]{1,6})号(?!码|召|令|文)")
_NOUNS_EN = {"article": "article", "art": "article", "section": "section", "sec": "section", "chapter": "chapter", "ch": "chapter", "clause": "clause", "paragraph": "paragraph", "para": "paragraph", "page": "page", "p": "page", "pp": "page", "step": "step", "figure": "figure", "fig": "figure", "table": "table", "tab": "table", "appendix": "appendix", "part": "part", "volume": "volume", "vol": "volume", "issue": "issue", "no": "number", "nos": "number", "number": "number", "phase": "phase", "level": "level", "line": "line", "row": "row", "column": "column", "equation": "equation", "eq": "equation", "item": "item", "rule": "rule", "question": "question", "round": "round", "week": "week", "day": "day", "stage": "phase", "图": "figure", "表": "table", "例": "case", "图表": "figure", "附录": "appendix", "附表": "table", "附件": "annex", "步骤": "step", "公式": "equation"}
_NOUN_BEFORE = re.compile(r"(?<![A-Za-z0-9-])(?P<en>[A-Za-z]{1,9})(?P<dot>\.?)[ -]?[(#]?$|(?P<zh>图表|附录|附表|附件|步骤|公式|图|表)\s?$")
_NUMBER_AFTER = re.compile(r"(?P<n>[0-9]{1,5}(?:[.-][0-9]{1,3}){0,3}[a-z]?)(?![0-9A-Za-z%]|[.,][0-9])")
_SHORT_NOUNS = ("no", "p", "pp", "art", "ch", "tab", "fig", "sec", "vol", "eq", "para", "nos")
_SUFFIXED = re.compile(r"(?P<n>[0-9]{1,6})(?:st|nd|rd|th)(?![A-Za-z0-9])\s?(?P<noun>article|chapter|section|floor|place|century|edition|anniversary|generation|day|week|month|year|quarter|percentile)?(?![A-Za-z])", re.IGNORECASE)
_SPELT = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
_SPELT_EN = re.compile(rf"(?P<n>{'|'.join(_SPELT)}) (?P<noun>article|chapter|section|floor|place|century|edition|anniversary|generation|day|week|month|year|percentile|paragraph|clause)(?![A-Za-z])", re.IGNORECASE)

ORDINAL_WORDS = "|".join(_SPELT)
"""The words that English ordinals are made of, as alternatives of a pattern."""


def version_at(text: str, at: int, *, said: bool = False) -> Found | None:
    """1.10.2, v3, 7.5 where a word says that it is a version, or `said` does."""
    if letter := _LETTERED.match(text, at):
        found = _version(text, letter.end(), said=True)
        return (found[0], found[1], at, found[3]) if found else None
    if address := _ADDRESS.match(text, at):
        return "code", Label(address[0], "address"), at, address.end()
    return _version(text, at, said=said or bool(_VERSION_BEFORE.search(text, max(0, at - 14), at)))


def _version(text: str, at: int, *, said: bool) -> Found | None:
    match = _DOTTED.match(text, at)
    if match and (match[0].count(".") > 1 or match["tail"] or said or _VERSION_AFTER.match(text, match.end())):
        return "version", Label(match[0].lower()), at, match.end()
    whole = _WHOLE.match(text, at) if match is None else None
    if whole and not (said or whole[0][-1] in "xX"):
        return None
    return ("version", Label(whole[0].lower()), at, whole.end()) if whole else None


def phone_at(text: str, at: int) -> Found | None:
    """A telephone number, with its plus sign or opening bracket where they stand right before it."""
    if not _DIALLED.match(text, at):
        short = _SHORT.match(text, at)
        cued = short and _PHONE_CUE.search(text, max(0, at - 12), at)
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
    if match is None or match[0].replace("-", "").isdigit() or len(match[0]) > _LONGEST_CODE or not _ends(text, match.end()):
        return None
    return "code", _code(match[0]), at, match.end()


def ordinal_at(text: str, at: int) -> Found | None:
    """第十二条, 12th, fourth edition, the 12 of Article 12."""
    character = text[at]
    if character == "第":
        return _ordinal_zh(text, at)
    if not character.isdigit():
        spelt = _SPELT_EN.match(text, at)
        if spelt is None:
            return None
        return "ordinal", Label(str(_SPELT.index(spelt["n"].lower()) + 1), spelt["noun"].lower()), at, spelt.end()
    if suffixed := _SUFFIXED.match(text, at):
        return "ordinal", Label(str(int(suffixed["n"])), (suffixed["noun"] or "").lower()), at, suffixed.end()
    if numbered := _NUMBERED_ZH.match(text, at):
        return "ordinal", Label(str(int(numbered["n"])), "number"), at, numbered.end()
    return _numbered(text, at)


def _numbered(text: str, at: int) -> Found | None:
    previous = text[at - 1 : at]
    if not (previous.isalpha() or (previous and previous in " .-(#")):
        return None
    noun = _NOUN_BEFORE.search(text, max(0, at - 14), at)
    if noun is None:
        return None
    word = noun["zh"] or noun["en"].lower()
    word = word if word in _NOUNS_EN else word.removesuffix("s")
    number = _NUMBER_AFTER.match(text, at) if word in _NOUNS_EN else None
    if number is None or (word in _SHORT_NOUNS and not noun["dot"] and not (len(word) > 1 and noun["en"][0].isupper())):
        return None
    return "ordinal", Label(number["n"], _NOUNS_EN[word]), noun.start(), number.end()


def _ordinal_zh(text: str, at: int) -> Found | None:
    match = _ZH.match(text, at)
    if match is None:
        return None
    figures, noun = match["n"][0].isdigit(), match["noun"]
    if not noun and not figures:
        return None
    words = None if figures else chinese(match["n"])
    if not figures and words is None:
        return None
    number = match["n"] if words is None else str(words.value)
    number = number.lstrip("0") or "0"
    if match["sub"] and (sub := chinese(match["sub"])):
        number += f"-{sub.value}"
    return "ordinal", Label(number, _NOUNS_ZH.get(noun or "", "")), at, match.end()
