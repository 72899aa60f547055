"""What a Chinese turn points at or leaves out; written in simplified characters or traditional ones."""

from __future__ import annotations

import functools
import re

from wenyuan.conversation.gaps import Gap
from wenyuan.conversation.lexicon import listed
from wenyuan.conversation.phrases import is_nominal, phrases, simplified
from wenyuan.text.language import HAN
from wenyuan.text.segments import tagged
from wenyuan.text.words import stop_words

_MEASURE = "|".join(sorted(listed("zh", "measures"), key=len, reverse=True))
_OPENING = re.compile(rf"(?:(?:{'|'.join(sorted(listed('zh', 'opening'), key=len, reverse=True))})[,，、\s]*)+")
_BACK = re.compile(r"说回|回到|刚才|刚刚说|前面|上面说|之前说|最开始")
_PERSON = re.compile(r"(?<![其吉])[它他她](?:们)?(?=(的)?)")
_ITS = re.compile(r"(?<![尤与极何莫])其(?![他它实中次余间后一二])")
_POINTING = re.compile(rf"(?:[这那该此](?:[一两二三几]?(?:{_MEASURE})|样的|[一两二三几])|该(?=[\u4e00-\u9fff]{{2}}))")
_BARE = re.compile(
    r"这(?=是|有|能|会|可以|怎|要|为|不|也|都|算|叫|属|支持|[?？。!！]?$)"
    r"|那(?=是|算|叫|属|[?？。!！]?$)"  # elsewhere it is "then"
)
_PLACE = re.compile(r"[这那](?:里|儿|边)")
_HAN = re.compile(f"[{HAN}]+")
_QUANTITY = re.compile("[多几怎什哪]")
_LATIN = re.compile(r"[A-Za-z0-9]")
_ABOUT = re.compile(r"(?:(?:那么?|还有|另外)[,，\s]*)?(.{1,24}?)呢[?？!！。]*$")
_ASKS = re.compile(r"什么|怎|谁|哪|几|多少|多久|为何|为什么|如何|吗|是不是|能不能|可不可以|有没有|[这那它他她]")
_INTRODUCES = re.compile(r"(?:什么是|谁是|介绍一?下|说说|讲讲)?(.+?)(?:是什么|是谁|是啥|怎么样|如何)?[?？!！。]*$")


def swapped(turn: str) -> str | None:
    """X of "那 X 呢?"."""
    found = _ABOUT.match(simplified(turn))
    if not found or _ASKS.search(found[1]):
        return None
    return turn[found.start(1) : found.end(1)].strip()


def introduced(turn: str) -> str | None:
    """X of "什么是 X?" and "X 是什么?"."""
    found = _INTRODUCES.match(simplified(turn))
    return turn[found.start(1) : found.end(1)].strip() if found else None


def continues(turn: str) -> bool:
    """Whether the turn says itself that it goes on from what was said."""
    text = simplified(turn)
    return _OPENING.match(text) is not None or _BACK.search(text) is not None


def gap(turn: str) -> Gap | None:
    """What must be known to understand the turn; None where it stands alone."""
    text = simplified(turn)
    for pattern, place in ((_PERSON, False), (_PLACE, True), (_POINTING, False), (_BARE, False)):
        if found := pattern.search(text):
            kept = turn[found.start() : found.end()] if pattern is _POINTING and _noun_at(text, found.end()) else ""
            return Gap(found.start(), found.end(), "{}" + kept, place=place)
    if found := _ITS.search(text):
        return Gap(found.start(), found.end(), "{}的")
    said = phrases(turn)
    names = [phrase for phrase in said if phrase.kind == "name"]
    # A name that is no code may be a word the dictionary does not know: alone it proves nothing.
    if (len(said) > 1 and names) or any(_LATIN.search(name.text) for name in names):
        return None
    opening = _OPENING.match(text)
    at = opening.end() if opening else 0
    return Gap(at, at, "{}的" if _noun_at(text, at) else "{}")


def named(turn: str) -> frozenset[str]:
    """What the turn itself speaks of, in words; none where it only asks for what any thing has."""
    found: set[str] = set()
    noun, last = False, ""
    for word, tag in tagged(simplified(turn)):
        whole = last + word if len(word) == 1 and len(last) == 1 and tag and is_nominal(tag) else word  # 年|假
        last = word if _HAN.fullmatch(word) else ""
        speaks = len(whole) > 1 and _HAN.fullmatch(whole) and not _QUANTITY.match(whole) and whole not in _says_little()
        if speaks and tag and (is_nominal(tag) or tag.startswith("v")):
            found.add(whole)
            noun = noun or is_nominal(tag)
    return frozenset(found) if noun else frozenset()


@functools.cache
def _says_little() -> frozenset[str]:
    return listed("zh", "properties") | listed("zh", "general") | listed("zh", "light") | stop_words()


def _noun_at(text: str, at: int) -> bool:
    following = tagged(text[at : at + 8].lstrip())
    return bool(following) and is_nominal(following[0][1])
