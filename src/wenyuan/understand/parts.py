"""Sub-questions: what is asked of several things is asked of each ("A and B compared" → about A, about B).

A comparison is answered from passages about either side, which a single search seldom brings together.
"""

from __future__ import annotations

import re

_THING = r"[^，。？！?!,;；:：\s][^，。？！?!,;；]{0,39}?"
_ZH_JOIN = r"\s*(?:和|与|跟|同|以及|相比于?|对比|比起|还是|或者?|、|vs\.?|VS\.?)\s*"
_COMPARED_ZH = (
    re.compile(
        rf"^(?:请问|比较一下|比较|对比一下|对比)?\s*(?P<a>{_THING}){_ZH_JOIN}(?P<b>{_THING})"
        r"(?:相比|比较)?(?:之间|两者|二者)?(?:(?:的|在)(?P<rest>[^，。？！?!]{0,20}?))?(?:上|方面)?"
        r"(?:有什么|有啥|有哪些|有何|有多大|有|的)?(?:区别|不同|差异|差别|异同|对比|比较|不一样)(?:在哪里?|是什么|吗|么|呢)?[？?。]?$"
    ),
    re.compile(
        rf"^(?:请问)?\s*(?P<a>{_THING}){_ZH_JOIN}(?P<b>{_THING})(?:相比|比较|比)?[，,]?\s*(?:哪一?[个种款家类台者]|谁)"
        r"(?P<rest>[^，。？！?!]{0,24})[？?。]?$"
    ),
    re.compile(
        rf"^(?:比较一下|比较|对比一下|对比)\s*(?P<a>{_THING}){_ZH_JOIN}(?P<b>{_THING})(?:的(?P<rest>[^，。？！?!]{{1,20}}))?[？?。]?$"
    ),
    re.compile(
        rf"^(?:请问)?\s*(?P<a>{_THING}){_ZH_JOIN}(?P<b>{_THING})(?:的(?P<rest>[^，。？！?!]{{1,20}}?))?"
        r"(?:各自?|分别)(?:是|为|有|要|需要|支持|占|能)*(?:多少|什么|哪些|几|多久|多长|怎么|如何)[^，。？！?!]{0,12}[？?。]?$"
    ),
    re.compile(
        rf"^(?:请问)?\s*(?P<a>{_THING}){_ZH_JOIN}(?P<b>{_THING})(?:之间|两者)?(?:该|应该)?(?:怎么|如何)(?:选择?|挑)[？?。]?$"
    ),
)
# Words parted by spaces, so that there is one way to read them: any other makes a hostile question take for ever.
_NAME = r"[A-Z0-9\"“][\w.'’&\"”-]*(?:\s+[A-Z0-9\"“][\w.'’&\"”-]*){0,5}"
_EN_JOIN = r"\s+(?:and|or|with|to|versus|vs\.?|against|than)\s+"
_COMPARED_EN = (
    re.compile(
        rf"^(?:how|in what way)\s+(?:do|does|is|are)\s+(?P<a>{_THING}){_EN_JOIN}(?P<b>{_THING})\s+"
        rf"(?:differ|compare|different)(?:\s+(?:in terms of|regarding|in|on)\s+(?P<rest>{_THING}))?[?.]?$",
        re.I,
    ),
    re.compile(
        rf"^(?:how|in what way)\s+(?:does|is|do|are)\s+(?P<a>{_THING})\s+(?:differ|different|compared?)"
        rf"\s+(?:from|with|to|than)\s+(?P<b>{_THING})[?.]?$",
        re.I,
    ),
    re.compile(rf"^what\s+distinguishes\s+(?P<a>{_THING})\s+(?:from|and)\s+(?P<b>{_THING})[?.]?$", re.I),
    re.compile(
        rf"\bdifferences?\s+(?:in\s+(?P<rest>{_THING})\s+)?between\s+(?P<a>{_THING}){_EN_JOIN}(?P<b>{_THING})"
        rf"(?:\s+(?:in terms of|regarding|when it comes to|for|in)\s+(?P<rest2>{_THING}))?[?.]?$",
        re.I,
    ),
    re.compile(
        rf"^(?:please\s+)?(?:compare|comparison (?:of|between))\s+(?P<a>{_THING}){_EN_JOIN}(?P<b>{_THING})"
        rf"(?:\s+(?:in terms of|regarding|on|for|in)\s+(?P<rest>{_THING}))?[?.]?$",
        re.I,
    ),
    re.compile(
        rf"^(?P<rest>(?:which|who|what|whose)\b[^?,]{{3,80}}?)[,:]\s*(?P<a>{_THING})\s*,?\s+or\s+(?P<b>{_THING})[?.]?$",
        re.I,
    ),
    re.compile(rf"^(?P<rest>(?i:which|who)\b[^?,]{{3,60}}?)\s(?P<a>{_NAME}),?\s+or\s+(?P<b>{_THING})[?.]?$"),
    re.compile(rf"^(?P<a>{_THING})\s+(?:versus|vs\.?)\s+(?P<b>{_THING})(?:\s+for\s+(?P<rest>{_THING}))?[?.]?$", re.I),
    re.compile(
        rf"^(?i:is|are|was|were|do|does|did)\s+(?P<a>{_THING})\s+(?:and|or)\s+(?P<b>(?:the\s+)?{_NAME})"
        r"\s+(?:both\s+)?(?P<rest>[^?]{3,60})\?$"
    ),
)


def parts(question: str) -> tuple[str, ...]:
    """The sub-questions of a normalised question, each with what is asked; none where it asks of one thing."""
    for pattern in (*_COMPARED_ZH, *_COMPARED_EN):
        if match := pattern.search(question):
            groups = match.groupdict()
            things = [groups["a"].strip(' "“”'), groups["b"].strip(' "“”')]
            rest = (groups.get("rest") or groups.get("rest2") or "").strip()
            if all(things) and things[0] != things[1]:
                return tuple(f"{thing} {rest}".strip() for thing in things)
    return ()
