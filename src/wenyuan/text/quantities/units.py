"""Units of measure and what is counted: their spellings, and which stands at a place of a text."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import replace
from fractions import Fraction
from importlib import resources
from typing import NamedTuple

from wenyuan.text.language import HAN
from wenyuan.text.quantities.quantity import Unit

# What is counted in Chinese stands behind a measure word; those of a line count the same kind of thing.
_COUNTED = """
个 枚 只
人 名 位 口
次 回 遍 趟
台 套 部 架
条 项 款 则
家 所
件 份 张 册 篇 页 封
辆 艘
户 栋 幢 座 间 套房
层 楼
节 章 门 课时 学时
种 类 款式 大类 小类
倍频
株 棵 头 匹 尾 羽
部分
处 片 块 段 根 支 把 粒 颗 滴 瓶 盒 袋 包 箱 桶 罐 杯 碗 勺 盘 盆
点
级 档
字 位数 字符 个字 个字符
行 列
岁组
批 轮 届 场 期 步 局
组 队 班 支队 大队
县 省 市 国 州 区县
分 学分
票 笔 单 例 起 宗 桩 户次 人次 车次 班次 架次
核 路 通道 芯 针
"""
# Words that begin with a measure word or a unit of one character and count nothing.
_NO_UNIT = re.compile(
    r"天[然空下线花气性赋才堂使津桥河天]|年[级轻龄代报检货画夜糕底末终]|月[亮饼球]|日[本常志语元圆]"
    r"|周[边围知转一二三四五六日刊报长]|元[旦素件气宵老首帅]|分[之布类别支发析配店公行区批享解期散离歧局红贝页包工层库片辨流野段摊担球比]"
    r"|米[饭粉面线德其诺兰酒]|克[隆服制扣里拉鲁罗强]|吨位|升[级职温降序旗值任]|度[过假蜜]|角[色落逐膜]"
    r"|成[为功员本立果长熟绩交都品就语份因对]|倍[增感受思]|点[击开赞评名亮燃缀选火播缴阵]|安[全装排徽静保卓检置定心宁康庄]"
    r"|巴[西黎基士东厘]|焦[点虑急煤]|伏[特羊击笔案]|牛[肉奶皮市郎]|欧[洲盟冠]|瓦[片斯解]|秒[杀表针懂]"
    r"|部[分门署委件位长队]|行[业为动人政程]|组[件成织合]|级别|门[槛口]|支[队撑持付]|件套|名[字称]|只[有要能是]|口[味号]|间[隔接]|张[力]|片[区段]|处[理于罚]|条[件例]|段[落]|项目|家[庭长]|层[次面]|步[骤]|本[地身]|位于|站[点]|头[部像]|根[据本]|把[手]|包[括含]|组[成]|期[间限]|面[积]|代[表码理]|对[象应]"
)
_LATIN = re.compile(r"[A-Za-zμΩ]{1,18}+(?:[23](?![0-9A-Za-z])|[²³])?(?:·m|\(A\))?")
_MORE = re.compile(r"[ -]([A-Za-z]{1,12}+)(?:[ -]([A-Za-z]{1,10}+))?(?![A-Za-z0-9])")
_SYMBOL = re.compile(r"r/min(?![A-Za-z])|°\s?[CF](?![A-Za-z])|[°℃℉㎡%‰‱″Ω€£]")
_HAN_UNIT = re.compile(f"[{HAN}]{{1,6}}+(?:/(?:秒|分钟?))?")
_GAP = re.compile(r"\n[ ]{0,8}(?=[a-z]{4})|[ \u00a0]?")
_HYPHEN = re.compile(r"-(?=[A-Za-z]{2})")
_ENDS = re.compile(r"(?![A-Za-z0-9_])")
_SPACED = re.compile(r"$|[^A-Za-z0-9_\s]|\s(?![A-Za-z0-9])")
_CLOSED = re.compile(r"$|[^\w\s]|\s?[×x]")
_PER = re.compile(rf"[ ]?/[ ]?(?=[A-Za-zμ{HAN}])| per (?=[a-z])|每(?=[{HAN}])")
_OTHER = re.compile(r"[xXBGWs](?![A-Za-z0-9])")
_BYTES = re.compile(r"(?<![0-9.])[0-9]{3,}\Z")
_DECADE = re.compile(r"(?:1[5-9]|20)[0-9]0\Z")
_WAN = re.compile(f"W[ ]?(?:个|条|次|人|[{HAN}]数)")
_GENERATION = re.compile(r"(?<![0-9.])(?:[2-6]|2\.4|5\.8)\Z")
_THING = re.compile(r"[a-z]{3,16}(?![A-Za-z0-9_])")
_RATES = {
    "bps": "bit",
    "kbps": "kb",
    "Kbps": "kb",
    "Mbps": "Mb",
    "mbps": "Mb",
    "Gbps": "Gb",
    "gbps": "Gb",
    "kph": "km",
    "mph": "mi",
}
_RATES |= {"MBps": "MB", "GBps": "GB"}


class Found(NamedTuple):
    """A unit and where its spelling ends."""

    unit: Unit
    end: int


@functools.cache
def units() -> dict[str, Unit]:
    """Every spelling → its unit."""
    listed = tomllib.loads(resources.files("wenyuan.text.quantities").joinpath("units.toml").read_text("utf-8"))
    listed.pop("base")
    found: dict[str, Unit] = {}
    for dimension, factors in listed.items():
        for key, spellings in factors.items():
            names = spellings.split(" | ")
            factor, _, offset = key.partition(" + ")
            factor, _, also = factor.partition(" or ")
            other = Fraction(also) if also else None
            unit = Unit(names[0], dimension, Fraction(factor), Fraction(offset or 0), other)
            found |= dict.fromkeys(names, unit)
    # A degree alone is one of temperature, or of an angle where nothing freezes: it converts with the first.
    found["度"] = replace(found["°C"], symbol="度")
    rates = {name: _rate(found[of], found["h" if name in ("kph", "mph") else "s"]) for name, of in _RATES.items()}
    return found | rates


@functools.cache
def base_symbols() -> dict[str, str]:
    """The symbol of each dimension's base unit."""
    text = resources.files("wenyuan.text.quantities").joinpath("units.toml").read_text("utf-8")
    return dict(tomllib.loads(text)["base"])


