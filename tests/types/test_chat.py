"""What a model says: tokens of several rounds add up."""

from __future__ import annotations

import pytest

from wenyuan.types import Usage


@pytest.mark.parametrize(
    ("one", "two", "both"),
    [
        (Usage(1, 2), Usage(10, 20), Usage(11, 22)),
        (Usage(1, None), Usage(None, 20), Usage(1, 20)),
        (Usage(), Usage(), Usage()),
    ],
)
def test_what_no_round_counted_is_not_known(one: Usage, two: Usage, both: Usage) -> None:
    assert one + two == two + one == both
