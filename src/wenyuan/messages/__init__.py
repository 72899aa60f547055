"""What is said to people, in their language.

Within the house every sentence is English: so it is stored with documents, kept in traces and printed as JSON. A face
says it in its reader's language by the templates in `zh/*.toml`: English with `{}` for each value, as the code has it,
and its Chinese, where `{0}`, `{1}` put the values in another order. Values that are sentences themselves are said in
that language, too.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from wenyuan.types import Language

_END = re.compile(r"(?<=\.) (?=[A-Z])")  # of a sentence before another
_VALUE = re.compile(r"\{\}")
_PLACE = re.compile(r"\{(\d*)\}")


def told(sentence: str, language: Language) -> str:
    """`sentence` in that language; as it is where there is no template of it."""
    if language == "en":
        return sentence
    for template in _templates():
        if (values := template.values(sentence)) is not None:
            return template.filled([told(value, language) for value in values])
    several = _END.split(sentence)
    return sentence if len(several) == 1 else "".join(told(each, language) for each in several)


def language_of(environment: Mapping[str, str]) -> Language:
    """The language of a locale, as POSIX names it in LC_ALL, LC_MESSAGES or LANG."""
    named = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "zh" if next(filter(None, named), "").lower().startswith("zh") else "en"


def catalogue() -> dict[str, str]:
    """English templates → Chinese ones."""
    found: dict[str, str] = {}
    for table in (files(__package__) / "zh").iterdir():
        found |= tomllib.loads(table.read_text("utf-8"))
    return found


@dataclass(frozen=True, slots=True)
class _Template:
    begin: str
    pattern: str
    chinese: str

    def values(self, sentence: str) -> tuple[str, ...] | None:
        """What is filled in where `sentence` is made from this template."""
        if not sentence.startswith(self.begin):
            return None
        found = re.fullmatch(self.pattern, sentence, re.DOTALL)
        return found and found.groups()

    def filled(self, values: Sequence[str]) -> str:
        """The Chinese with these values, which stand in their own order where they have no numbers."""
        unnumbered = iter(values)
        return _PLACE.sub(lambda place: values[int(place[1])] if place[1] else next(unnumbered), self.chinese)


@functools.cache
def _templates() -> tuple[_Template, ...]:
    """Those that say most themselves first: of two that fit, theirs is the sentence."""
    said = sorted(catalogue().items(), key=lambda pair: len(_VALUE.sub("", pair[0])), reverse=True)
    parts = [(_VALUE.split(english), chinese) for english, chinese in said]
    return tuple(_Template(fixed[0], "(.*?)".join(map(re.escape, fixed)), chinese) for fixed, chinese in parts)
