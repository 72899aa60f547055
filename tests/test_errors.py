"""Errors say what to do."""

from __future__ import annotations

import pytest

from wenyuan import errors
from wenyuan.errors import EndpointError, FetchError, SourceError, WenyuanError


def test_all_have_one_base() -> None:
    raised = [
        value for value in vars(errors).values() if isinstance(value, type) and value.__module__ == errors.__name__
    ]
    assert len(raised) == 12
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


def test_what_cannot_be_fetched_says_whether_to_try_again() -> None:
    error = FetchError("It is busy; fetch it later.", retryable=True, after=30.0)
    assert isinstance(error, SourceError)
    assert (str(error), error.retryable, error.gone, error.after) == ("It is busy; fetch it later.", True, False, 30.0)
    assert FetchError("It is gone.", gone=True).gone
