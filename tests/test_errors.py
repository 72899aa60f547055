"""Errors say what to do."""

from __future__ import annotations

import pytest

from wenyuan import errors
from wenyuan.errors import EndpointError, WenyuanError


def test_all_have_one_base() -> None:
    raised = [
        value for value in vars(errors).values() if isinstance(value, type) and value.__module__ == errors.__name__
    ]
    assert len(raised) == 11
    assert all(issubclass(each, WenyuanError) for each in raised)


@pytest.mark.parametrize("retryable", [False, True])
def test_an_endpoint_says_what_went_wrong_and_whether_to_ask_again(retryable: bool) -> None:
    error = EndpointError("It is busy; ask again.", "rate_limit", retryable=retryable)
    assert (str(error), error.fault, error.retryable, error.after) == (
        "It is busy; ask again.",
        "rate_limit",
        retryable,
        None,
    )
