"""What servers report, in whatever shape: its fault, whether to ask again, and no secret in it."""

from __future__ import annotations

import pytest

from wenyuan.chat.server_error import mask, reported, shown

KEY = "sk-0123456789abcdefghij"


@pytest.mark.parametrize(
    "text",
    [
        f"Incorrect API key provided: {KEY}.",
        f"Authorization: Bearer {KEY}",
        f'{{"api_key": "{KEY[3:]}"}}',
        f"token={KEY[3:]}",
        f"https://user:{KEY}@host/v1",
        f"https://user:@{KEY[3:]}@host/v1",
        f"hf_{KEY[3:]} gsk_{KEY[3:]} AIza{KEY[3:]}",
        "Bearer eyJhbGciOi.eyJzdWIiOi0123456789abcdefghij.sig",
    ],
)
def test_secrets_are_masked(text: str) -> None:
    assert "0123456789abcdefghij" not in mask(text)
    error = reported({"error": {"message": text}})
    assert error is not None
    assert "0123456789abcdefghij" not in str(error)


def test_the_given_key_is_masked_whatever_it_looks_like() -> None:
    assert mask("no such key: hunter2", ["hunter2"]) == "no such key: ***"
    error = reported({"error": "bad key hunter2"}, secrets=["hunter2"])
    assert error is not None
    assert "hunter2" not in str(error)


def test_a_servers_words_are_one_short_line_without_control_characters() -> None:
    assert shown("a\n\x1b[31mb\u202ec\t d") == "a [31mb c d"
    assert len(shown("长" * 1000)) == 300


@pytest.mark.parametrize(
    ("body", "status", "fault", "retryable"),
    [
        ({"error": {"message": "Incorrect API key provided"}}, 401, "auth", False),
        ({"error": {"message": "x"}}, 403, "auth", False),
        ({"error": {"message": "The model `x` does not exist", "code": "model_not_found"}}, 404, "not_found", False),
        ("<html>Not Found</html>", 404, "not_found", False),
        ({"error": {"message": "maximum context length is 4096 tokens"}}, 400, "rejected", False),
        ({"error": {"message": "model 'x' not found"}}, 400, "not_found", False),
        ({"error": {"message": "Insufficient Balance"}}, 402, "rejected", False),
        ({"error": {"message": "slow down"}}, 429, "rate_limit", True),
        (
            {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}},
            429,
            "rate_limit",
            False,
        ),
        (None, 500, "server", True),
        ("bad gateway", 502, "server", True),
        ({"detail": "busy"}, 503, "server", True),
        ({}, 408, "timeout", True),
        ({"error": {"message": "请求频率过高", "code": "1302"}}, None, "rate_limit", True),
        ({"error": {"message": "身份验证失败：密钥无效"}}, None, "auth", False),
        ({"error": {"message": "boom", "code": 500}}, None, "server", True),
    ],
)
def test_what_a_server_reports_has_a_fault(body: object, status: int | None, fault: str, retryable: bool) -> None:
    error = reported(body, status=status)
    assert error is not None
    assert (error.fault, error.retryable) == (fault, retryable)


@pytest.mark.parametrize(
    "body",
    [{"choices": [{}]}, {"choices": [], "usage": {}}, {"error": None, "choices": [{}]}, {"error": {}}, [], "x", {}],
)
def test_what_is_no_error_reports_none(body: object) -> None:
    assert reported(body) is None


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"error": {"message": "a"}}, "a"),
        ({"error": {"msg": "b"}}, "b"),
        ({"error": "c"}, "c"),
        ({"error": "invalid", "message": "d"}, "d"),
        ({"object": "error", "message": "e"}, "e"),
        ({"detail": "f"}, "f"),
        ({"code": "Throttling", "message": "g"}, "g"),
        ({"base_resp": {"status_code": 1004, "status_msg": "h"}}, "h"),
        ({"error_code": 18, "error_msg": "i"}, "i"),
        ([{"error": {"message": "j"}}], "j"),
        ({"error": {"code": "model_broken"}}, "model_broken"),
        ({"error": {"code": None, "type": None, "param": None}}, "no reason given"),
    ],
)
def test_the_words_are_found_in_every_known_shape(body: object, says: str) -> None:
    error = reported(body, where="m@http://host/v1")
    assert error is not None
    assert str(error).startswith(f"m@http://host/v1 reports error: {says}; ")
