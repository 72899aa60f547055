"""Normal forms of text: what the user typed → what is compared."""

from __future__ import annotations

import functools
import re
import unicodedata

import opencc

# Characters that are written but not read: zero-width, bidirectional controls, soft hyphen, variation selectors.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]")
_SPACE = re.compile(r"\s+")


def normalise(text: str) -> str:
    """NFKC (full width → half width), invisible characters removed, runs of white space → one space."""
    return _SPACE.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))).strip()


def fold(text: str) -> str:
    """The form in which words are compared: `normalise`, traditional → simplified Chinese, lower case."""
    return str(_simplifier().convert(normalise(text))).lower()


@functools.cache
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")
