"""Normal forms of text: what the user typed → what is compared."""

from __future__ import annotations

import functools
import re
import unicodedata

import opencc

# Characters that are written but not read: zero-width, bidirectional controls, soft hyphen, variation selectors, tags.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e01ef]"
)
_HYPHENS = str.maketrans(dict.fromkeys("‐‒–−", "-"))  # as word processors and PDF files write the one in "PPR-9087"
_HALVES = re.compile("[\ud800-\udfff]")  # Python's stand-ins for such bytes
_SPACE = re.compile(r"\s+")


def is_text(text: str) -> bool:
    """Whether it can be written down: names of files and words from a terminal may hold bytes that are no UTF-8."""
    return not _HALVES.search(text)


def normalise(text: str) -> str:
    """Invisible characters removed, NFKC (full width → half width), runs of white space → one space."""
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", INVISIBLE.sub("", text))).strip()


def fold(text: str) -> str:
    """The form in which words are compared: `normalise`, one hyphen, traditional → simplified Chinese, lower case."""
    return simplify(normalise(text).translate(_HYPHENS)).lower()


def simplify(text: str) -> str:
    """Traditional → simplified Chinese; everything else as it is."""
    return str(_simplifier().convert(text))


@functools.cache
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")
