"""What a section says in a few of its own sentences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import word_encoder
from wenyuan.chunk import chunk
from wenyuan.summarise import READ, SENTENCES, central, sections_of
from wenyuan.types import Document

ENCODER = word_encoder()
MANUAL = """# Pump

## Care

Clean the filter of the pump every month. The filter of the pump is washed. Gold is yellow.
The pump has a filter. 清洗滤芯。清洗滤芯。

## Warranty

Two years.
"""


def cut(text: str, size: int = 16):
    return chunk(Document("a.md", "Manual", text, "md", "0", 0.0), ENCODER.count_tokens, size=size, overlap=0)


def test_sections_cover_the_chunks_and_name_what_they_share() -> None:
    chunks = cut(MANUAL)
    found = sections_of(chunks, MANUAL)
    assert [n for section in found for n in section.part] == list(range(len(chunks)))
    assert found[0].place.startswith("Manual")
    assert "Care" not in found[0].place, "its chunks stand under several headings"
    assert found[0].sentences.count("清洗滤芯。") <= 1
    assert not any(line.startswith("#") for line in found[0].sentences)


def test_a_section_under_one_heading_is_named_by_it() -> None:
    text = "# Pump\n\n## Care\n\nClean the filter every month."
    [section] = sections_of(cut(text, 64), text)
    assert section.place == "Manual / Pump / Care"
    assert (
        section.summary(ENCODER.encode_passages(section.sentences)) == f"{section.place}\nClean the filter every month."
    )


def test_the_sentences_that_most_others_are_near_to_are_chosen_in_their_order() -> None:
    said = [
        "pump filter cleaning",
        "gold is yellow",
        "the pump filter",
        "filter of a pump",
        "cleaning a pump filter",
        "x y",
    ]
    chosen = central(ENCODER.encode_passages(said), 3)
    assert chosen == sorted(chosen)
    assert not {1, 5} & set(chosen)


@pytest.mark.parametrize("n", [0, 1, SENTENCES])
def test_few_sentences_are_all_taken(n: int) -> None:
    assert central(np.eye(4, dtype=np.float32)[:n], SENTENCES) == list(range(n))


def test_sentences_all_alike_are_taken_from_the_first() -> None:
    assert central(np.ones((6, 4), np.float32) / 2, 3) == [0, 1, 2]


def test_no_chunks_and_no_sentences() -> None:
    assert sections_of([], "") == []
    [section] = sections_of(cut("ok"), "ok")
    assert section.sentences == ()
    assert section.summary(np.empty((0, 96), np.float32)) == "Manual"


def test_of_a_long_section_sentences_at_even_distances_are_read() -> None:
    text = " ".join(f"This is sentence number {n}." for n in range(1000))
    [section] = sections_of(cut(text, 4000), text)
    assert len(section.sentences) == READ
    assert section.sentences[0] != section.sentences[1]
    assert "9" in section.sentences[-1]


@given(st.text(max_size=300))
def test_any_text_has_sections_and_summaries(text: str) -> None:
    for section in sections_of(cut(text), text):
        summary = section.summary(ENCODER.encode_passages(section.sentences))
        assert summary.count("\n") >= min(SENTENCES, len(section.sentences))
