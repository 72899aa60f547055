"""The chunk stage through its one function: every rule by example, every promise as a property."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wenyuan.chunk import chunk, chunk_id
from wenyuan.errors import WrongUse
from wenyuan.types import Chunk, Document, Mark

if TYPE_CHECKING:
    from collections.abc import Sequence


def count_characters(texts: Sequence[str]) -> list[int]:
    return [len(text) for text in texts]


def count_words(texts: Sequence[str]) -> list[int]:
    return [len(re.findall(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+|[^\w\s]", text)) for text in texts]


def document(text: str, title: str = "Guide", id_: str = "guide.md", marks: tuple[Mark, ...] = ()) -> Document:
    return Document(id=id_, title=title, text=text, type="md", content_hash="0", time=0.0, marks=marks)


def cut(text: str, size: int = 64, overlap: int = 0, **named: str) -> list[Chunk]:
    return chunk(document(text, **named), count_words, size=size, overlap=overlap)


def words(n: int, mark: str = "w") -> str:
    return " ".join(f"{mark}{i}" for i in range(n))


def test_an_empty_document_has_no_chunks() -> None:
    assert cut("") == []
    assert cut(" \n\n\t") == []


@pytest.mark.parametrize(("size", "overlap"), [(0, 1), (15, 1), (64, -1)])
def test_a_size_that_cannot_work_is_refused(size: int, overlap: int) -> None:
    with pytest.raises(WrongUse, match="size"):
        cut("text", size=size, overlap=overlap)


def test_headings_part_chunks_and_make_their_path() -> None:
    text = "intro\n\n# 安装 {#install}\n## Steps for [pip](x.md)\nrun it\n\nSetext\n------\nmore\n\n# End #\nbye"
    assert [(made.headings, made.text) for made in cut(text)] == [
        ((), "intro"),
        (("安装", "Steps for pip"), "run it"),
        (("安装", "Setext"), "more"),
        (("End",), "bye"),
    ]


def test_a_hash_in_a_code_fence_is_no_heading() -> None:
    made = cut("# A\n```sh\n# comment\nls\n```\nafter")
    assert [(part.headings, part.text) for part in made] == [(("A",), "```sh\n# comment\nls\n```\nafter")]


def test_headings_with_nothing_below_become_text() -> None:
    assert [(part.headings, part.text) for part in cut("# A\n## B\n## C\n## D\ntext\n# E")] == [
        (("A",), "## B\n## C"),
        (("A", "D"), "text"),
        ((), "# E"),
    ]


def test_a_line_too_long_for_a_heading_is_text() -> None:
    text = "# " + "字" * 300 + "\n\nbody"
    made = cut(text, size=512)
    assert [(part.headings, part.text) for part in made] == [((), text)]


def test_a_long_path_loses_its_outer_headings() -> None:
    text = "".join("#" * level + f" {level}" + "长" * 100 + "\n" for level in (1, 2, 3)) + "body"
    assert [heading[0] for heading in cut(text)[0].headings] == ["2", "3"]


def test_a_long_table_is_cut_between_rows_and_repeats_its_header() -> None:
    header = "| code | name |\n|------|:----:|"
    rows = [f"| PPR-{i} | part {i} |" for i in range(30)]
    made = cut("The parts:\n" + header + "\n" + "\n".join(rows) + "\n\nend")
    assert len(made) > 3
    assert made[0].text.startswith("The parts:\n" + header)
    assert made[0].header == ""
    assert all(part.header == header for part in made[1:])
    assert all(part.kind == "table" for part in made)
    lines = [line for part in made for line in part.text.splitlines()]
    assert [line for line in lines if line.startswith("| PPR")] == rows
    assert all(max(count_words([part.header + "\n" + part.text])) <= 64 for part in made)


def test_a_row_longer_than_the_size_stays_whole() -> None:
    long = f"| {words(100)} | x |"
    made = cut(f"| a | b |\n|---|---|\n| 1 | 2 |\n{long}\n| 3 | 4 |")
    assert [part.text for part in made] == ["| a | b |\n|---|---|\n| 1 | 2 |", long, "| 3 | 4 |"]


def test_prose_right_below_a_table_is_no_row() -> None:
    made = cut("| a |\n|---|\n| 1 |\n" + "One more sentence stands here. " * 20)
    assert len(made) > 2
    assert made[-1].kind == "text"
    assert made[-1].header == ""


def test_a_header_too_long_to_repeat_is_shortened() -> None:
    header = "| " + " | ".join(f"column{i}" for i in range(40)) + " |\n" + "|---" * 40 + "|"
    made = cut(header + "\n| 1 |\n| 2 |\n" + "| 3 |\n" * 30)
    assert made[1].header
    assert header.startswith(made[1].header)
    assert count_words([made[1].header])[0] <= 40


def test_an_html_table_is_cut_between_rows() -> None:
    rows = "".join(f"<tr><td>{i}</td>\n<td>{words(5)}</td></tr>\n" for i in range(20))
    made = cut(f"<table>\n<tr><th>n</th><th>x</th></tr>\n{rows}</table>", size=100)
    assert len(made) > 2
    assert all(part.text.startswith("<tr") and part.header.endswith("</th></tr>") for part in made[1:])


def test_list_items_stay_whole_where_they_fit() -> None:
    items = [f"- item {i}: {words(20)}\n  - below {words(10)}\n\n  more of {i}" for i in range(6)]
    made = cut("\n".join(items))
    assert "\n".join(part.text for part in made) == "\n".join(items)
    assert all(part.text.startswith("- item") and part.kind == "list" for part in made)


def test_a_fence_stays_whole_where_it_fits_and_is_cut_at_lines_where_not() -> None:
    fence = "```\n" + "\n".join(f"line {i} of code" for i in range(8)) + "\n```"
    made = cut(f"Before. {words(40)}\n\n{fence}\n")
    assert made[-1].text == fence
    assert made[-1].kind == "code"
    longer = "```\n" + "\n".join(f"line {i} of code" for i in range(40)) + "\n```"
    parts = cut(longer)
    assert len(parts) > 2
    assert [line for part in parts for line in part.text.splitlines()] == longer.splitlines()


@pytest.mark.parametrize("sentence", ["第{}句话讲的是别的事，请看。", "Sentence {} says something else. "])
def test_a_long_paragraph_is_cut_at_sentences_and_overlaps_by_them(sentence: str) -> None:
    each = [sentence.format(i).strip() for i in range(20)]
    plain = cut("".join(sentence.format(i) for i in range(20)))
    assert all(part.text.endswith(each[0][-1]) for part in plain)
    made = cut("".join(sentence.format(i) for i in range(20)), overlap=1)
    assert len(made) > 2
    for before, after in itertools.pairwise(made):
        last = next(one for one in reversed(each) if before.text.endswith(one))
        assert after.text.startswith(last)
        assert after.start < before.end


def test_no_overlap_over_a_heading_nor_of_long_sentences() -> None:
    made = cut(f"# A\nOne. Two.\n# B\n{words(50)}. {words(50)}.", overlap=2)
    assert all(before.end <= after.start for before, after in itertools.pairwise(made))


def test_a_sentence_longer_than_a_chunk_is_cut_at_clauses() -> None:
    made = cut("，".join("甲乙丙丁戊己庚辛壬癸" for _ in range(30)) + "。")
    assert len(made) >= 5
    assert all(part.text.endswith(("，", "。")) for part in made)
    assert "".join(part.text for part in made).count("甲") == 30


def test_without_any_mark_it_is_cut_between_clusters() -> None:
    family = "👩\u200d👩\u200d👧"
    for unit in ("e\u0301", family, "👍🏽"):
        made = chunk(document(unit * 200), count_characters, size=17, overlap=0)
        assert len(made) > 20
        assert all(part.text == unit * (len(part.text) // len(unit)) for part in made)


def test_places_come_from_the_marks() -> None:
    marks = (Mark(0, page=1), Mark(10, page=2, sheet="S", row=7))
    made = chunk(document("# A\nabcde\n# B\nfgh", marks=marks), count_words)
    assert [(part.page, part.sheet, part.row) for part in made] == [(1, None, None), (2, "S", 7)]
    assert cut("abc")[0].page is None


def test_windows_line_ends_are_understood() -> None:
    made = cut("# A\r\n\r\n| a | b |\r\n|---|---|\r\n| 1 | 2 |\r\n\r\n# B\r\ntext\r\n")
    assert [(part.headings, part.kind) for part in made] == [(("A",), "table"), (("B",), "text")]


# --- questions and answers -----------------------------------------------------------------------------------------

PLAIN = "# 其他\n\n## {}\n答案一。\n\n## {}\n答案二。\n\n## {}\n答案三。"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (PLAIN.format("升级", "备份", "恢复"), {"title": "TiDB 常见问题"}),
        (PLAIN.format("升级", "备份", "恢复"), {"id_": "docs/upgrade-faq.md"}),
        (PLAIN.format("如何升级", "支持备份吗？", "为什么恢复慢"), {}),
        (PLAIN.format("How do I upgrade", "Can it restore", "And backups?"), {}),
    ],
)
def test_each_question_heading_of_a_faq_page_is_one_chunk(text: str, named: dict[str, str]) -> None:
    made = cut(text, **named)
    assert [(part.kind, part.text) for part in made] == [("faq", "答案一。"), ("faq", "答案二。"), ("faq", "答案三。")]
    assert all(part.headings[-1] in part.encoded for part in made)


def test_other_pages_are_no_faq() -> None:
    assert {part.kind for part in cut(PLAIN.format("升级", "如何备份", "恢复"))} == {"text"}


@pytest.mark.parametrize(
    "text",
    [
        "Q: What is it?\nA: A store.\n\nQ: Is it fast?\nA: Yes.\n\nVery.",
        "Q: What is it?\nA: A store.\nQ: Is it fast?\nA: Yes.\nVery.",
        "**Q1: What is it?**\n\nA store.\n\n**Q2: Is it fast?**\n\nYes.\n\nVery.",
        "- 问：它是什么？\n  答：一个库。\n- 问：快吗？\n  答：快。",
        "问：它是什么？\n答：一个库。\n\n问：快吗？\n答：快。",
    ],
)
def test_marked_questions_stand_with_their_answers(text: str) -> None:
    made = cut(text)
    assert [part.kind for part in made] == ["faq", "faq"]
    assert "".join(part.text for part in made).replace("\n", "") == text.replace("\n", "")
    assert re.match(r"\W*(Q|问)", made[1].text)


def test_bold_questions_count_on_faq_pages_only() -> None:
    text = "**快吗？**\n\n快。\n\n**稳吗？**\n\n稳。"
    assert [part.text for part in cut(text, title="FAQ")] == ["**快吗？**\n\n快。", "**稳吗？**\n\n稳。"]
    assert len(cut(text)) == 1


def test_every_part_of_a_long_answer_is_read_with_its_question() -> None:
    made = cut("Q: How long is it?\n\nA: " + " ".join(f"Answer number {i} is here." for i in range(40)))
    assert len(made) > 2
    assert all("How long is it?" in part.encoded and part.kind == "faq" for part in made)


# --- ids -----------------------------------------------------------------------------------------------------------


def test_ids_keep_when_neighbours_change() -> None:
    before = {part.text: part.id for part in cut("# A\none\n# B\ntwo\n# C\nthree")}
    after = {part.text: part.id for part in cut("# New\nzero\n# A\nonce\n# B\ntwo\n# C\nthree")}
    assert after["two"] == before["two"]
    assert after["three"] == before["three"]


def test_equal_chunks_of_a_document_have_their_own_ids() -> None:
    made = cut("# A\nsame\n# A\nsame\n# A\nsame")
    assert len({part.id for part in made}) == 3


def test_an_id_depends_on_all_it_is_made_of() -> None:
    ids = {
        chunk_id(*parts) for parts in [("d", "t", "c", 0), ("e", "t", "c", 0), ("d", "tc", "", 0), ("d", "t", "c", 1)]
    }
    assert len(ids) == 4
    assert all(0 <= one < 2**63 for one in ids)
    assert chunk_id("d", "\ud800", "", 0) == chunk_id("d", "\ud800", "", 0)


# --- properties ----------------------------------------------------------------------------------------------------

HEADINGS = ("# One\n", "## 二\n", "### How?\n", "#\n", "Title\n===\n", "---\n")
QUESTIONS = ("Q: why?\n", "问：何？\n", "**bold?**\n")
BLOCKS = ("> quote ", "- item ", "1. first ", "  - deep ", "```py\ncode = 1\n```\n", "```\n", "<div>\n", "    in\n")
TABLES = ("| a | b |\n|---|---|\n", "| 1 | 2 |\n", "<tr><td>", "[x]: http://y\n")
PROSE = ("A sentence. ", "一句话。", "短，句；", "word ", "e\u0301", "long" * 10, "\n", "\n\n", "\r\n", "\t", "\x0c")
PIECES = st.sampled_from([*HEADINGS, *QUESTIONS, *BLOCKS, *TABLES, *PROSE])
TEXTS = st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=200)


def bare(line: str) -> str:
    return re.sub(r"[#=*\s-]", "", line)


@settings(max_examples=400, deadline=None)
@given(TEXTS, st.integers(16, 60), st.integers(0, 3), st.sampled_from(["Guide", "FAQ"]))
@example("# One\n\x0c```\n---\n", 16, 0, "Guide")
@example("# One\n##\n", 16, 0, "Guide")
def test_what_every_chunk_of_any_document_promises(text: str, size: int, overlap: int, title: str) -> None:
    made = chunk(document(text, title=title), count_characters, size=size, overlap=overlap)
    covered = [False] * len(text)
    for i, part in enumerate(made):
        assert part.ordinal == i
        assert part.text == text[part.start : part.end]
        assert part.text == part.text.strip() != ""
        assert len(part.header) + len(part.text) <= size or re.search(r"\||<tr", part.text)  # a row
        covered[part.start : part.end] = [True] * len(part.text)
    for before, after in itertools.pairwise(made):
        assert before.start < after.start
        assert before.end < after.end
        assert max(0, before.end - after.start) <= size // 4
        if not overlap:
            assert before.end <= after.start
    assert len({part.id for part in made}) == len(made)
    encoded = "\n".join(bare(part.encoded) for part in made)
    missing = "".join(" " if seen else character for seen, character in zip(covered, text, strict=True))
    for line in missing.split("\n"):
        assert bare(line) in encoded  # only heading lines are not in a text; they are in a path


@given(TEXTS)
def test_cutting_is_deterministic(text: str) -> None:
    assert chunk(document(text), count_words) == chunk(document(text), count_words)


@pytest.mark.parametrize(
    "unit", ["x", "中。", "*", "> ", "- a\n", "|-", "a | b\n-|-\n", "Q: a?\n", "# a\n", "\u0301", "```\n", "[a]: b\n"]
)
def test_tokenising_stays_linear(unit: str) -> None:
    read = 0

    def count(texts: Sequence[str]) -> list[int]:
        nonlocal read
        read += sum(map(len, texts))
        return [len(text) // 4 + 1 for text in texts]

    text = unit * (100_000 // len(unit))
    chunk(document(text), count)
    assert read <= 4 * len(text)


@pytest.mark.slow
def test_five_megabytes_are_cut() -> None:
    page = (
        "# 标题 {0}\n\n"
        + "第一句话。Second.\n" * 5
        + "\n- a\n- b\n\n| x | y |\n|---|---|\n"
        + "| {0} | 2 |\n" * 10
        + "\n"
    )
    text = "".join(page.format(i) for i in range(22_000))
    assert len(text) > 5_000_000
    assert len(chunk(document(text), count_words)) == 22_000
