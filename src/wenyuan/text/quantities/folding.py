"""A text in the form in which figures are looked for, character by character, so that every place is known in both."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from wenyuan.text.normalise import INVISIBLE

# Traditional characters that stand in numerals, units, dates and bounds; OpenCC may change how many there are.
_TRADITIONAL = """
萬万億亿兩两點点號号時时鐘钟鍾钟個个條条負负約约過过於于幾几數数餘余圓元圆元參叁叄叁貳贰貮贰陸陆週周歲岁噸吨頁页項项節节
幣币歐欧鎊镑釐厘輛辆張张雙双層层戶户種种類类間间顆颗塊块樓楼級级臺台達达內内後后來来應应滿满攝摄氣气壓压電电話话線线綫线
熱热屆届場场隻只門门筆笔畝亩頃顷將将爲为為为僅仅須须齡龄禮礼韓韩錢钱總总倆俩華华從从啟启軌轨車车納纳
"""
_FOLDED_RANGES = ((0xFF01, 0xFF5E), (0xFE50, 0xFE6B), (0x2F00, 0x2FD5), (0x1D7CE, 0x1D7FF))
_FULL_COMMA = "，"  # parts a Chinese sentence; between full-width digits it parts thousands
_GROUPED = re.compile(r"(?<=[０-９])(?<![０-９]{4})，(?=[０-９]{3}(?![０-９]))")


def _table() -> dict[int, str]:
    folded = {
        place: unicodedata.normalize("NFKC", chr(place))
        for low, high in _FOLDED_RANGES
        for place in range(low, high + 1)
    }
    table = {place: form for place, form in folded.items() if len(form) == 1}
    pairs = "".join(_TRADITIONAL.split())
    table |= {ord(old): new for old, new in zip(pairs[::2], pairs[1::2], strict=True)}
    table |= {ord(dash): "-" for dash in "‐‑‒–−－﹣"}
    table |= {ord(wave): "~" for wave in "～〜∼"}
    table |= {ord(blank): "\u00a0" for blank in "\u2007\u2009\u202f"}
    table |= {0x3000: " ", ord("µ"): "μ", ord("￥"): "¥", ord("﹪"): "%", ord("º"): "°", ord("˚"): "°"}
    table.pop(ord(_FULL_COMMA))
    return table


_TABLE = _table()


@dataclass(frozen=True, slots=True)
class Folded:
    """Half width, simplified, one kind of dash, without invisible characters; as long as what is left of the text."""

    text: str
    places: Sequence[int] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]` stands in the text that was folded."""
        return (self.places[start], self.places[end - 1] + 1) if self.places else (start, end)


def folded(text: str) -> Folded:
    """The text in which figures are looked for."""
    places: list[int] | None = None
    if INVISIBLE.search(text):
        places = [at for at, character in enumerate(text) if not INVISIBLE.match(character)]
        text = "".join([text[at] for at in places])
    return Folded(_GROUPED.sub(",", text).translate(_TABLE), places)
