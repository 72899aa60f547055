"""Questions from documents: which headings ask, what is left out, and that a person's review is heard."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from wenyuan.errors import SourceError, WrongUse
from wenyuan.evaluate import read_judgements
from wenyuan.evaluate.make import Page, Question, make_questions, write_questions

ANSWER = "Turn the valve to the left until it clicks, and wait for a minute before you go on. "
ZH = "把阀门向左旋转直到听见响声，然后等待一分钟再继续操作。"


def page(text: str, name: str = "docs/a.md", title: str = "Pump PX-200") -> Page:
    return Page(name, title, text)


def texts(*pages: Page, kind: str = "", limit: int = 200) -> list[str]:
    return sorted(each.text for each in make_questions(pages, limit) if not kind or each.kind == kind)


def test_a_heading_that_asks_and_one_that_names_its_topic() -> None:
    made = make_questions(
        [page(f"# Pump PX-200\n\n## How do I open it?\n\n{ANSWER}\n\n## Opening the valve\n\n{ANSWER}")]
    )
    assert {each.kind: each.text for each in made if each.kind != "cloze"} == {
        "faq": "How do I open it?",
        "heading": "Opening the valve",
    }
    assert all(each.documents == ("docs/a.md",) and each.quote.startswith("Turn the valve") for each in made)


@pytest.mark.parametrize(
    "heading",
    [
        "Overview",
        "1. Overview",
        "概述",
        "第一章 概述",
        "Frequently asked questions",
        "Notes",
        "Pump PX-200",
        "3.2",
        "目录",
    ],
)
def test_headings_that_say_nothing_do_not_ask(heading: str) -> None:
    assert texts(page(f"## {heading}\n\n{ANSWER}{ZH}"), kind="heading") == []


def test_a_heading_without_text_below_it_does_not_ask() -> None:
    assert texts(page("## Opening the valve\n\nSee below.")) == []


@pytest.mark.parametrize(
    ("heading", "question"),
    [
        ("3.2 Opening the `main_valve`", "Opening the main_valve"),
        ("第二章 阀门的打开与关闭", "阀门的打开与关闭"),
        ("二、阀门的打开与关闭", "阀门的打开与关闭"),
        ("2024 年阀门维修记录", "2024 年阀门维修记录"),
        ("3D printing of valves", "3D printing of valves"),
        ("**Opening** the [valve](v.md)", "Opening the valve"),
        ("保修", "水泵手册 保修"),
    ],
)
def test_numbers_and_markup_go_and_short_headings_get_their_title(heading: str, question: str) -> None:
    assert texts(page(f"## {heading}\n\n{ANSWER}{ZH}", title="水泵手册"), kind="heading") == [question]


def test_a_heading_of_several_documents_names_each() -> None:
    pages = [page(f"## Opening the valve\n\n{ANSWER}", f"{name}.md", name) for name in ("Pump", "Generator set")]
    assert texts(*pages, kind="heading") == ["Generator set Opening the valve", "Pump Opening the valve"]


def test_a_question_of_several_documents_is_answered_by_each() -> None:
    pages = [page(f"## How do I open it?\n\n{ANSWER}", f"{name}.md", name) for name in ("a", "b")]
    [made] = make_questions(pages)
    assert made.documents == ("a.md", "b.md")


def test_marked_questions_and_tables_of_questions() -> None:
    marked = page(
        "# 常见问题\n\n问：滤芯多久更换一次？\n\n答：每运行 500 小时更换一次。\n\n**保修期有多长？**\n\n整机保修三年。",
        "f.md",
        "常见问题",
    )
    assert texts(marked, kind="faq") == ["保修期有多长？", "滤芯多久更换一次？"]
    quotes = {each.text: each.quote for each in make_questions([marked])}
    assert quotes["滤芯多久更换一次？"] == "每运行 500 小时更换一次。"
    rows = "| 1 | 怎样清洗滤网？ | 用清水冲洗。 |\n| 2 | 噪声大怎么办？ | 检查底座。 |\n"
    table = f"| 编号 | 问题 | 答案 |\n| --- | --- | --- |\n{rows}"
    assert texts(page(table), kind="faq") == ["噪声大怎么办？", "怎样清洗滤网？"]
    assert texts(page("| 型号 | 重量 |\n| --- | --- |\n| PX | 3 kg |\n")) == []


def test_a_sentence_asks_for_its_rarest_word() -> None:
    common = "The manual tells how the valve of the machine is opened by hand. "
    pages = [page(common, f"{n}.md", f"Page {n}") for n in range(30)]
    pages.append(page(f"{common}The gasket PPR-9087 must be lubricated with silicone every winter.", "own.md", "Own"))
    made = [each for each in make_questions(pages) if each.kind == "cloze"]
    assert [each.documents for each in made] == [("own.md",)], "what thirty pages say is not distinctive"
    assert made[0].text.count("____") == 1
    assert made[0].quote == "The gasket PPR-9087 must be lubricated with silicone every winter."
    assert made[0].text.split("____")[0] in made[0].quote


@pytest.mark.parametrize(
    "sentence",
    [
        "It must be lubricated with silicone grease every winter.",
        "该部件每年冬天必须使用硅脂进行润滑保养。",
        "The gasket is lubricated, see <b>silicone</b> grease in winter.",
        "The gasket must be lubricated with silicone grease every winter",
    ],
)
def test_no_cloze_of_what_points_back_or_is_no_prose(sentence: str) -> None:
    assert texts(page(sentence), kind="cloze") == []


def test_chinese_cloze_keeps_its_punctuation() -> None:
    [asked] = texts(page("垫圈每年冬天必须使用硅脂润滑，否则水泵会漏水。"), kind="cloze")
    assert asked.endswith("。")
    assert "，" in asked
    assert "____" in asked


def test_no_two_questions_are_nearly_the_same_and_a_limit_spreads_over_documents() -> None:
    near = [
        page(f"## How do I open the valve of the pump{end}\n\n{ANSWER}", f"{n}.md") for n, end in enumerate(("?", " ?"))
    ]
    assert len(texts(*near, kind="faq")) == 1
    topics = ["steel rollers", "glass windows", "copper wires", "wooden crates", "paper filters", "rubber boots"]
    body = "".join(f"## Cleaning of {topic}\n\n{ANSWER}\n\n" for topic in topics)
    small = page(f"## Charging of batteries\n\n{ANSWER}", "small.md", "Small")
    made = make_questions([page(body, "large.md", "Large"), small], limit=4)
    assert len(made) == 4
    assert any(each.documents == ("small.md",) for each in made)
    assert made == make_questions([page(body, "large.md", "Large"), small], limit=4)
    assert make_questions([page(body, "large.md", "Large"), small], limit=2) == made[:2]


def questions() -> list[Question]:
    return [
        Question("How do I open it?", "faq", ("docs/a.md", "docs/b.md"), ANSWER),
        Question("水泵手册 保修", "heading", ("docs/泵.md",), ZH),
        Question("Opening the valve", "heading", ("docs/a.md",), ANSWER),
    ]


def test_the_set_has_the_layout_of_beir(tmp_path: Path) -> None:
    write_questions(tmp_path / "set", questions())
    rows = [json.loads(line) for line in (tmp_path / "set" / "queries.jsonl").read_text("utf-8").splitlines()]
    assert rows[1] == {"_id": questions()[1].id, "text": "水泵手册 保修", "kind": "heading", "language": "zh"}
    judged = read_judgements(tmp_path / "set")
    assert list(judged.queries.values()) == [each.text for each in questions()]
    assert [tuple(grades) for grades in judged.qrels.values()] == [each.documents for each in questions()]


@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-8-sig", ","), ("gb18030", ","), ("utf-8", ";")])
def test_a_review_has_the_last_word(encoding: str, delimiter: str, tmp_path: Path) -> None:
    write_questions(tmp_path, questions())
    review = tmp_path / "review.csv"
    with review.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[1]["keep"] = "no"  # docs/b.md does not answer
    rows[2]["question"] = "水泵的保修期有多长？"
    rows[3]["keep"] = "否"
    with review.open("w", encoding=encoding, newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        table.writeheader()
        table.writerows(rows)
    judged = read_judgements(tmp_path)
    assert sorted(judged.queries.values()) == ["How do I open it?", "水泵的保修期有多长？"]
    assert sorted(map(tuple, judged.qrels.values())) == [("docs/a.md",), ("docs/泵.md",)]
    assert list(judged.queries) == list(judged.qrels)


def test_a_review_that_cannot_be_understood_is_named_by_its_line(tmp_path: Path) -> None:
    write_questions(tmp_path, questions())
    review = tmp_path / "review.csv"
    text = review.read_text("utf-8-sig")
    review.write_text(text.replace("yes,水泵", "perhaps,水泵"), "utf-8")
    with pytest.raises(SourceError, match=r"review\.csv, line 4: keep is 'perhaps'"):
        read_judgements(tmp_path)
    review.write_text(text.replace("keep,", "retain,"), "utf-8")
    with pytest.raises(SourceError, match="'keep' is missing"):
        read_judgements(tmp_path)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "review.csv").write_text("mine")
    with pytest.raises(WrongUse, match="not empty"):
        write_questions(tmp_path, questions())
    assert (tmp_path / "review.csv").read_text() == "mine"
    with pytest.raises(WrongUse, match="cannot be written"):
        write_questions(tmp_path / "review.csv" / "below", questions())
