"""What the words around a value make of it: 不超过, at most, 以上, or more, 约, "about"."""

from __future__ import annotations

import re

from wenyuan.text.quantities.quantity import Bound

_REACH, _REACH_ZH = 28, 12  # characters before a value in which its bound is looked for, in English and in Chinese

_NEVER = r"(?:不得?|未|不能|不应|不可|不宜|不会)"
_THAN_MORE = "more|greater|higher|larger|longer|later"
_THAN_LESS = "less|fewer|lower|smaller|shorter|earlier"

# Words for a limit: the bound that they say, in Chinese, in English; the longest of a beginning first.
_BEFORE: tuple[tuple[Bound, str, str], ...] = (
    (
        "at most",
        rf"{_NEVER}(?:超过|超出|超|高于|大于|多于|长于|迟于|晚于|逾)|至多|最多|最高|最大|最长|最迟|最晚|上限"
        r"|小于等于|小于或等于|低于或等于|≤|⩽|<=",
        rf"(?:no|not) (?:{_THAN_MORE}) than"
        r"|(?:not|never|cannot|(?:doesn|don|mustn|can|shouldn|won)['’]t) exceed(?:ing)?"
        r"|at most|at the most|up to|maximum(?: of| is)?:?|max\.?:?|limited to|capped at|less than or equal to"
        r"|a limit of|within",
    ),
    (
        "at least",
        rf"{_NEVER}(?:少于|低于|小于|短于|早于)|至少|最少|最低|最小|最短|最早|下限|年满|已满|起步"
        r"|大于等于|大于或等于|高于或等于|≥|⩾|>=",
        rf"(?:no|not) (?:{_THAN_LESS}) than|at least|at the least|minimum(?: of| is)?:?|min\.?:"
        r"|greater than or equal to|starting (?:at|from)",
    ),
    (
        "less than",
        r"不足|不满|未满|不到|未达到?|低于|少于|小于|短于|早于|<",
        rf"(?:{_THAN_LESS}) than|under|below|short of",
    ),
    (
        "more than",
        r"超过|超出|超|高于|大于|多于|长于|晚于|迟于|逾|突破|>",
        rf"(?:{_THAN_MORE}) than|over|above|exceed(?:s|ed|ing)?|in excess of|upwards? of",
    ),
    (
        "about",
        r"大约|大概|约|约为|约合|近|将近|接近|估计|差不多|≈|~|≅",
        r"about|around|approximately|approx\.?|roughly|nearly|almost|close to|circa|ca\.|some|an estimated"
        r"|an average of",
    ),
)
_AFTER: tuple[tuple[Bound, str, str], ...] = (
    (
        "at least",
        r"(?:及|或|或者|含)?以上|及更高|或更[高多]|起(?![来初点动始飞码见重伏到诉草])|[ ]?\+(?![0-9A-Za-z+])",
        r"or (?:more|above|higher|greater|later|newer|longer|over|older)|and (?:above|higher|later|newer|up|over)"
        r"|at least",
    ),
    (
        "at most",
        r"(?:及|或|或者|含)?以下|以内|之内|内(?![容部存置外核在裏心科径环蒙])|或更[少低]",
        r"or (?:less|fewer|below|lower|earlier|under)|and (?:below|lower|earlier|under)|at (?:the )?most"
        r"|max(?:imum)?",
    ),
    ("about", r"左右|上下(?!文)|前后", r"or so|approximately|approx"),
    ("more than", r"[多余](?![少次元额媒])|开外", "(?!)"),
)
_DATES_AFTER: tuple[tuple[Bound, str, str], ...] = (
    ("at least", r"起(?![草诉])|以来|之?后(?![台端])|以后", r"onwards?|or later|and later"),
    ("at most", r"之?前(?![台端往])|以前|截止|为止", r"or earlier|and earlier"),
)
_DATES_BEFORE: tuple[tuple[Bound, str, str], ...] = (
    (
        "at least",
        r"自|从|不得?早于|最早",
        r"since|from|starting(?: on| from)?|effective|after|no earlier than|not before",
    ),
    (
        "at most",
        r"截至|截止到?|不得?[晚迟]于|最[晚迟]|至|到",
        r"by|until|till|before|no later than|not after|up to|as of",
    ),
)
_JOINED = r"(?:[了至到达为是可按在即用]|不得|应|可达|达到|为期|仅|只有|[:：])?\s?"

