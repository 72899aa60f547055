"""Chinese or English, by script."""

from __future__ import annotations

import re

from wenyuan.types import Language

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"

_HAN = re.compile(f"[{HAN}]")
_LATIN_WORD = re.compile(r"[A-Za-z]+")
_CHINESE_MARK = re.compile("[\u3000-\u303f\uff01-\uff0f\uff1a-\uff20]")  # 。、「」 and full-width ！，？


def language(text: str) -> Language:
    """The language a reader would say the text is in: a Han character counts as much as a Latin word.

    Text in neither script counts as English, whose rules (white space between words) fit most others, unless its marks
    are Chinese ones.
    """
    han, words = len(_HAN.findall(text)), len(_LATIN_WORD.findall(text))
    if not han and not words:
        return "zh" if _CHINESE_MARK.search(text) else "en"
    return "zh" if han >= max(1, words) else "en"
