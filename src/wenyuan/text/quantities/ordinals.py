"""The number of an article, a figure or a place in a row that begins in a text: 第十二条, Article 12, 12th, 101号."""

from __future__ import annotations

import re

from wenyuan.text.language import HAN
from wenyuan.text.quantities.labels import Found
from wenyuan.text.quantities.numerals import chinese
from wenyuan.text.quantities.quantity import Label


def _pairs(listed: str) -> dict[str, str]:
    return {name: meant for name, _, meant in (pair.partition(":") for pair in listed.split())}


# What is numbered, in both languages: Chinese measure words, English nouns with their short forms.
_NOUNS_ZH = _pairs(
    "条:article 款:paragraph 项:item 章:chapter 节:section 编:part 篇:part 页:page 步:step 号:number 名:place "
    "位:place 届:session 次:time 期:issue 版:edition 卷:volume 行:line 列:column 层:layer 轮:round 批:batch "
    "年:year 周:week 天:day 日:day 集:episode 课:lesson 题:question 类:class 级:grade 代:generation 张:number "
    "个:number 部分:part 阶段:phase 季:season 季度:quarter 档:grade 场:match 站:stop 段:paragraph 课时:lesson "
    "例:case 产业:industry 学期:term 顺位:place"
)
_NOUNS = _pairs(
    "article:article art:article section:section sec:section chapter:chapter ch:chapter clause:clause "
    "paragraph:paragraph para:paragraph page:page p:page pp:page step:step figure:figure fig:figure table:table "
    "tab:table appendix:appendix part:part volume:volume vol:volume issue:issue no:number nos:number "
    "number:number phase:phase level:level line:line row:row column:column equation:equation eq:equation "
    "item:item rule:rule question:question round:round week:week day:day stage:phase "
    "图:figure 表:table 图表:figure 附录:appendix 附表:table 附件:annex 步骤:step 公式:equation"
)
_SHORT_NOUNS = ("no", "p", "pp", "art", "ch", "tab", "fig", "sec", "vol", "eq", "para", "nos")
_ZH = re.compile(
    r"第\s?(?P<n>[0-9]{1,6}(?:\.[0-9]{1,3}){0,3}|[零〇一二两三四五六七八九十百千万]{1,12})"
    rf"(?:\s?(?P<noun>{'|'.join(sorted(_NOUNS_ZH, key=len, reverse=True))}))?(?!者)"
    r"(?:之(?P<sub>[一二三四五六七八九十]))?"
)
_NUMBERED_ZH = re.compile(r"(?P<n>[0-9]{1,6})号(?![码召令文])")
_NOUN_BEFORE = re.compile(
    r"(?<![A-Za-z0-9-])(?P<en>[A-Za-z]{1,9})(?P<dot>\.?)[ -]?[(#]?\Z"
    rf"|(?P<zh>图表|附录|附表|附件|步骤|公式|(?:(?<![{HAN}])|(?<=[见如按照即和与及在据是]))[图表])\s?\Z"
)
_NUMBER_AFTER = re.compile(r"(?P<n>[0-9]{1,5}(?:[.-][0-9]{1,3}){0,3}[a-z]?)(?![0-9A-Za-z%]|[.,][0-9]|\s?[年月日])")
_RANKED = "article|chapter|section|clause|paragraph|floor|place|century|edition|anniversary|generation|percentile"
_RANKED += "|day|week|month|year|quarter"
_SUFFIXED = re.compile(
    rf"(?P<n>[0-9]{{1,6}})(?:st|nd|rd|th)(?![A-Za-z0-9])(?:\s(?P<noun>{_RANKED})(?![A-Za-z]))?", re.IGNORECASE
)
_SPELT = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_SPELT_EN = re.compile(rf"(?P<n>{'|'.join(_SPELT)}) (?P<noun>{_RANKED})(?![A-Za-z])", re.IGNORECASE)

ORDINAL_WORDS = "|".join(_SPELT)
"""The words that English ordinals are made of, as alternatives of a pattern."""


def ordinal_at(text: str, at: int) -> Found | None:
    """第十二条, 12th, fourth edition, the 12 of Article 12, which then begins with its noun."""
    if text[at] == "第":
        return _chinese(text, at)
    if not text[at].isdigit():
        spelt = _SPELT_EN.match(text, at)
        return _made(str(_SPELT.index(spelt["n"].lower()) + 1), spelt["noun"], at, spelt.end()) if spelt else None
    if suffixed := _SUFFIXED.match(text, at):
        return _made(suffixed["n"], suffixed["noun"] or "", at, suffixed.end())
    if numbered := _NUMBERED_ZH.match(text, at):
        return _made(numbered["n"], "number", at, numbered.end())
    return _numbered(text, at)


def _made(number: str, noun: str, start: int, end: int) -> Found:
    return "ordinal", Label(number.lstrip("0") or "0", noun.lower()), start, end


def _numbered(text: str, at: int) -> Found | None:
    previous = text[at - 1 : at]
    if not (previous.isalpha() or (previous and previous in " .-(#")):
        return None
    noun, number = _NOUN_BEFORE.search(text, max(0, at - 14), at), _NUMBER_AFTER.match(text, at)
    if noun is None or number is None:
        return None
    word = noun["zh"] or noun["en"].lower()
    word = word if word in _NOUNS else word.removesuffix("s")
    doubtful = word in _SHORT_NOUNS and not noun["dot"] and not (len(word) > 1 and noun["en"][0].isupper())
    return None if doubtful or word not in _NOUNS else _made(number["n"], _NOUNS[word], noun.start(), number.end())


def _chinese(text: str, at: int) -> Found | None:
    match = _ZH.match(text, at)
    if match is None:
        return None
    number, noun = match["n"], match["noun"]
    if not number[0].isdigit():
        words = chinese(number)
        if words is None or not noun:
            return None
        number = str(words.value)
    if match["sub"] and (sub := chinese(match["sub"])):
        number += f"-{sub.value}"
    return _made(number, _NOUNS_ZH.get(noun or "", ""), at, match.end())
