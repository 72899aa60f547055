"""Answers where a reader network saw them: which span is quoted, widened, marked, and how sure that is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakes import word_encoder
from wenyuan.generate import DraftJudge, Extractive
from wenyuan.prompt import build_prompt
from wenyuan.types import Answer, AnswerSpan, Context, Decision, Draft, Mark, Source
from wenyuan.understand import understand

OFFSET = 1000  # where every source starts in its document

CARE = "滤芯每月清洗一次。滤芯型号是 PPR-9087。润滑油每年更换。"
RETURNS = "Goods may be sent back:\n\n- within 30 days\n- with the receipt\n- in their box\n\nWe pay the postage."


def seen(n: int, text: str, words: str, margin: float = 4.0, relevance: float = 2.0, score: float = 0.5) -> Source:
    """A source in which a reader saw these words."""
    at = OFFSET + text.index(words)
    span = AnswerSpan(at, at + len(words), margin, relevance)
    return Source(n, f"d{n}.md", f"T{n}", text, OFFSET, OFFSET + len(text), (), score, (n,), spans=(span,))


def draft(question: str, *sources: Source) -> Draft:
    return Extractive(word_encoder()).draft(build_prompt(understand(question), Context(sources, tokens=0)))


def ask(question: str, *sources: Source, confidence: float = 0.0) -> Answer:
    prompt = build_prompt(understand(question), Context(sources, tokens=0))
    return DraftJudge(confidence=confidence).judge(prompt, draft(question, *sources))


def test_the_sentence_around_the_span_is_quoted_and_the_span_marked() -> None:
    answer = ask("滤芯是什么型号？", seen(1, CARE, "PPR-9087"))
    [citation] = answer.citations
    assert citation.quote == "滤芯型号是 PPR-9087。"
    assert citation.answer is not None
    assert citation.quote[slice(*citation.answer)] == "PPR-9087"
    assert answer.decision is Decision.ANSWERED


def test_a_span_in_a_list_brings_the_whole_list_with_its_lead_in() -> None:
    [citation] = ask("What are the conditions for a return?", seen(1, RETURNS, "with the receipt")).citations
    assert citation.quote == RETURNS[: RETURNS.index("\n\nWe")]
    assert citation.answer is not None
    assert citation.quote[slice(*citation.answer)] == "with the receipt"


def test_one_passage_answers_the_one_that_is_found_and_read_as_the_best() -> None:
    weak = seen(1, CARE, "每月清洗一次", margin=1.0, relevance=-3.0, score=0.5)
    sure = seen(2, CARE.replace("9087", "9088"), "PPR-9088", relevance=4.0, score=0.4)
    found = draft("滤芯是什么型号？", weak, sure)
    assert found.citations is not None
    assert [citation.document for citation in found.citations] == ["d2.md"]
    assert [(each.document, each.quoted) for each in found.selected] == [("d2.md", True), ("d1.md", False)]
    assert found.selected[0].score > found.selected[1].score


def test_a_second_passage_that_does_about_as_well_is_quoted_too() -> None:
    one = seen(1, CARE, "PPR-9087", margin=5.0, relevance=4.0)
    other = CARE.replace("9087", "9088").replace("滤芯型号是", "另一台的型号是")
    close = seen(2, other, "PPR-9088", margin=3.0, relevance=4.0)
    far = replace(close, spans=(close.spans[0]._replace(margin=-1.0),))
    assert _documents(draft("滤芯是什么型号？", close, one)) == ["d1.md", "d2.md"]
    assert _documents(draft("滤芯是什么型号？", far, one)) == ["d1.md"]


def test_where_both_languages_say_the_same_that_of_the_question_is_quoted() -> None:
    codes = "PPR-9087 RX-2001 TK-7003 WD-4005"  # most of what an encoder of words sees
    theirs = seen(1, f"Use {codes}.", codes, margin=9.0)
    ours = seen(2, f"请使用滤芯 {codes}。", codes, margin=-3.0)
    other = seen(3, "润滑油每年更换，型号是乙。", "乙", margin=1.0)
    answer = ask("滤芯是什么型号？", theirs, ours, other)
    assert [citation.document for citation in answer.citations] == ["d2.md"]
    assert answer.confidence == ask("滤芯是什么型号？", theirs).confidence, "as sure as where it is said best"
    assert _documents(draft("What is the model of the filter?", theirs, ours)) == ["d1.md"]
    assert _documents(draft("滤芯是什么型号？", theirs, other)) == ["d1.md"], "that says something else"


def test_what_says_the_same_again_is_not_quoted_twice() -> None:
    one = seen(1, CARE, "PPR-9087", margin=5.0)
    assert _documents(draft("滤芯是什么型号？", one, seen(2, CARE, "PPR-9087", margin=4.9))) == ["d1.md"]


def _documents(found: Draft) -> list[str]:
    return [citation.document for citation in found.citations or ()]


def test_of_a_passage_the_surest_span_answers_and_what_fits_beside_it() -> None:
    first = seen(1, CARE, "每月清洗一次", margin=1.0)
    second = AnswerSpan(OFFSET + CARE.index("PPR"), OFFSET + CARE.index("PPR") + 8, 3.0, 2.0)
    both = draft("滤芯是什么型号？", replace(first, spans=(*first.spans, second)))
    assert both.citations is not None
    assert [citation.quote for citation in both.citations] == ["滤芯每月清洗一次。滤芯型号是 PPR-9087。"]
    long = CARE + "，" + "再说一句话" * 30 + "。"
    far = AnswerSpan(OFFSET + len(long) - 9, OFFSET + len(long) - 4, 0.5, 2.0)
    [alone] = draft("滤芯是什么型号？", replace(seen(1, long, "PPR-9087"), spans=(second, far))).citations or ()
    assert alone.quote == "滤芯型号是 PPR-9087。"
    close = far._replace(margin=2.5)
    [both] = draft("滤芯是什么型号？", replace(seen(1, long, "PPR-9087"), spans=(second, close))).citations or ()
    assert "再说一句话" in both.quote, "which of the two is open, so both are quoted, however long"


def test_each_side_of_a_comparison_is_quoted() -> None:
    first = seen(1, "标准版支持 5 个用户。", "5 个用户", margin=6.0)
    other = seen(2, "企业版支持 200 个用户。", "200 个用户", margin=3.0)
    third = seen(3, "社区版由志愿者维护。", "志愿者", margin=1.0)
    query = replace(understand("标准版和企业版分别支持多少用户？"), parts=("标准版支持多少用户", "企业版支持多少用户"))
    found = Extractive(word_encoder()).draft(build_prompt(query, Context((first, other, third), tokens=0)))
    assert found.citations is not None
    assert [citation.document for citation in found.citations] == ["d1.md", "d2.md"]


@pytest.mark.parametrize(
    ("question", "text", "words"), [("滤芯型号？", CARE, "PPR-9087"), ("Returns?", RETURNS, "box")]
)
def test_confidence_grows_with_the_margin_over_no_answer(question: str, text: str, words: str) -> None:
    sure = [ask(question, seen(1, text, words, margin=margin)).confidence for margin in (-30.0, -2.0, 2.0, 30.0)]
    assert sure == sorted(sure)
    assert sure[0] < 0.1
    assert sure[-1] > 0.95
    assert ask(question, seen(1, text, words, margin=-30.0), confidence=0.5).decision is Decision.ABSTAINED


def test_an_endless_margin_is_no_overflow() -> None:
    assert ask("滤芯型号？", seen(1, CARE, "PPR-9087", margin=-1e9)).confidence < 0.1


def test_sources_that_no_reader_read_are_weighed_by_sentence() -> None:
    plain = replace(seen(1, CARE, "PPR-9087"), spans=())
    [citation] = ask("滤芯的型号是什么？", plain).citations
    assert "PPR-9087" in citation.quote
    assert citation.answer is None


TABLE = "| code | price |\n| --- | --- |\n| ZL-203 | 59 |\n| ZL-204 | 68.8 |\n| ZL-205 | 72.3 |"


def test_of_a_table_the_row_that_is_asked_for_is_quoted_however_far_the_span_reaches() -> None:
    wide = seen(1, TABLE, "ZL-203 | 59 |\n| ZL-204 | 68.8 |\n| ZL-205")
    found = draft("What is the price of ZL-204?", wide)
    assert found.citations is not None
    assert [citation.quote for citation in found.citations] == ["| ZL-204 | 68.8 |"]
    assert found.text.startswith("| code | price |")
    assert [each.quoted for each in found.selected] == [True]


def test_rows_that_no_word_tells_apart_are_quoted_as_they_were_seen() -> None:
    [citation] = draft("Which is the cheapest?", seen(1, TABLE, "ZL-203 | 59")).citations or ()
    assert citation.quote == "| ZL-203 | 59 |"


def test_nothing_is_put_beside_a_row() -> None:
    first = seen(1, TABLE, "ZL-204 | 68.8")
    other = AnswerSpan(OFFSET + TABLE.index("ZL-205"), OFFSET + len(TABLE), 3.0, 2.0)
    [citation] = draft("What is the price of ZL-204?", replace(first, spans=(*first.spans, other))).citations or ()
    assert citation.quote == "| ZL-204 | 68.8 |"


def test_both_sides_of_a_comparison_may_stand_in_one_passage() -> None:
    text = "日志模式：每次改动立即写入。最多丢失一秒。\n\n快照模式：每 15 分钟写一次。丢失上次快照之后的改动。"
    first = seen(1, text, "每次改动立即写入", margin=8.0)
    second = AnswerSpan(OFFSET + text.index("每 15"), OFFSET + text.index("。丢失上次"), 4.0, 2.0)
    query = replace(understand("日志模式和快照模式有什么区别？"), parts=("日志模式有什么区别", "快照模式有什么区别"))
    both = replace(first, spans=(*first.spans, second))
    text = Extractive(word_encoder()).draft(build_prompt(query, Context((both,), tokens=0))).text
    assert "立即写入" in text
    assert "每 15 分钟" in text


def test_a_quote_is_filled_from_its_own_page_only() -> None:
    source = seen(1, CARE, "PPR-9087")
    beside = AnswerSpan(OFFSET, OFFSET + len("滤芯每月清洗一次"), -4.0, 2.0)
    whole = replace(source, spans=(*source.spans, beside))
    assert "每月清洗" in ask("滤芯是什么型号？", whole).text
    turned = replace(whole, marks=(Mark(OFFSET, page=1), Mark(OFFSET + CARE.index("滤芯型号"), page=2)))
    [citation] = ask("滤芯是什么型号？", turned).citations
    assert (citation.quote, citation.page) == ("滤芯型号是 PPR-9087。", 2)
