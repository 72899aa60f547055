"""What kind of answer a question wants: one thing or all of them, steps, a command, a price; told by its words."""

from __future__ import annotations

import re

from wenyuan.types import Query

_HOW = re.compile(
    r"怎么|怎样|如何|咋|步骤|流程|顺序|\bhow\b(?!\s+(?:many|much|long|often|far|old|large|big|high|fast))|\bsteps?\b|procedure",
    re.IGNORECASE,
)
_EVERY = re.compile(
    r"""哪些|哪几|那些|几种|几类|几个方面|有(?:什么|啥)(?!用|作用|区别|不同|意义|关系|影响|好处)
      | 什么(?:材料|条件|要求|东西|文件|资料|证件)|列出|列举|分别|都有
      | ^(?:please\s+)?(?:list|name)\b | \b(?:steps|requirements|kinds\s+of|types\s+of|options)\b
      | \bwhat\s+(?:are|do|should|must|can)\b
      | \b(?:what|which)\s+(?:\w+\s+)?\w+[^\Wsu]s\s+
        (?:are|do|did|can|could|must|should|will|may|have|need|I|we|you|they)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_CONTAINS = re.compile(r"包括|包含|\binclude[sd]?\b|\bconsists?\b", re.IGNORECASE)
_ONE = re.compile(
    r"""多少|几(?!种|类|个方面)|多久|多长|多大|何时|什么时候|哪里|哪儿|哪个|哪一|哪步|[那这]一步|谁|是否|吗\W*$
      | \bhow\s+(?:many|much|long|often|far|old|large|big|high|fast)\b | \b(?:when|where|who|whose)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_CODE = re.compile(
    r"""命令|代码|脚本|指令|语句|配置|参数|写法|语法|示例|例子|样例|接口|终端
      | \b(?:commands?|code|scripts?|config\w*|syntax|snippets?|examples?|flags?|sql|json|yaml|cli|api)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_COSTS = re.compile(
    r"多少钱|价格|单价|金额|费用|价钱|收费|\b(?:costs?|prices?|how much|paid|pay|fee|charge)\b", re.IGNORECASE
)


def asks_for_things(query: Query) -> bool:
    """Whether a question is for all of several things."""
    contents = _CONTAINS.search(query.normalised) is not None and not asks_for_one(query)
    return contents or bool(_EVERY.search(query.normalised))


def asks_for_one(query: Query) -> bool:
    """Whether a question is for one of them: a number, a time, a person, yes or no."""
    return bool(_ONE.search(query.normalised))


def asks_how(query: Query) -> bool:
    """Whether a question is for a way to do something."""
    return bool(_HOW.search(query.normalised))


def asks_for_all(query: Query) -> bool:
    """Whether a question is for a whole list: of things, or of steps."""
    return asks_for_things(query) or (asks_how(query) and not asks_for_one(query))


def asks_for_command(query: Query) -> bool:
    """Whether a question is for code or a command in so many words."""
    return bool(_CODE.search(query.normalised))


def asks_for_code(query: Query) -> bool:
    """Whether a command or a piece of code may be what a question wants."""
    return asks_for_command(query) or asks_how(query)


def asks_for_price(query: Query) -> bool:
    """Whether a question is for an amount of money."""
    return bool(_COSTS.search(query.normalised))
