"""What answers is chosen by meaning and words, by the headings above it and by the score of its source."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakes import word_encoder
from wenyuan.generate.selection import Evidence, evidence_of, selected
from wenyuan.types import Source
from wenyuan.understand import understand


def source(n: int, text: str, *headings: str, score: float = 1.0, header: str = "") -> Source:
    return Source(n, f"d{n}.md", f"T{n}", text, 0, len(text), headings, score, (n,), header=header)


def weighed(question: str, *sources: Source) -> Evidence:
    evidence = evidence_of(understand(question), sources, word_encoder())
    assert evidence
    return evidence


def chosen(question: str, *sources: Source, limit: int = 4) -> list[str]:
    found = selected(understand(question), weighed(question, *sources), limit)
    return [each.source.text[each.start : each.end] for each in found]


def test_the_text_below_a_heading_that_is_the_question_answers() -> None:
    below = source(1, "Every 260 cups.", "Descaling interval")
    other = source(2, "Put descaling powder in. Descaling has no fixed interval.", "Rinsing", score=0.9)
    assert chosen("What is the descaling interval?", below, other) == ["Every 260 cups."]


def test_the_better_source_answers_where_sentences_are_alike() -> None:
    first, second = source(1, "The skeg drops.", score=0.4), source(2, "The skeg drops.", score=0.9)
    [found] = selected(understand("skeg"), weighed("skeg", first, second), 4)
    assert found.source is second


def test_a_list_is_weighed_as_one_where_the_question_is_for_it() -> None:
    text = "Restoring takes time. It reads disks:\n\n- Kelp\n- Heron\n\nOne account each."
    texts = [each.text for each in weighed("Which disks are read?", source(1, text)).candidates]
    assert "- Kelp\n- Heron" in texts
    assert "- Kelp" not in texts
    assert chosen("When is Heron read?", source(1, text)) == ["- Heron"]


def test_code_answers_where_it_is_asked_for_or_named() -> None:
    text = "Messages wait in line.\n\n```sh\nostler queue --failed\n```"
    assert "ostler queue" in chosen("Which command shows the queue?", source(1, text))[0]
    assert "ostler queue" in chosen("What is ostler?", source(1, text))[0]
    assert chosen("What messages?", source(1, text)) == ["Messages wait in line."]


def test_a_row_is_read_with_the_titles_of_its_columns() -> None:
    rows = source(1, "| eye | 210 |\n| hinge | 23 |", header="| Joint | Torque |\n|---|---|")
    assert chosen("What torque does the hinge need?", rows) == ["| hinge | 23 |"]
    assert "Joint: hinge; Torque: 23" in {each.text for each in weighed("torque", rows).candidates}


def test_the_lines_of_a_form_are_weighed_one_by_one() -> None:
    slip = source(1, "WILLOW\nDrill\n1 @ 129.90\nTOTAL 324.01\nRETURNS\nWithin 45 days")
    assert chosen("What is the total?", slip) == ["TOTAL 324.01"]
    assert chosen("Are returns possible?", slip) == ["RETURNS\nWithin 45 days"]


def test_both_sides_of_a_comparison_are_chosen_each_from_its_own_section() -> None:
    sides = [
        source(1, "The company pays for both of them.", "Cost"),
        source(2, "It pays 65 %.", "Short cover", score=0.9),
        source(3, "It pays 55 %.", "Long cover", score=0.3),
    ]
    found = chosen("What is the difference between short cover and long cover?", *sides)
    assert {"It pays 65 %.", "It pays 55 %."} <= set(found)
    assert len(weighed("What is the difference between short cover and long cover?", *sides).sides) == 2


def test_few_units_of_few_sources_are_encoded() -> None:
    encoder = word_encoder()
    sources = [source(n, " ".join(f"The pump number {i} of {n} is red." for i in range(40))) for n in range(1, 9)]
    assert evidence_of(understand("Is the pump red?"), sources, encoder)
    assert len(encoder.passages) == 2 * 16  # type: ignore[attr-defined]
    weak = [sources[0], *(replace(each, score=0.1) for each in sources[1:])]
    assert {each.source.n for each in weighed("red", *weak).candidates} == {1}


def test_a_quote_stays_short() -> None:
    text = " ".join(f"The pump number {i} is red and stands in hall {i} of the works." for i in range(9))
    assert 1 < len(chosen("Is the pump red?", source(1, text), limit=9)) < 5
    assert len(chosen("Is the pump red?", source(1, text), limit=1)) == 1


@pytest.mark.parametrize("text", ["", "# Heading", ":::note\n:::", "![](a.png)"])
def test_nothing_to_quote_is_no_evidence(text: str) -> None:
    assert evidence_of(understand("heading"), [source(1, text)], word_encoder()) is None