@functools.cache
def _counted() -> dict[str, Unit]:
    lines = (line.split() for line in _COUNTED.split("\n") if line)
    return {word: Unit(word, f"count of {line[0]}") for line in lines for word in line}


def _rate(unit: Unit, per: Unit) -> Unit:
    also = unit.also / per.factor if unit.also else None
    return Unit(f"{unit.symbol}/{per.symbol}", f"{unit.dimension}/{per.dimension}", unit.factor / per.factor, also=also)


def unit_at(text: str, at: int) -> Found | None:
    """The unit of measure behind a number that ends at a place: "kg", " per cent", "-day", "平方米", "元/吨"."""
    gap = _GAP.match(text, at)
    begin = gap.end() if gap else at
    first = _single(text, begin, spaced=begin > at)
    if first is None and begin == at and (hyphen := _HYPHEN.match(text, at)):
        return _single(text, hyphen.end(), spaced=True)
    if first is None:
        return None
    return rate_at(text, first.end, first.unit) or first


def rate_at(text: str, at: int, unit: Unit) -> Found | None:
    """The rate that a unit becomes by what follows it: m and "/s", $ and " per month"."""
    per = _PER.match(text, at)
    second = _for_each(text, per.end()) if per and unit.dimension not in ("angle", "age") else None
    return Found(_rate(unit, second.unit), second.end) if second else None


def _is_other(text: str, at: int, run: str) -> bool:
    """Whether one of these letters is no unit there: 2x+1, 三x, 5G networks, 100W个, the 1990s, 7B."""
    if run == "G":
        return bool(_GENERATION.search(text, max(0, at - 4), at))
    if run == "B":
        return not _BYTES.search(text, max(0, at - 12), at)
    if run == "s":
        return bool(_DECADE.search(text, max(0, at - 4), at))
    if run == "W":
        return bool(_WAN.match(text, at))
    return bool(at and not text[at - 1].isascii()) or text[at + 1 : at + 2] in tuple("+-=*/^(")


def _for_each(text: str, at: int) -> Found | None:
    """What a rate is for: a unit, a month, something counted."""
    if text[at : at + 1] == "月":
        return Found(units()["个月"], at + 1)
    if found := _single(text, at, spaced=False) or counted_at(text, at):
        return found
    word = _THING.match(text, at)
    return Found(Unit(word[0], f"count of {word[0]}"), word.end()) if word else None


def counted_at(text: str, at: int) -> Found | None:
    """The Chinese measure word behind a number that ends at a place: 名, 台."""
    gap = _GAP.match(text, at)
    begin = gap.end() if gap else at
    known = _counted()
    for length in (3, 2, 1):
        word = text[begin : begin + length]
        if word in known and len(word) == length and (length > 1 or not _NO_UNIT.match(text, begin)):
            return Found(known[word], begin + length)
    return None


def _single(text: str, at: int, *, spaced: bool) -> Found | None:
    """One unit that begins right there."""
    if symbol := _SYMBOL.match(text, at):
        return Found(units()[symbol[0].replace(" ", "")], symbol.end())
    if han := _HAN_UNIT.match(text, at):
        return _in_chinese(text, at, han[0])
    latin = _LATIN.match(text, at)
    return _in_letters(text, at, latin, spaced=spaced) if latin else None


def _in_chinese(text: str, at: int, run: str) -> Found | None:
    """The longest unit that a run of Chinese characters begins with, unless it is the beginning of another word."""
    known = units()
    length = next((length for length in range(len(run), 0, -1) if run[:length] in known), 0)
    if not length or (length == 1 and _NO_UNIT.match(text, at)):
        return None
    return Found(known[run[:length]], at + length)


def _in_letters(text: str, at: int, latin: re.Match[str], *, spaced: bool) -> Found | None:
    known = units()
    if more := _MORE.match(text, latin.end()):
        for end in (more.end(2), more.end(1)):
            words = text[at:end].replace("-", " ")
            if end > 0 and (unit := known.get(words) or known.get(words.lower())):
                return Found(unit, end)
    run, end = latin[0], latin.end()
    unit = known.get(run) or (known.get(run.lower()) if len(run) > 3 else None)
    if unit is None or not _ENDS.match(text, end) or (_OTHER.match(text, at) and _is_other(text, at, run)):
        return None
    doubtful = run in tuple("dltxXBG") or (run == "A" and not _SPACED.match(text, end))
    return None if spaced and (doubtful or (run == "in" and not _CLOSED.match(text, end))) else Found(unit, end)
