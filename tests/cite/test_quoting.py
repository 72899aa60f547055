"""What an answer shows of a source."""

from __future__ import annotations

from wenyuan.cite.quoting import citation, quotable, refusal
from wenyuan.types import Decision, Mark, Source


def source(text: str, document: str = "d.md", headings: tuple[str, ...] = (), start: int = 100) -> Source:
    return Source(
        n=1, document=document, title="T", headings=headings, text=text, start=start, end=start + len(text),
        score=1.0, chunks=(1,), marks=(Mark(0, 3),),
    )  # fmt: skip


def test_headings_rules_and_fences_are_not_quoted() -> None:
    text = "# Care\n\nClean it. 每月清洗。\n\n```\n\n|---|---|\n\n***\n"
    assert [text[start:end] for start, end in quotable(source(text))] == ["Clean it.", "每月清洗。"]
    assert quotable(source("")) == []


def test_marks_of_boxes_and_images_are_not_quoted_and_rows_are_whole() -> None:
    text = ":::tip\n![](a.png) Press it. Wait.\n:::\n\n> [!NOTE]\n> Mind it.\n\n| A | B |\n|---|---|\n| It is. | 2 |\n"
    assert [text[start:end] for start, end in quotable(source(text))] == [
        "Press it.", "Wait.", "Mind it.", "| It is. | 2 |",
    ]  # fmt: skip


def test_a_citation_points_into_the_document() -> None:
    cited = citation(source("Clean it. Oil it.", headings=("Care", "Oil")), 2, 10, 17)
    assert (cited.n, cited.document, cited.page, cited.heading) == (2, "d.md", 3, "Care > Oil")
    assert (cited.start, cited.end, cited.quote) == (110, 117, "Oil it.")
    assert citation(source("Oil it."), 1, 0, 7).heading == "T"


def test_a_refusal_names_the_nearest_three_sections_once_each() -> None:
    places = [source("x", f"{n}.md", ("A", "B")) for n in (1, 1, 2, 3, 4)]
    answer = refusal("No.", "en", places, 0.2)
    assert answer.decision is Decision.ABSTAINED
    assert answer.text == "No.\nThe nearest sections:\n- 1.md › A › B\n- 2.md › A › B\n- 3.md › A › B"
    assert (answer.reason, answer.citations, answer.confidence) == ("No.", (), 0.2)
    assert "最接近的章节：" in refusal("没有。", "zh", places, 0).text
    assert refusal("没有。", "zh", [], 0).text == "没有。"
