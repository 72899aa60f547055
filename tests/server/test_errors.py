"""Errors as callers get them."""

from __future__ import annotations

import pytest

from wenyuan.errors import Busy, Damaged, EndpointError, NoKnowledgeBase, OutOfSpace, SourceError, WrongUse
from wenyuan.server.errors import Refused, after_of, envelope, language_of, not_found, status_of


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (WrongUse("x"), 400, "invalid_request"),
        (NoKnowledgeBase("x", None), 404, "not_found"),  # type: ignore[arg-type]
        (SourceError("x"), 422, "unreadable"),
        (Busy("x"), 503, "busy"),
        (Damaged("x"), 503, "damaged"),
        (OutOfSpace("x"), 507, "out_of_space"),
        (EndpointError("x", "timeout"), 504, "model_timeout"),
        (EndpointError("x", "rate_limit"), 429, "model_rate_limit"),
        (EndpointError("x", "server"), 502, "model_server"),
        (Refused(409, "taken", "x"), 409, "taken"),
        (not_found(), 404, "not_found"),
    ],
)
def test_each_error_has_its_status(error, status: int, code: str) -> None:
    assert status_of(error) == (status, code)
    said = envelope(error, "en")["error"]
    assert (said["code"], said["param"]) == (code, None)
    assert said["type"].endswith("_error")


def test_when_to_come_again_is_said_where_it_is_known() -> None:
    assert after_of(Refused(429, "busy", "x", after=3)) == 3
    assert after_of(Busy("x")) == 1
    assert after_of(WrongUse("x")) is None


@pytest.mark.parametrize(
    ("header", "language"), [("zh-CN,zh;q=0.9", "zh"), ("ZH", "zh"), ("en-US,zh;q=0.5", "en"), ("", "en"), ("*", "en")]
)
def test_the_caller_says_its_language(header: str, language: str) -> None:
    assert language_of({"accept-language": header}) == language
    assert language_of({}) == "en"


def test_what_is_wrong_is_named_and_openai_s_own_types_are_kept() -> None:
    said = envelope(Refused(404, "model_not_found", "x", param="model"), "en")["error"]
    assert (said["type"], said["code"], said["param"]) == ("invalid_request_error", "model_not_found", "model")
