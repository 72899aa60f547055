"""Sub-questions of comparisons, and questions that have none."""

from __future__ import annotations

import pytest

from wenyuan.understand import understand
from wenyuan.understand.parts import parts


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("标准版和企业版有什么区别?", ("标准版", "企业版")),
        ("标准版和企业版的价格区别", ("标准版 价格", "企业版 价格")),
        ("X100与X200相比在续航方面有什么不同", ("X100 续航", "X200 续航")),
        ("顺丰和京东哪个更快?", ("顺丰 更快", "京东 更快")),
        ("对比 MySQL 和 PostgreSQL 的性能", ("MySQL 性能", "PostgreSQL 性能")),
        ("What is the difference between plan A and plan B?", ("plan A", "plan B")),
        (
            "What are the differences in price between the basic plan and the pro plan?",
            ("the basic plan price", "the pro plan price"),
        ),
        ("Compare PPR-9087 with PPR-9090 in terms of weight", ("PPR-9087 weight", "PPR-9090 weight")),
        ("MySQL vs PostgreSQL for analytics", ("MySQL analytics", "PostgreSQL analytics")),
        (
            "Were Scott Derrickson and Ed Wood of the same nationality?",
            ("Scott Derrickson of the same nationality", "Ed Wood of the same nationality"),
        ),
        (
            "Which is cheaper Basic Plan or Pro Plan?",
            ("Basic Plan Which is cheaper", "Pro Plan Which is cheaper"),
        ),
        (
            "Which magazine was started first, Arthur's Magazine or First for Women?",
            ("Arthur's Magazine Which magazine was started first", "First for Women Which magazine was started first"),
        ),
    ],
)
def test_what_is_compared_is_asked_of_each(question, expected):
    assert parts(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "怎么重置密码",
        "用户名和密码忘了怎么办",
        "安装和卸载的步骤",
        "How do I install and configure the agent?",
        "Terms and conditions",
        "和谁联系",
        "",
    ],
)
def test_what_asks_of_one_thing_has_no_parts(question):
    assert parts(question) == ()


@pytest.mark.parametrize(
    "question",
    [
        "Is x or " + "A" * 64_000,
        "Which one is it " + "A b " * 9_000,
        "a and " * 9_000,
        "标准版和" * 9_000,
        'who is "' + '"' * 999,
    ],
)
@pytest.mark.timeout(60)
def test_a_hostile_question_takes_no_time(question):
    assert understand(question, named=lambda _: ["d"]).parts == ()
