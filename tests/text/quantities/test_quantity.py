"""What a unit says of itself."""

from __future__ import annotations

import dataclasses

import pytest

from wenyuan.text.quantities import Measure, Unit

from .figures import only


@pytest.mark.parametrize(
    ("text", "money", "counted"), [("5元/吨", True, False), ("5 kg", False, False), ("5名", False, True)]
)
def test_a_unit_is_of_money_of_a_measure_or_of_what_is_counted(text: str, money: bool, counted: bool) -> None:
    value = only(text).value
    assert isinstance(value, Measure)
    assert value.unit is not None
    assert (value.unit.money, value.unit.counted) == (money, counted)


def test_they_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Unit("m", "length").symbol = "km"  # type: ignore[misc]
