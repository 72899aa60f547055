"""A follow-up becomes a question that stands alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import word_encoder
from wenyuan.conversation import Rewriter, RuleRewriter
from wenyuan.errors import WrongUse
from wenyuan.types import Message

PUMP = ("PX-200 水泵的保修期是多久？", "PX-200 的保修期为两年。")
BACKUP = ("How do I back up TiDB?", "Use BR to back up a TiDB cluster.")


def talk(*turns: str) -> list[Message]:
    """Turns of the user and the assistant, one after the other."""
    return [Message("assistant" if n % 2 else "user", turn) for n, turn in enumerate(turns)]


def asked(question: str, *turns: str) -> str:
    rewriter: Rewriter = RuleRewriter(word_encoder())
    return rewriter.rewrite(question, talk(*turns)).question


@pytest.mark.parametrize(
    ("turns", "question", "standalone"),
    [
        (PUMP, "它的额定功率是多少?", "PX-200 水泵的额定功率是多少?"),
        (PUMP, "其额定功率是多少?", "PX-200 水泵的额定功率是多少?"),
        (PUMP, "这款产品有货吗?", "PX-200 水泵这款产品有货吗?"),
        (PUMP, "那PX-300呢?", "PX-300的保修期是多久?"),
        (("什么是向量检索？", "按含义查找。"), "那怎么用?", "那向量检索怎么用?"),
        (("你知道战舰少女吗", "知道"), "作者是谁", "战舰少女的作者是谁"),
        (("华南分公司在哪？", "在广州。"), "那里有停车场吗?", "广州有停车场吗?"),
        (("PX-300 风机的额定功率？", "PX-300 风机的额定功率是 900 瓦。"), "它有多重?", "PX-300 风机有多重?"),
        (("PX-300 怎么恢复出厂设置？", "长按复位键。"), "那备份呢?", "那PX-300的备份呢?"),
        # 吉他 and 其他 hold no pronoun
        (("我喜欢披头士乐队", "好的"), "我喜欢披头士乐队的吉他", "我喜欢披头士乐队的吉他"),
    ],
)
def test_a_chinese_turn_gets_what_it_leans_on(turns: Sequence[str], question: str, standalone: str) -> None:
    assert asked(question, *turns) == standalone


@pytest.mark.parametrize(
    ("turns", "question", "standalone"),
    [
        (BACKUP, "How long does it take?", "How long does TiDB cluster take?"),
        (("What is throat cancer?", "A disease."), "Is it treatable?", "Is throat cancer treatable?"),
        (("What is throat cancer?", "A disease."), "What are its symptoms?", "What are throat cancer's symptoms?"),
        (("Tell me about lavender plants.", "…"), "What are the types?", "What are the types of lavender plants?"),
        (("What is worth seeing in Tokyo?", "The towers."), "How do I get there?", "How do I get in Tokyo?"),
        (("What is a pump?", "A machine."), "Why?", "Why for pump?"),
        (("Does TiDB Operator support TiFlash?", "Yes."), "What about TiSpark?", "Does TiDB Operator support TiSpark?"),
        (("Tell me about the US Electoral College.", "…"), "Is the College legal?", None),
        (("What is Darwin's theory?", "…"), "How was it developed?", "How was Darwin's theory developed?"),
        (("How can I begin learning Norwegian?", "…"), "Is it hard?", "Is Norwegian hard?"),
        (("Describe the tanker scale. What are supertankers?", "…"), "How big are they?", "How big are supertankers?"),
        (("What is throat cancer?", "…"), "What are the types of lung disease?", None),
        (("What is throat cancer?", "…"), "What other factors matter?", "What other factors matter of throat cancer?"),
        (("What is yoga?", "…"), "Compare oak trees and pine trees.", None),
    ],
)
def test_an_english_turn_gets_what_it_leans_on(turns: Sequence[str], question: str, standalone: str | None) -> None:
    assert asked(question, *turns) == (standalone or question)


def test_traditional_characters_stay_as_they_are_written() -> None:
    assert asked("它的額定功率是多少?", "PX-200 水泵的保固期是多久？", "兩年。") == "PX-200 水泵的額定功率是多少?"


@pytest.mark.parametrize(
    ("turns", "question", "standalone"),
    [
        (("What is TiDB Dashboard?", "A web UI."), "它有哪些优点?", "TiDB Dashboard有哪些优点?"),
        (("什么是 TiDB Dashboard？", "一个网页界面。"), "Is it free?", "Is TiDB Dashboard free?"),
    ],
)
def test_a_turn_may_lean_on_one_in_the_other_language(turns: Sequence[str], question: str, standalone: str) -> None:
    assert asked(question, *turns) == standalone


@pytest.mark.parametrize(
    "question",
    [
        "TiKV 的副本数怎么设置?",
        "How do I resize a PVC on EKS?",
        "What is Rock City, and why is it famous?",
        "What is ketosis?",
    ],
)
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    for turns in (PUMP, BACKUP):
        standalone = RuleRewriter(word_encoder()).rewrite(question, talk(*turns))
        assert (standalone.question, standalone.context) == (question, "")


def test_where_two_topics_fit_about_as_well_none_is_put_in() -> None:
    turns = ("买什么好？", "可以买打印机，也可以买复印机，还可以买扫描仪。")
    assert asked("它比打印机好吗?", *turns) == "它比打印机好吗?"


def test_the_topic_stays_while_the_user_asks_on_and_changes_with_a_new_one() -> None:
    turns = [*BACKUP, "Is it safe?", "Yes.", "Tell me about lung cancer.", "A disease."]
    assert asked("Can it be fixed?", *turns[:4]) == "Can TiDB cluster be fixed?"
    assert asked("Can it be cured?", *turns) == "Can lung cancer be cured?"


def test_the_users_turns_are_searched_with_a_question_that_leans_on_them() -> None:
    standalone = RuleRewriter(word_encoder()).rewrite("它支持加密吗?", talk(*PUMP, "报价也发我。", "好。"))
    assert standalone.context == "PX-200 水泵的保修期是多久?\n报价也发我。"


@pytest.mark.parametrize(
    "question", ["那 TiDB 要停机吗?", "说回 TiDB,要停机吗?", "So must TiDB be stopped for that long?"]
)
def test_a_question_that_says_it_goes_on_is_searched_with_what_was_said(question: str) -> None:
    standalone = RuleRewriter(word_encoder()).rewrite(question, talk("怎么升级?", "滚动升级。"))
    assert standalone.context == "怎么升级?"


@pytest.mark.parametrize("history", [[], [Message("system", "PX-200")], [Message("user", " \u200b")]])
def test_a_history_that_says_nothing_changes_nothing(history: list[Message]) -> None:
    standalone = RuleRewriter(word_encoder()).rewrite("它的　功率？", history)
    assert (standalone.question, standalone.context) == ("它的 功率?", "")


def test_a_history_of_assistant_turns_only_may_name_the_topic() -> None:
    history = [Message("assistant", "PX-200 水泵的保修期为两年。")]
    standalone = RuleRewriter(word_encoder()).rewrite("它的功率?", history)
    assert (standalone.question, standalone.context) == ("PX-200 水泵的功率?", "")


def test_an_unknown_role_is_wrong_use() -> None:
    history = [Message("user", "x"), Message("robot", "y")]  # type: ignore[arg-type]
    with pytest.raises(WrongUse, match=r'Turn 2 .* the role "robot"'):
        RuleRewriter(word_encoder()).rewrite("它?", history)


def test_of_a_huge_history_only_a_little_is_read() -> None:
    history = talk(*[f"第{n}个，" + "水泵的保修期" * 2000 for n in range(100)])
    assert sum(len(message.content) for message in history) > 1_000_000
    standalone = RuleRewriter(word_encoder()).rewrite("它的功率?", history)
    assert len(standalone.context) <= 5 * 401
    assert len(standalone.question) < 1000


@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=4))
def test_any_text_gives_a_question(question: str, turns: list[str]) -> None:
    rewriter = RuleRewriter(word_encoder())
    standalone = rewriter.rewrite(question, talk(*turns))
    assert standalone == rewriter.rewrite(question, talk(*turns))
    assert bool(standalone.question) == bool(rewriter.rewrite(question, []).question)


@pytest.mark.parametrize("question", ["what about " + "?" * 64_000 + "x", "那" + "？" * 64_000 + "呢a"])
@pytest.mark.timeout(60)
def test_a_hostile_question_takes_no_time_and_stays(question):
    assert len(asked(question, *PUMP)) == len(question)


@pytest.mark.parametrize("question", ["谢谢", "Thanks!", "你好", "exit", "再见"])
def test_a_courtesy_leans_on_nothing(question: str) -> None:
    standalone = RuleRewriter(word_encoder()).rewrite(question, talk(*PUMP))
    assert (standalone.question, standalone.context) == (question, "")


@pytest.mark.parametrize(
    ("question", "standalone"),
    [
        ("谢谢，那保修多久？", "那PX-200 水泵保修多久?"),
        ("OK, thanks. 它有多重？", "PX-200 水泵有多重?"),
        ("好的,额定功率呢?谢谢", "PX-200 水泵的额定功率呢?"),
    ],
)
def test_courtesies_around_a_question_are_left_out(question: str, standalone: str) -> None:
    assert asked(question, *PUMP) == standalone
    assert asked(question, *PUMP, "谢谢！", "不客气。", "你好", "你好！") == standalone


def test_what_was_asked_in_vain_is_no_topic() -> None:
    rewriter = RuleRewriter(word_encoder(), says_nothing=lambda text: text.startswith("资料中没有"))
    said = talk(*PUMP, "火星有几颗卫星？", "资料中没有足够的依据来回答这个问题。\n最接近的章节：\n- 泵.md")
    standalone = rewriter.rewrite("它有多重?", said)
    assert (standalone.question, standalone.context) == ("PX-200 水泵有多重?", "PX-200 水泵的保修期是多久?")
    assert rewriter.rewrite("它有多重?", said[2:]).question == "它有多重?"


@pytest.mark.parametrize(
    ("turns", "question"),
    [
        (("年假有几天？", "年假八天。"), "婚假几天?"),
        (("年假有几天？", "年假八天。"), "那婚假呢?"),
        (("How long are daily backups kept?", "For 14 days."), "Are monthly backups encrypted?"),
        (("How is annual leave booked?", "In the portal."), "Who approves sick leave?"),
    ],
)
def test_a_thing_of_the_topics_kind_takes_its_place(turns: Sequence[str], question: str) -> None:
    assert asked(question, *turns) == question


def test_a_topic_that_is_only_guessed_is_told_with_what_the_turn_names() -> None:
    rewriter = RuleRewriter(word_encoder())
    guess = rewriter.rewrite("What is the maximum severance pay?", talk("What are backups?", "Copies.")).guess
    assert guess is not None
    assert (guess.topic, guess.typed) == ("backups", "What is the maximum severance pay?")
    assert "sever" in guess.named
    assert rewriter.rewrite("Are they safe?", talk("What are backups?", "Copies.")).guess is None
