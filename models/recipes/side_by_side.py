"""Sections that stand side by side in Chinese and English: of sites (`parallel`) and of manuals (`manuals`).

What the development questions ask for is left out: it judges what is made of the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from wenyuan.jsonl import JsonRow, read_rows
from wenyuan.training.data.builders import HeadedPart, sections
from wenyuan.types import Language

BOTH_WAYS: tuple[tuple[Language, Language], ...] = (("zh", "en"), ("en", "zh"))

_CASES = "enterprise"
_SHORTEST: dict[Language, int] = {"zh": 60, "en": 100}  # characters of a section of a manual


class SideBySide(NamedTuple):
    """A section in both languages: its headings and its text."""

    site: str
    titles: Mapping[Language, str]
    texts: Mapping[Language, str]

    def passage(self, language: Language) -> str:
        """As the index has it."""
        return f"{self.titles[language]}\n{self.texts[language]}"


def side_by_side(data: Path) -> list[SideBySide]:
    """Sections of sites and of manuals; those that development questions ask for are left out."""
    corpus = {str(row["_id"]): row for _, row in read_rows(data / _CASES / "corpus.jsonl.gz")}
    asked = [corpus[str(row["passage"])] for _, row in read_rows(data / _CASES / "dev.jsonl")]
    texts, pages = {start(str(row["text"])) for row in asked}, {_site_and_page(row) for row in asked}
    parallel = (row for _, row in read_rows(data / "parallel" / "sections_zh_en.jsonl.gz"))
    found = [_of_row(row) for row in parallel] + list(_of_manuals(data, pages))
    return [each for each in found if texts.isdisjoint(map(start, each.texts.values()))]


def _of_row(row: JsonRow) -> SideBySide:
    zh, en = ((str(row[f"{language}_title"]), str(row[language])) for language in ("zh", "en"))
    return SideBySide(str(row["source"]).partition(":")[0], {"zh": zh[0], "en": en[0]}, {"zh": zh[1], "en": en[1]})


def _of_manuals(data: Path, left_out: set[tuple[str, str]]) -> Iterator[SideBySide]:
    rows = {str(row["id"]): row for _, row in read_rows(data / "manuals" / "docs.jsonl.gz")}
    for name, row in rows.items():
        other = rows.get(str(row["pair"]))
        if row["lang"] != "zh" or other is None or {("manuals", name), ("manuals", str(other["id"]))} & left_out:
            continue
        ours, theirs = _parts(row, "zh"), _parts(other, "en")
        for part in zip(ours, theirs, strict=True) if len(ours) == len(theirs) else ():
            if all(len(each.text) > _SHORTEST[each.language] for each in part):
                titles = {each.language: f"{each.page} > {each.heading}".removesuffix(" > ") for each in part}
                yield SideBySide("manuals", titles, {each.language: each.text for each in part})


def _parts(row: JsonRow, language: Language) -> list[HeadedPart]:
    return list(sections(str(row["id"]), str(row["title"]), str(row["markdown"]), language))


def _site_and_page(row: JsonRow) -> tuple[str, str]:
    metadata = row["metadata"]
    site, _, page = str(metadata["source"] if isinstance(metadata, dict) else "").partition(":")
    return site, page


def start(text: str) -> str:
    """What tells a text from others, whatever its white space and marks."""
    return re.sub(r"\W+", "", text)[:60]
