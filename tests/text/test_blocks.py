"""What a stretch of text is made of."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wenyuan.text.blocks import cells, units


def read(text: str) -> list[tuple[str, str]]:
    return [(unit.kind, text[unit.start : unit.end]) for unit in units(text)]


def test_prose_lists_tables_and_code_are_told_apart() -> None:
    text = (
        "# Care\n\nClean it. Then dry it:\n\n- soap\n- water\n  that is warm\n\nDone.\n\n"
        "| Part | Size |\n|---|---|\n| bolt | M8 |\n\n```sh\nmake all\n```\n"
    )
    assert read(text) == [
        ("sentence", "Clean it."), ("sentence", "Then dry it:"), ("item", "- soap"),
        ("item", "- water\n  that is warm"), ("sentence", "Done."), ("row", "| bolt | M8 |"),
        ("code", "```sh\nmake all\n```"),
    ]  # fmt: skip
    row = next(unit for unit in units(text) if unit.kind == "row")
    assert row.header
    assert text[slice(*row.header)] == "| Part | Size |\n|---|---|"
    above = [unit.above for unit in units(text)]
    assert above == [("Care",)] * 2 + [("Care", "Then dry it:")] * 2 + [("Care",)] * 3


def test_a_list_goes_on_over_blank_lines_and_ends_where_text_is_not_indented() -> None:
    text = "1. Stop\n\n2. Go\n\n   Slowly.\n   - step by step\n\nText.\n\n1. Anew"
    blocks = [unit.block for unit in units(text)]
    assert blocks[:4] == [blocks[0]] * 4
    assert len({*blocks}) == 3
    assert [unit.marked for unit in units(text)[:4]] == [True, True, False, True]


def test_a_list_ends_where_a_line_that_is_no_wrapped_text_follows_and_where_numbers_start_anew() -> None:
    text = "1. 切葱\n2. 切椒\n牛肉的预处理\n1. 放盐\n1. 又一份"
    assert [kind for kind, _ in read(text)] == ["item", "item", "sentence", "item", "item"]
    assert len({unit.block for unit in units(text)}) == 4
    wrapped = "- This item is so long that it was wrapped by whoever wrote it down in\nthe end."
    assert read(wrapped) == [("item", wrapped)]


def test_a_row_without_a_header_in_sight_is_a_row() -> None:
    assert read("| a | b |\n| c | d |") == [("row", "| a | b |"), ("row", "| c | d |")]
    assert read("a | b\n--|--\n1 | 2\n\nText.") == [("row", "1 | 2"), ("sentence", "Text.")]


def test_lines_of_a_form_are_units_and_wrapped_prose_is_not() -> None:
    receipt = (
        "WILLOW & SONS\n12 Canal Row\nDrill 18 V\n1 @ 129.90\nTOTAL 324.01\nKeep this slip dry and come again soon"
    )
    assert [kind for kind, _ in read(receipt)] == ["line"] * 6
    prose = "The whole state is written every 15 minutes and start takes a few\nseconds as long as nothing else\nruns."
    assert [kind for kind, _ in read(prose)] == ["sentence"]
    assert read("型号：B2\n电压：220 V") == [("line", "型号：B2"), ("line", "电压：220 V")]
    wrapped = (
        "机内留有最近两千条授权记录的副本并每隔四分钟与服务\n器核对一次核对不上时以副本为准并且最长维持七十二小\n时。"
    )
    assert [kind for kind, _ in read(wrapped)] == ["sentence"]


def test_boxes_and_tabs_are_no_text_but_say_what_their_text_is_about() -> None:
    text = (
        '=== "Linux"\n    !!! note ""\n        **Install it**\n\n'
        '        ```sh\n        add it\n        ```\n\n=== "Mac"\n    Drag it.'
    )
    assert [(kind, said.split("\n")[0]) for kind, said in read(text)] == [
        ("sentence", "**Install it**"), ("code", "```sh"), ("sentence", "Drag it."),
    ]  # fmt: skip
    assert [unit.above for unit in units(text)] == [("Linux",), ("Linux", "Install it"), ("Mac",)]
    assert read("> [!NOTE]\n> Files are deleted. Nobody is told.") == [
        ("sentence", "Files are deleted."), ("sentence", "Nobody is told."),
    ]  # fmt: skip
    assert read(":::tip\n![](a.png)\n\nPress it.\n:::") == [("sentence", "Press it.")]


def test_indented_text_is_text_and_indented_code_is_code() -> None:
    assert read("Intro.\n\n    照片较多时请用压缩包分享。") == [
        ("sentence", "Intro."),
        ("sentence", "照片较多时请用压缩包分享。"),
    ]
    assert read("Intro.\n\n    x = f(1);\n    return x;")[1][0] == "code"


def test_a_lead_in_is_over_the_next_block_only() -> None:
    text = "Run this:\n\n```sh\nrun it\n```\n\nIt takes a minute.\n\n**Costs**\n\nNone.\n\nReally none."
    assert [unit.above for unit in units(text)] == [(), ("Run this:",), (), (), ("Costs",), ("Costs",)]


def test_cells_of_a_row_are_trimmed() -> None:
    for row in ("| a | b\\|c |  |", " a | b\\|c | "):
        assert [row[start:end] for start, end in cells(row)][:2] == ["a", "b\\|c"]
    assert len(cells("| a | b |")) == len(cells("a | b")) == 2


def test_a_text_that_begins_or_ends_inside_a_fence() -> None:
    assert read("listen: 7\nport: 8\n```\n\nRestart it.\n\n```sh\nrun it\n```")[1:] == [
        ("sentence", "Restart it."), ("code", "```sh\nrun it\n```"),
    ]  # fmt: skip
    assert read("Run:\n\n```sh\nrun it") == [("sentence", "Run:"), ("code", "```sh\nrun it")]


@given(st.text(st.sampled_from("ab。. \n|-`#>*1:!?<[]() 的"), max_size=80))
def test_units_of_any_text_are_in_order_disjoint_and_not_blank(text: str) -> None:
    last = 0
    for unit in units(text):
        assert last <= unit.start < unit.end <= len(text)
        assert text[unit.start : unit.end].strip()
        last = unit.end