_Table = tuple[tuple[Bound, str, str], ...]
_OPENS = r"(?:人民币)?[(（\[]?[+$¥€£]?\Z"


def _alternatives(table: _Table, *, chinese: bool) -> str:
    return "|".join(f"(?P<b{n}>{zh if chinese else en})" for n, (_, zh, en) in enumerate(table))


def _before(table: _Table) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Patterns of the Chinese and of the English words that end where a value begins."""
    zh, en = _alternatives(table, chinese=True), _alternatives(table, chinese=False)
    return (
        re.compile(rf"(?:{zh}){_JOINED}{_OPENS}"),
        re.compile(rf"(?<![A-Za-z])(?:{en})(?: (?:a|an|of))?\s{{0,2}}{_OPENS}", re.IGNORECASE),
    )


def _after(table: _Table) -> tuple[re.Pattern[str], re.Pattern[str]]:
    zh, en = _alternatives(table, chinese=True), _alternatives(table, chinese=False)
    return re.compile(rf"[ ]?的?(?:{zh})"), re.compile(rf"[ ]?(?:{en})(?![A-Za-z])", re.IGNORECASE)


_FIRST, _LAST = _before(_BEFORE), _after(_AFTER)
_DATE_FIRST, _DATE_LAST = _before(_DATES_BEFORE), _after(_DATES_AFTER)
_ENGLISH_END = re.compile(r"[A-Za-z.:][\s(\[$¥€£+]{0,4}\Z")
_NO_SIGN = re.compile(r"(?:[-=A-Za-z\"'/\\]|^|\n)[ \t]*>\s?\Z|<[A-Za-z/]")  # arrows, tags, quoted lines
_THE = re.compile(r"\b(?:the|these|all|see) \Z", re.IGNORECASE)
_MINUTES = re.compile(r"[0-9]\s?min\.?:?\s?\Z")
_NO_ABOUT = re.compile(r"[合条节契要公简纽相制]约|[最附邻靠临远亲]近")


def bound_of(text: str, start: int, end: int) -> Bound:
    """The bound of the value text[start:end]."""
    match = _found_before(_FIRST, text, start)
    if match and not _is_no_bound(text[max(0, start - _REACH) : start], match, text):
        return _named(_BEFORE, match)
    after = _found_after(_LAST, text, end)
    return _named(_AFTER, after) if after else "exactly"


def date_bound(text: str, start: int, end: int) -> Bound:
    """The bound of the date or time text[start:end]: since it, until it."""
    if after := _found_after(_DATE_LAST, text, end):
        return _named(_DATES_AFTER, after)
    before = _found_before(_DATE_FIRST, text, start)
    return _named(_DATES_BEFORE, before) if before else "exactly"


def _found_before(patterns: tuple[re.Pattern[str], re.Pattern[str]], text: str, start: int) -> re.Match[str] | None:
    near = text[max(0, start - 5) : start]
    if _ENGLISH_END.search(near):
        return patterns[1].search(text, max(0, start - _REACH), start)
    return patterns[0].search(text, max(0, start - _REACH_ZH), start)


def _found_after(patterns: tuple[re.Pattern[str], re.Pattern[str]], text: str, end: int) -> re.Match[str] | None:
    following = text[end : end + 1] if text[end : end + 1] != " " else text[end + 1 : end + 2]
    if not following:
        return None
    return patterns[1].match(text, end) if following.isascii() and following != "+" else patterns[0].match(text, end)


def _named(table: _Table, match: re.Match[str]) -> Bound:
    assert match.lastgroup is not None
    return table[int(match.lastgroup[1:])][0]


def _is_no_bound(before: str, match: re.Match[str], text: str) -> bool:
    """Whether the word only looks like a bound: -> 5, 5 min 30 s, 合约, 附近, the above two."""
    if _NO_SIGN.search(before) or _MINUTES.search(before):
        return True
    return bool(
        _NO_ABOUT.match(text, max(0, match.start() - 1)) or _THE.search(text, max(0, match.start() - 8), match.start())
    )
