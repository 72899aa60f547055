"""What a question wants is told by its words."""

from __future__ import annotations

import pytest

from wenyuan.cite.wanted import (
    asks_for_all,
    asks_for_code,
    asks_for_command,
    asks_for_one,
    asks_for_price,
    asks_for_things,
    asks_how,
)
from wenyuan.understand import understand


@pytest.mark.parametrize(
    "question",
    [
        "支持哪些网盘？",
        "报销要什么材料？",
        "有什么限制？",
        "What do I have to bring?",
        "Which databases are supported?",
    ],
)
def test_things(question: str) -> None:
    assert asks_for_things(understand(question))
    assert asks_for_all(understand(question))


@pytest.mark.parametrize(
    "question", ["保修多久？", "能送到村里吗？", "How many seats are there?", "When does it open?"]
)
def test_one_of_them(question: str) -> None:
    assert asks_for_one(understand(question))
    assert not asks_for_all(understand(question))


@pytest.mark.parametrize("question", ["怎么更换电池？", "报销流程", "How is the pump cleaned?"])
def test_a_way_to_do_something(question: str) -> None:
    query = understand(question)
    assert asks_how(query)
    assert asks_for_all(query)
    assert asks_for_code(query)
    assert not asks_for_command(query)


@pytest.mark.parametrize("question", ["备份用什么命令？", "Which command lists the queue?", "Where is the config?"])
def test_a_command(question: str) -> None:
    assert asks_for_command(understand(question))
    assert asks_for_code(understand(question))


@pytest.mark.parametrize("question", ["雷达探头多少钱？", "What does the drill cost?"])
def test_a_price(question: str) -> None:
    assert asks_for_price(understand(question))
    assert not asks_for_price(understand("How long is it?"))


@pytest.mark.parametrize(
    "question",
    [
        "有什么作用？", "套餐包含几次保养？", "Is the pump red?", "How much does it include?",
        "What happens to the food?", "Which part needs grease?",
        "What does this mean?", "What were the sales in 2025?", "Are all rooms heated?",
    ],
)  # fmt: skip
def test_neither_things_nor_steps(question: str) -> None:
    query = understand(question)
    assert not asks_for_things(query)
    assert not asks_for_all(query)
    assert not asks_for_code(query)
