"""Words around a value that bound it, and those that only look so."""

from __future__ import annotations

import pytest

from wenyuan.text.quantities.bounds import bound_of, date_bound


def around(text: str, value: str = "5") -> tuple[str, int, int]:
    at = text.index(value)
    return text, at, at + len(value)


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("不超过5", "at most"),
        ("不得超过 5", "at most"),
        ("最多5", "at most"),
        ("最高可达5", "at most"),
        ("≤ 5", "at most"),
        ("5以下", "at most"),
        ("5之内", "at most"),
        ("5 or less", "at most"),
        ("no more than 5", "at most"),
        ("up to 5", "at most"),
        ("within 5", "at most"),
        ("a maximum of 5", "at most"),
        ("max. 5", "at most"),
        ("小于等于5", "at most"),
        ("不少于5", "at least"),
        ("至少5", "at least"),
        (">= 5", "at least"),
        ("5以上", "at least"),
        ("5+", "at least"),
        ("5起", "at least"),
        ("at least 5", "at least"),
        ("not less than 5", "at least"),
        ("5 or more", "at least"),
        ("超过5", "more than"),
        ("大于 5", "more than"),
        ("> 5", "exactly"),
        ("值> 5", "more than"),
        ("more than 5", "more than"),
        ("不足5", "less than"),
        ("低于5", "less than"),
        ("<5", "less than"),
        ("fewer than 5", "less than"),
        ("under 5", "less than"),
        ("约5", "about"),
        ("大约 5", "about"),
        ("5左右", "about"),
        ("about 5", "about"),
        ("~5", "about"),
        ("≈ 5", "about"),
        ("合约5", "exactly"),
        ("附近5", "exactly"),
        ("the above 5", "exactly"),
        ("-> 5", "exactly"),
        ("<td>5", "exactly"),
        ("3 min 5", "exactly"),
        ("5内容", "exactly"),
        ("5起来", "exactly"),
        ("5++", "exactly"),
        ("为5个", "exactly"),
        ("5", "exactly"),
    ],
)
def test_bounds(text: str, bound: str) -> None:
    assert bound_of(*around(text)) == bound


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("自2024年起", "at least"),
        ("2024年以来", "at least"),
        ("since 2024年", "at least"),
        ("2024年以后", "at least"),
        ("截至2024年", "at most"),
        ("2024年前", "at most"),
        ("until 2024年", "at most"),
        ("by 2024年", "at most"),
        ("在2024年", "exactly"),
        ("in 2024年", "exactly"),
        ("2024年后台", "exactly"),
        ("2024年起草", "exactly"),
    ],
)
def test_bounds_of_dates(text: str, bound: str) -> None:
    assert date_bound(*around(text, "2024年")) == bound
