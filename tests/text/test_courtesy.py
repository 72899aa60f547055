"""Turns that ask nothing, and questions without their greeting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.text.courtesy import courtesy, without_courtesy

THANKS = [
    *(
        "谢谢",
        "非常感谢！",
        "谢谢你的帮助🙏",
        "OK谢谢",
        "好的，谢谢啦~",
        "3Q",
        "謝謝您",
        "多謝",
        "感谢您的耐心解答",
        "辛苦了",
    ),
    *("不用了，谢谢", "谢谢，没有其他问题了", "谢谢你帮我找到这个文件", "🙏", "明白了，非常感谢！"),
    *("Thank you", "THANKS A LOT!!", "thx", "ok, thanks so much :)", "thanksss", "Thanks for your help!", "No thanks"),
    *(
        "Thanks for the tip about the seals",
        "Perfect, that works. Thank you!",
        "Much appreciated",
        "Thank you, Wenyuan",
    ),
]
GREETINGS = [
    *(
        "你好",
        "您好！",
        "你好呀👋",
        "早上好",
        "晚上好！",
        "大家好",
        "在吗？",
        "有人吗？？",
        "哈喽",
        "妳好",
        "您好，请问在吗",
        "👋",
    ),
    *(
        "hi",
        "Hello!",
        "HEY there",
        "hellooo",
        "Good morning, everyone!",
        "How are you?",
        "Hi, nice to meet you",
        "祝大家新年快乐",
    ),
]
GOODBYES = [
    *(
        "再见",
        "再見！",
        "拜拜啦",
        "好的，拜拜",
        "谢谢，再见",
        "晚安",
        "退出",
        "退出。",
        "结束对话",
        "下次再聊",
        "祝您周末愉快",
    ),
    *(
        "bye",
        "Goodbye!",
        "See you later",
        "exit",
        "EXIT",
        "quit",
        ":q",
        "Thanks, bye!",
        "Have a lovely weekend!",
        "ok, good night",
    ),
]
ACKNOWLEDGEMENTS = [
    *(
        "好的",
        "嗯嗯",
        "知道了。",
        "明白",
        "收到！",
        "原来如此",
        "原來如此",
        "没有其他问题了",
        "哈哈哈",
        "太好了",
        "没事了",
        "👍",
    ),
    *(
        "ok",
        "Okay.",
        "Got it!",
        "I see",
        "makes sense",
        "Great!",
        "That's all for now",
        "never mind",
        "no problem",
        "😀",
    ),
]
QUESTIONS = [
    *(
        "谢谢，那保修多久？",
        "你好，怎么重置",
        "感谢信怎么写",
        "感谢信模板",
        "谢谢参与活动的规则",
        "再见夏天",
        "退出登录怎么操作",
    ),
    *(
        "早餐几点",
        "收到货后多久退款",
        "可以介绍一下",
        "可以退货",
        "好的标准是什么",
        "行程",
        "支持吗",
        "对吗",
        "然后呢",
        "客服电话",
        "那呢",
    ),
    *(
        "Hi, how do I reset it?",
        "thank you letter template",
        "hello world",
        "exit code 3",
        "exit the program",
        "clear the cache",
    ),
    *(
        "quit smoking",
        "right of return",
        "ok?",
        "and then?",
        "thanks to whom?",
        "Thanks for what?",
        "help",
        "more",
        "the answer",
        "why",
    ),
    *("good morning America", "greetings policy", "PX-200", "404", "?", "...", "🔥", "😀🔥", "", " "),
]


@pytest.mark.parametrize(
    ("turn", "kind"),
    [
        *((turn, "thanks") for turn in THANKS),
        *((turn, "greeting") for turn in GREETINGS),
        *((turn, "goodbye") for turn in GOODBYES),
        *((turn, "acknowledgement") for turn in ACKNOWLEDGEMENTS),
        *((turn, None) for turn in QUESTIONS),
    ],
)
def test_a_turn_of_courtesies_alone_asks_nothing(turn: str, kind: str | None) -> None:
    assert courtesy(turn) == kind


@pytest.mark.parametrize(
    ("turn", "asked"),
    [
        ("Hi, how do I reset it?", "how do I reset it?"),
        ("hi how long is the warranty", "how long is the warranty"),
        ("Thanks! And for dental?", "And for dental?"),
        ("thanks, and for the weekly ones?", "and for the weekly ones?"),
        ("Good morning, everyone. How are the seals stored?", "How are the seals stored?"),
        ("How do I reset it? Thanks!", "How do I reset it?"),
        ("Great, thanks. Is it waterproof? bye", "Is it waterproof?"),
        ("谢谢，那保修多久？", "那保修多久？"),
        ("你好请问保修多久", "保修多久"),
        ("你好 水泵怎么除垢", "水泵怎么除垢"),
        ("好的，那保修多久？", "那保修多久？"),
        ("謝謝,那保固多久?", "那保固多久?"),
        ("告诉我保修期，谢谢", "告诉我保修期"),
        ("您好，我想问一下年假有几天？谢谢！", "我想问一下年假有几天？"),
    ],
)
def test_a_question_loses_the_courtesies_around_it(turn: str, asked: str) -> None:
    assert without_courtesy(turn) == asked


@pytest.mark.parametrize(
    "turn",
    [
        *("Hello, world program in C", "hello world", "clear the cache", "exit, then restart?", "right, left or both?"),
        *(
            "How do you say thanks?",
            "谢谢两个字怎么写",
            "退出 登录",
            "行 列转换",
            "你好",
            "Thanks",
            "yes, no or maybe?",
            "",
        ),
    ],
)
def test_what_only_looks_like_a_courtesy_stays(turn: str) -> None:
    assert without_courtesy(turn) == turn


@given(st.text(max_size=80))
def test_what_is_left_is_a_part_of_the_turn(turn: str) -> None:
    left = without_courtesy(turn)
    assert left in turn
    assert bool(left) == bool(turn)


@pytest.mark.parametrize("turn", ["thanks, " * 100_000 + "why?", "好" * 500_000, "thanks for " + "a " * 200_000 + "!"])
@pytest.mark.timeout(20)
def test_a_hostile_turn_takes_no_time(turn: str) -> None:
    assert courtesy(turn) is None
    assert len(without_courtesy(turn)) > 400_000
