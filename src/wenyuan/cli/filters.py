"""Options → what the engine takes: filters, metadata, legs, settings."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wenyuan.errors import WrongUse
from wenyuan.filters import every, read_test, read_tree, read_value
from wenyuan.types import Filter, Value

if TYPE_CHECKING:
    from wenyuan.settings import Settings


def parse_filter(where: Sequence[str], tree: str | None) -> Filter | None:
    """All `--where` tests together, and `--filter`'s JSON tree, as `wenyuan.filters` reads them.

    Raises:
        WrongUse: a test or node cannot be read.
    """
    parts: list[Filter] = []
    try:
        option = "--where"
        parts += map(read_test, where)
        option = "--filter"
        if tree is not None:
            parts.append(read_tree(json.loads(tree)))
    except json.JSONDecodeError as error:
        raise WrongUse(f"--filter is not valid JSON ({error}); quote it in single quotes.") from error
    except WrongUse as error:
        raise WrongUse(f"{option} {error}") from error
    return every(parts)


def asked_settings(kb: Path, *, constraints: bool, llm: bool = True) -> Settings:
    """The settings of a knowledge base that is to be asked, as --no-constraints and --no-llm change them."""
    from wenyuan.engine.opening import settings_of
    from wenyuan.settings import without_constraints, without_llm

    settings = settings_of(kb)
    settings = settings if constraints else without_constraints(settings)
    return settings if llm else without_llm(settings)


def parse_metadata(pairs: Sequence[str]) -> dict[str, Value]:
    """`--meta key=value` pairs; several values by comma become a list, numbers and true/false their types."""
    metadata: dict[str, Value] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key.strip():
            raise WrongUse(f"--meta '{pair}' is not key=value; write for example --meta product=X100.")
        metadata[key.strip()] = read_value(key.strip(), value)
    return metadata


def parse_stretch(at: str | None) -> tuple[int, int] | None:
    """--at: where a stretch of text begins and ends, in characters."""
    if at is None:
        return None
    found = re.fullmatch(r"(\d{1,18})\s*[-–:]\s*(\d{1,18})", at.strip())
    if not found or int(found[1]) >= int(found[2]):
        raise WrongUse(f"--at '{at}' is no stretch of text; write where it begins and ends, for example 129-184.")
    return int(found[1]), int(found[2])


def parse_legs(leg: str) -> tuple[str, ...]:
    """--leg: one leg of recall alone, or all fused."""
    from wenyuan.recall import LEGS  # only a command that searches loads what searching needs

    known = {**{leg: (leg,) for leg in LEGS}, "fused": LEGS}
    if leg not in known:
        raise WrongUse(f"--leg {leg} is not known; choose one of {', '.join(known)}.")
    return known[leg]
