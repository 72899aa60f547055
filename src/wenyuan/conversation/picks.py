"""A turn that points at items of a list: "the second one", "the latter", "both of them", 第一个, 后者, 这两种."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wenyuan.conversation.lexicon import listed, ranked
from wenyuan.conversation.listing import items_of
from wenyuan.conversation.phrases import simplified
from wenyuan.text.language import language
from wenyuan.types import Language, Message

_BACK = 4  # turns in which a list is looked for, the latest first


@dataclass(frozen=True, slots=True)
class _Pick:
    """`turn[start:end]` stands for one item (from 0, or from the end), the other one, or for all of `count`."""

    start: int
    end: int
    which: int | None = None
    count: int | None = None
    other: bool = False


def _any(spoken: Language, name: str) -> str:
    return "|".join(sorted(listed(spoken, name), key=len, reverse=True))


_ORDINALS_ZH = {word: n for n, word in enumerate(ranked("zh", "ordinals"))}
_ORDINALS_EN = {word: n for n, word in enumerate(ranked("en", "ordinals"))}
_COUNTS = {"两": 2, "俩": 2, "二": 2, "三": 3, "四": 4, "五": 5, "仨": 3, "two": 2, "three": 3, "four": 4, "five": 5}
_UNIT = _any("zh", "units")
# 第二台服务器 names a thing by itself, 第二台怎么用 points at one.
_RARE = rf"(?:{_any('zh', 'rare_units')})(?=$|[的怎是有能会要可多贵呢吗?？,，])"
_ALL_ASKED = "区别|不同|差别|差异|异同|分别|哪个|哪种|谁更|相比|对比|比较"
_ZH = (
    ("one", rf"(?:上面|前面|其中|刚才)?的?第(?P<n>{'|'.join(_ORDINALS_ZH)})(?:{_UNIT}|{_RARE})"),
    ("one", rf"(?P<n>前者|后者|最后(?:一|那)(?:{_UNIT}))"),
    ("all", rf"[这那它他她]们?(?P<n>[两俩三四五仨])(?!个?[年月天日周次点])(?:{_UNIT})?|(?P<m>[两二])者(?:之间)?"),
    ("all", rf"[它他她]们(?=.{{0,12}}?(?:{_ALL_ASKED}))"),
    ("other", rf"(?:另外?|剩下的?那?)一(?:{_UNIT})"),
)
_NOUN = _any("en", "units")
_ENDS = rf"(?=\s*(?:$|[?.!,;]|(?:{_any('en', 'after')})\b))"
_THREE = r"\b(?:these|those|the) (?P<n>two|three|four|five)"
_EN = (
    ("all", r"\b(?:differ\w*|compare|choose|choice) .{0,30}\b(?P<all>they|them|these|those)\b(?! \w+s\b)"),
    ("one", rf"\bthe (?P<n>{'|'.join(_ORDINALS_EN)}|last)(?: (?:{_NOUN})\b| of (?:them|these|those)\b|{_ENDS})"),
    ("one", r"\bthe (?P<n>former|latter)\b(?: (?:one|option))?"),
    ("all", rf"\bboth of (?:them|these|those)\b|{_THREE}(?: (?:{_NOUN})\b|{_ENDS})"),
    ("all", r"\bboth\b(?!.{1,60}\band\b)(?= (?:be|work|support|require|need|have|use|run|cost)\b|\s*[?.!,]|\s*$)"),
    ("all", r"\b(?:they|them)\b(?=.{0,40}?\b(?:differ\w*|compared?|each other)\b)"),
    ("other", r"\bthe other (?:one|option)\b"),
)
_PATTERNS = {
    language_: [(kind, re.compile(pattern, re.I)) for kind, pattern in patterns]
    for language_, patterns in (("zh", _ZH), ("en", _EN))
}
_OF_TWO = frozenset(("former", "latter", "前者", "后者"))


def picked(turn: str, turns: Sequence[Message]) -> str | None:
    """The turn with the items it points at, from the latest list in `turns`; None where it points at none of one."""
    pick = _pointed(turn)
    if pick is None:
        return None
    for n in range(len(turns) - 1, max(-1, len(turns) - 1 - _BACK), -1):
        items = items_of(turns[n].content)
        chosen = _chosen(pick, items, turns[n + 1 :]) if items else []
        if chosen:
            return turn[: pick.start] + _together(chosen, turn) + turn[pick.end :]
    return None


def _pointed(turn: str) -> _Pick | None:
    spoken = language(turn)
    for kind, pattern in _PATTERNS["zh" if spoken == "zh" else "en"]:
        if found := pattern.search(simplified(turn) if spoken == "zh" else turn):
            said = found.groupdict()
            start, end = found.span("all" if "all" in said else 0)
            word = (said.get("n") or said.get("m") or "").lower()
            if kind == "one":
                return _Pick(start, end, which=_place(word), count=2 if word in _OF_TWO else None)
            return _Pick(start, end, count=_COUNTS.get(word), other=kind == "other")
    return None


def _place(word: str) -> int:
    if word in ("former", "前者"):
        return 0
    if word in ("latter", "last", "后者") or word.startswith("最后"):
        return -1
    return _ORDINALS_ZH[word] if word in _ORDINALS_ZH else _ORDINALS_EN[word]


def _chosen(pick: _Pick, items: Sequence[str], since: Sequence[Message]) -> list[str]:
    """The items meant; none where the list does not fit."""
    if pick.count is not None and pick.count != len(items):
        return []
    if pick.which is not None:
        return [items[pick.which]] if pick.which < len(items) else []
    if not pick.other:
        return list(items)
    spoken = " ".join(message.content for message in since if message.role == "user").lower()
    left = [item for item in items if item.lower() not in spoken]
    return left if spoken and len(left) == 1 else []


def _together(items: Sequence[str], turn: str) -> str:
    if language(turn) == "zh":
        return "、".join(items[:-1]) + "和" + items[-1] if len(items) > 1 else items[0]
    return ", ".join(items[:-1]) + " and " + items[-1] if len(items) > 1 else items[0]
