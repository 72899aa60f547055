"""As much as a reader needs around the words that answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.cite.widening import far_header, is_header, left_out, together, widened
from wenyuan.text.blocks import units
from wenyuan.types import Source
from wenyuan.understand import understand


def source(text: str, header: str = "") -> Source:
    return Source(1, "d.md", "T", text, 100, 100 + len(text), ("Care",), 1.0, (1,), header=header)


def quoted(text: str, found: str, question: str, header: str = "") -> list[str]:
    start = text.index(found)
    spans = widened(source(text, header), start, start + len(found), understand(question))
    assert spans == sorted(spans)
    return [text[slice(*span)] for span in spans]


LIST = "Open all day. Please bring these things:\n\n* your passport\n* bank details\n* sturdy shoes\n\nLunch is free."
LIMITS = (
    "**最低要求如下：**\n\n* 处理器：2 核；\n* 内存：6 GB；\n* 磁盘：12 GB。\n\n"
    "**推荐配置如下：**\n\n* 处理器：4 核；\n* 内存：16 GB。"
)
TABLE = "Tighten it.\n\n| Joint | Torque |\n| --- | --- |\n| eye | 210 |\n| clamp | 86 |\n| hinge | 23 |\n\nDone."
HELP = "To list them, run:\n\n```bash\nostler queue --failed\n```\n\nIt is tried again every ten minutes."


def test_a_sentence_comes_whole_and_alone() -> None:
    text = "It was built so. When mains returns within an hour, cooking goes on. Then the light blinks."
    assert quoted(text, "an hour", "How long?") == ["When mains returns within an hour, cooking goes on."]
    assert quoted("流量大，适合清水；启动前须灌满水。另选。", "灌满", "怎样启动？") == [
        "流量大，适合清水；启动前须灌满水。"
    ]
    assert quoted("可以。每隔四分钟核对一次。", "可以", "断网能开门吗？") == ["可以。每隔四分钟核对一次。"]
    assert quoted("Q: May I?\nA: Yes, you may do so.", "you may", "May I?") == ["Yes, you may do so."]


def test_a_list_comes_whole_with_the_sentence_that_leads_to_it() -> None:
    whole = LIST[LIST.index("Please") : LIST.index("\n\nLunch")]
    for found in ("bank details", "Please bring these", "your passport\n* bank"):
        assert quoted(LIST, found, "What do I have to bring?") == [whole]
    assert quoted(LIST, "Lunch is free", "Is lunch free?") == ["Lunch is free."]


def test_one_item_comes_with_its_lead_in() -> None:
    assert quoted(LIMITS, "6 GB", "至少需要多少内存？") == ["**最低要求如下：**", "* 内存：6 GB；"]
    assert quoted(LIMITS, "16 GB", "推荐的内存是多大？") == ["**推荐配置如下：**", "* 内存：16 GB。"]


def test_an_item_of_an_item_comes_with_the_one_above() -> None:
    text = "Editions:\n\n- Works:\n  - 60 seats\n  - 750 GB\n- Starter:\n  - 5 seats\n  - 40 GB"
    assert quoted(text, "40 GB", "How much storage has Starter?") == ["Editions:", "- Starter:", "- 40 GB"]


def test_a_long_list_is_cut_and_says_so() -> None:
    text = "The steps:\n\n" + "\n".join(f"{n}. Do step {n}" for n in range(1, 21))
    asked = understand("How is it done?")
    spans = widened(source(text), text.index("Do step 2"), text.index("Do step 2") + 9, asked)
    assert [text[slice(*span)] for span in spans] == [text[: text.index("\n9.")]]
    assert left_out(source(text), spans) == 12
    far = widened(source(text), text.index("Do step 15"), text.index("Do step 15") + 10, asked)
    assert [text[slice(*span)] for span in far] == ["The steps:", "15. Do step 15"]
    assert left_out(source(text), far) == 0
    assert left_out(source(LIST), [(0, len(LIST))]) == 0


def test_a_row_comes_with_its_header() -> None:
    assert quoted(TABLE, "23", "What torque?") == ["| Joint | Torque |\n| --- | --- |", "| hinge | 23 |"]
    assert quoted(TABLE, "210", "What torque?") == ["| Joint | Torque |\n| --- | --- |", "| eye | 210 |"]
    assert is_header(source(TABLE), (TABLE.index("| Joint"), TABLE.index("\n| eye")))
    assert not is_header(source(TABLE), (TABLE.index("| eye"), TABLE.index("\n| clamp")))
    captioned = TABLE.replace("Tighten it.", "Table 3. Torques")
    assert quoted(captioned, "23", "What torque?")[0].startswith("Table 3. Torques\n\n| Joint")


def test_the_header_of_a_row_may_stand_elsewhere() -> None:
    header, text = "| Joint | Torque |\n| --- | --- |", "| clamp | 86 |\n| hinge | 23 |"
    assert quoted(text, "23", "What torque?", header) == ["| hinge | 23 |"]
    assert far_header(source(text, header), text.index("| hinge")) == header
    assert far_header(source(TABLE, header), TABLE.index("| hinge")) == ""
    assert far_header(source("A sentence.", "Q: why?"), 0) == ""


@pytest.mark.parametrize("header", ["| 问题 | 答案 |\n| --- | --- |", "| id | Question | Answer |\n|---|---|---|"])
def test_of_a_row_with_a_question_the_answer_is_quoted(header: str) -> None:
    first = "| " if "id" not in header else "| 7 | "
    rows = f"{first}怎么取消？ | 三十分钟内可以取消。 |\n{first}能开票吗？ | 只开电子发票。 |"
    assert quoted(rows, "怎么取消", "怎么取消订单", header) == ["三十分钟内可以取消。"]
    assert quoted(f"{header}\n{rows}", "电子", "能开发票吗") == ["只开电子发票。"]
    assert far_header(source(rows, header), 0) == ""


def test_lines_of_a_form_come_with_what_they_are_about() -> None:
    text = (
        "WILLOW & SONS\nCordless drill 18 V\nDRL-7731 1 @ 129.90\nLoyalty discount -13.00\nTOTAL 324.01\n"
        "RETURNS\nWithin 45 days\nKeep this slip dry, it fades in the sun"
    )
    assert quoted(text, "129.90", "What does the cordless drill cost?") == ["Cordless drill 18 V\nDRL-7731 1 @ 129.90"]
    assert quoted(text, "324.01", "What is the total?") == ["TOTAL 324.01"]
    assert quoted(text, "RETURNS", "Until when are returns possible?") == ["RETURNS\nWithin 45 days"]


def test_code_comes_whole_with_what_leads_to_it_where_the_question_asks_for_it() -> None:
    whole = HELP[: HELP.index("\n\nIt is")]
    assert quoted(HELP, "ostler queue", "Which command lists them?") == [whole]
    assert quoted(HELP, "To list them", "How are they listed?") == [whole]
    assert quoted(HELP, "To list them", "What is listed?") == ["To list them, run:"]


def test_of_long_code_whole_lines_come() -> None:
    lines = [f"key_{n}: {n}" for n in range(40)]
    text = "Set:\n\n```yaml\n" + "\n".join(lines) + "\ncurl -X \\\n  --data x\n```"
    assert quoted(text, "key_30", "Which setting?") == ["Set:", "key_30: 30"]
    assert quoted(text, "--data", "Which setting?")[-1] == "curl -X \\\n  --data x"


def test_marks_are_not_quoted() -> None:
    text = '!!! note ""\n    照片支持下列存储：\n\n    - 青鸟盘\n    - 海螺云\n\n> [!TIP]\n> ![](a.png) Press it. Wait.'
    assert quoted(text, "海螺云", "支持哪些存储？") == ["照片支持下列存储：\n\n    - 青鸟盘\n    - 海螺云"]
    assert quoted(text, "Press", "What to press?") == ["Press it."]


def test_a_very_long_sentence_is_cut_at_its_commas() -> None:
    text = ", ".join(f"the part number {n} is red" for n in range(60)) + "."
    [quote] = quoted(text, "number 30", "Which part?")
    assert "number 30" in quote
    assert len(quote) <= 400


def test_what_meets_is_one_passage_and_rows_share_their_header() -> None:
    made, asked = source(TABLE), understand("What torque?")
    rows = [widened(made, TABLE.index(found), TABLE.index(found) + 1, asked) for found in ("eye", "hinge")]
    [passage] = together(made, rows)
    assert [TABLE[slice(*span)] for span in passage] == [
        "| Joint | Torque |\n| --- | --- |", "| eye | 210 |", "| hinge | 23 |",
    ]  # fmt: skip
    assert together(source("One. Two. Three."), [[(0, 4)], [(5, 9)]]) == [[(0, 9)]]
    assert together(source("One. Two. Three."), [[(0, 4)], [(10, 16)]]) == [[(0, 4)], [(10, 16)]]


TEXT = st.text(st.sampled_from("ab。. \n|-`#>*1:：!?<[]()\\ 的问答案"), min_size=1, max_size=80)


@given(TEXT, st.integers(0, 80), st.integers(0, 80), st.sampled_from(["How?", "哪些？", "多少a？"]))
def test_spans_of_any_text_are_in_order_and_disjoint(text: str, start: int, end: int, question: str) -> None:
    made = source(text, "| 问题 | 答案 |")
    last = 0
    spans = widened(made, min(start, end), max(start, end), understand(question))
    for left, right in spans:
        assert last <= left < right <= len(text)
        assert text[left:right].strip()
        last = right
    assert left_out(made, spans) >= 0


def test_an_item_that_goes_on_behind_code_is_no_list_to_count() -> None:
    text = "* 创建角色\n\n```shell\nkubectl create -f rbac.yaml\n```\n\n> 如果命名空间不是 default，请先执行。\n"
    cut = Source(1, "d", "T", text, 0, len(text), (), 1.0, (1,))
    for unit in units(text):
        assert left_out(cut, [(unit.start, unit.end)]) == 0
