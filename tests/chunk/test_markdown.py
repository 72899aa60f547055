"""Which parts Markdown's headings, tables, lists and fences make of a document."""

from __future__ import annotations

import pytest

from cutting import chunks_of, count_words, words


def test_headings_part_chunks_and_make_their_path() -> None:
    text = "intro\n\n# 安装 {#install}\n## Steps for [pip](x.md)\nrun it\n\nSetext\n------\nmore\n\n# End #\nbye"
    assert [(made.headings, made.text) for made in chunks_of(text)] == [
        ((), "intro"),
        (("安装", "Steps for pip"), "run it"),
        (("安装", "Setext"), "more"),
        (("End",), "bye"),
    ]


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("**Bold** and *slanted* `code()`", "Bold and slanted code()"),
        ("[`EXPLAIN`](explain.md) and ![the *logo*](logo.png) {#explain}", "EXPLAIN and the logo"),
        ('Since <span class="v">v7.5</span>', "Since v7.5"),
        ("Vec<T> and snake_case_names", "Vec<T> and snake_case_names"),
        (r"\*args and Q&amp;A", "*args and Q&A"),
        ("A sentence. ```", "A sentence. ```"),
        ("2 ** 3", "2 ** 3"),
    ],
)
@pytest.mark.parametrize("form", ["# {}\ntext", "## {} ##\ntext", "{}\n---\ntext"])
def test_a_title_is_what_a_reader_of_the_heading_sees(form: str, heading: str, title: str) -> None:
    assert [part.headings for part in chunks_of(form.format(heading))] == [(title,)]


def test_a_hash_in_a_code_fence_is_no_heading() -> None:
    made = chunks_of("# A\n```sh\n# comment\nls\n```\nafter")
    assert [(part.headings, part.text) for part in made] == [(("A",), "```sh\n# comment\nls\n```\nafter")]


def test_headings_with_nothing_below_become_text() -> None:
    assert [(part.headings, part.text) for part in chunks_of("# A\n## B\n## C\n## D\ntext\n# E")] == [
        (("A",), "## B\n## C"),
        (("A", "D"), "text"),
        ((), "# E"),
    ]


def test_a_line_too_long_for_a_heading_is_text() -> None:
    text = "# " + "字" * 300 + "\n\nbody"
    made = chunks_of(text, size=512)
    assert [(part.headings, part.text) for part in made] == [((), text)]


def test_a_long_table_is_cut_between_rows_and_repeats_its_header() -> None:
    header = "| code | name |\n|------|:----:|"
    rows = [f"| PPR-{i} | part {i} |" for i in range(30)]
    made = chunks_of("The parts:\n" + header + "\n" + "\n".join(rows) + "\n\nend")
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
    made = chunks_of(f"| a | b |\n|---|---|\n| 1 | 2 |\n{long}\n| 3 | 4 |")
    assert [part.text for part in made] == ["| a | b |\n|---|---|\n| 1 | 2 |", long, "| 3 | 4 |"]


def test_prose_right_below_a_table_is_no_row() -> None:
    made = chunks_of("| a |\n|---|\n| 1 |\n" + "One more sentence stands here. " * 20)
    assert len(made) > 2
    assert made[-1].kind == "text"
    assert made[-1].header == ""


def test_an_html_table_is_cut_between_rows() -> None:
    rows = "".join(f"<tr><td>{i}</td>\n<td>{words(5)}</td></tr>\n" for i in range(20))
    made = chunks_of(f"<table>\n<tr><th>n</th><th>x</th></tr>\n{rows}</table>", size=100)
    assert len(made) > 2
    assert all(part.text.startswith("<tr") and part.header.endswith("</th></tr>") for part in made[1:])


def test_list_items_stay_whole_where_they_fit() -> None:
    items = [f"- item {i}: {words(20)}\n  - below {words(10)}\n\n  more of {i}" for i in range(6)]
    made = chunks_of("\n".join(items))
    assert "\n".join(part.text for part in made) == "\n".join(items)
    assert all(part.text.startswith("- item") and part.kind == "list" for part in made)


def test_a_fence_stays_whole_where_it_fits_and_is_cut_at_lines_where_not() -> None:
    fence = "```\n" + "\n".join(f"line {i} of code" for i in range(8)) + "\n```"
    made = chunks_of(f"Before. {words(40)}\n\n{fence}\n")
    assert made[-1].text == fence
    assert made[-1].kind == "code"
    longer = "```\n" + "\n".join(f"line {i} of code" for i in range(40)) + "\n```"
    parts = chunks_of(longer)
    assert len(parts) > 2
    assert [line for part in parts for line in part.text.splitlines()] == longer.splitlines()


def test_windows_line_ends_are_understood() -> None:
    made = chunks_of("# A\r\n\r\n| a | b |\r\n|---|---|\r\n| 1 | 2 |\r\n\r\n# B\r\ntext\r\n")
    assert [(part.headings, part.kind) for part in made] == [(("A",), "table"), (("B",), "text")]
