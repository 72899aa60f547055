"""What a Chinese turn points at or leaves out."""

from __future__ import annotations

import pytest

from wenyuan.conversation.chinese import continues, gap, introduced, named, swapped


@pytest.mark.parametrize(
    ("turn", "filled"),
    [
        ("它的额定功率是多少?", "水泵的额定功率是多少?"),
        ("它的額定功率是多少?", "水泵的額定功率是多少?"),
        ("其功率", "水泵的功率"),
        ("这款产品有货吗?", "水泵这款产品有货吗?"),
        ("这是什么?", "水泵是什么?"),
        ("那怎么用?", "那水泵怎么用?"),
        ("那里有停车场吗?", "水泵有停车场吗?"),
        ("作者是谁", "水泵的作者是谁"),
        ("那备份呢?", "那水泵的备份呢?"),
    ],
)
def test_the_topic_takes_the_place_of_what_points_at_it(turn: str, filled: str) -> None:
    found = gap(turn)
    assert found is not None
    assert found.filled(turn, "水泵") == filled
    assert found.place == ("那里" in turn)


@pytest.mark.parametrize("turn", ["TiKV 的副本数怎么设置?", "那PX-300呢?", "我喜欢披头士乐队的吉他"])
def test_a_turn_with_a_name_of_its_own_leaves_nothing_out(turn: str) -> None:
    assert gap(turn) is None


@pytest.mark.parametrize(
    ("turn", "new"),
    [("那PX-300呢?", "PX-300"), ("备份呢？", "备份"), ("還有備份呢?", "備份"), ("它呢?", None), ("怎么备份呢?", None)],
)
def test_what_a_turn_asks_about_instead(turn: str, new: str | None) -> None:
    assert swapped(turn) == new


@pytest.mark.parametrize(
    ("turn", "new"), [("什么是向量检索?", "向量检索"), ("向量检索是什么？", "向量检索"), ("介绍一下水泵", "水泵")]
)
def test_what_a_turn_introduces(turn: str, new: str) -> None:
    assert introduced(turn) == new


@pytest.mark.parametrize(
    ("turn", "goes_on"),
    [("那 TiDB 要停机吗?", True), ("说回 TiDB,要停机吗?", True), ("說回 TiDB", True), ("TiDB 要停机吗?", False)],
)
def test_a_turn_may_say_that_it_goes_on(turn: str, goes_on: bool) -> None:
    assert continues(turn) == goes_on


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        ("年假有几天?", {"年假"}),
        ("食堂几点开门?", {"食堂", "开门"}),
        ("差旅費怎麼報銷?", {"差旅费", "报销"}),
        ("价格是多少?", set()),
        ("怎么申请?", set()),
        ("保修多久?", set()),
    ],
)
def test_what_a_turn_names_itself(turn: str, words: set[str]) -> None:
    assert named(turn) == words
