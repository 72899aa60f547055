"""The word lists of `lexicon.toml`."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources

from wenyuan.types import Language


@functools.cache
def listed(language: Language, name: str) -> frozenset[str]:
    """The words of one list."""
    return frozenset(_lists()[language][name].split())


@functools.cache
def ranked(language: Language, name: str) -> tuple[str, ...]:
    """The words of one list, in their order."""
    return tuple(_lists()[language][name].split())


@functools.cache
def characters(name: str) -> str:
    """The characters of one list of Chinese characters."""
    return _lists()["zh"][name]


@functools.cache
def _lists() -> dict[str, dict[str, str]]:
    lists: dict[str, dict[str, str]] = tomllib.loads(
        resources.files("wenyuan.conversation").joinpath("lexicon.toml").read_text("utf-8")
    )
    return lists
