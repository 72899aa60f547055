"""A turn that points at items of a list."""

from __future__ import annotations

import time

import pytest

from fakes import word_encoder
from wenyuan.conversation import RuleRewriter
from wenyuan.conversation.picks import picked
from wenyuan.types import Message

TOOLS = Message("assistant", "有三种备份工具：BR、Dumpling 和 TiCDC。")
PUMPS = Message("user", "PX-200 和 PX-300 哪个好？")
PLANS = Message("assistant", "We have the basic plan, the pro plan and the enterprise plan.")
TWO = Message("assistant", "You can use BR or Dumpling.")
OK = Message("assistant", "看需求")


@pytest.mark.parametrize(
    ("turn", "said", "standalone"),
    [
        ("第一个怎么用？", TOOLS, "BR怎么用？"),
        ("第二种支持压缩吗", TOOLS, "Dumpling支持压缩吗"),
        ("其中第三个呢？", TOOLS, "TiCDC呢？"),
        ("最后一个呢？", TOOLS, "TiCDC呢？"),
        ("这三个有什么区别？", TOOLS, "BR、Dumpling和TiCDC有什么区别？"),
        ("後者的價格？", PUMPS, "PX-300的價格？"),
        ("前者多重？", PUMPS, "PX-200多重？"),
        ("它们俩功率一样吗", PUMPS, "PX-200和PX-300功率一样吗"),
        ("它们有什么区别", PUMPS, "PX-200和PX-300有什么区别"),
        ("两者之间怎么选", PUMPS, "PX-200和PX-300怎么选"),
        ("How much is the second one?", PLANS, "How much is pro plan?"),
        ("What does the first cost?", PLANS, "What does basic plan cost?"),
        ("Tell me about the last option.", PLANS, "Tell me about enterprise plan."),
        ("What is the former for?", TWO, "What is BR for?"),
        ("What is the latter for?", TWO, "What is Dumpling for?"),
        ("Are both of them free?", TWO, "Are BR and Dumpling free?"),
        ("Do both support compression?", TWO, "Do BR and Dumpling support compression?"),
        ("Which of these two is faster?", TWO, "Which of BR and Dumpling is faster?"),
        ("What is the difference between them?", TWO, "What is the difference between BR and Dumpling?"),
        ("How do they differ?", PLANS, "How do basic plan, pro plan and enterprise plan differ?"),
    ],
)
def test_the_items_take_the_place_of_what_points_at_them(turn: str, said: Message, standalone: str) -> None:
    assert picked(turn, [Message("user", "Hello"), said]) == standalone
    assert RuleRewriter(word_encoder()).rewrite(turn, [Message("user", "Hello"), said]).question == (
        standalone.replace("？", "?")
    )


@pytest.mark.parametrize(
    ("turn", "said"),
    [
        ("这两个有什么区别？", TOOLS),  # there are three
        ("后者的价格？", TOOLS),
        ("the fourth one?", PLANS),
        ("What was the first computer?", PLANS),
        ("第二次怎么办", TOOLS),
        ("第二台服务器怎么加", TOOLS),
        ("这三个月的价格", TOOLS),
        ("Are both A and B free?", TWO),
        ("How much is the second one?", OK),
    ],
)
def test_what_points_at_no_item_of_the_list(turn: str, said: Message) -> None:
    assert picked(turn, [said]) is None


def test_the_latest_list_counts_and_an_old_one_is_forgotten() -> None:
    assert picked("第一个怎么用？", [TOOLS, PUMPS, OK]) == "PX-200怎么用？"
    assert picked("第一个怎么用？", [TOOLS, OK, OK, OK, OK]) is None
    assert picked("第三个怎么用？", [TOOLS, PUMPS, OK]) == "TiCDC怎么用？", "the later list has no third"


def test_the_other_one_is_the_one_not_spoken_of_since() -> None:
    turns = [PUMPS, OK, Message("user", "PX-200 多少钱"), Message("assistant", "900")]
    assert picked("另一个呢", turns) == "PX-300呢"
    assert picked("另一个呢", [PUMPS, OK]) is None
    talk = [TWO, Message("user", "Is BR fast?"), Message("assistant", "Yes.")]
    assert picked("And the other one?", talk) == "And Dumpling?"


def test_the_question_is_searched_with_the_users_turns() -> None:
    alone = RuleRewriter(word_encoder()).rewrite("后者的价格？", [PUMPS, OK])
    assert alone.question == "PX-300的价格?"
    assert alone.context == "PX-200 和 PX-300 哪个好?"


@pytest.mark.parametrize("part", ["both ", "difference ", "它们", "第一个", "the first ", "they ", "这两"])
def test_a_hostile_turn_takes_no_time(part: str) -> None:
    started = time.process_time()
    picked(part * (64_000 // len(part)), [Message("user", part * (64_000 // len(part)))] * 12)
    assert time.process_time() - started < 10  # quadratic, it would be minutes
