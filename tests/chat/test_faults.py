"""What went wrong at an endpoint, as one sentence that names the mend and no secret."""

from __future__ import annotations

import email.utils
import time

import httpx2
import openai
import pytest

from wenyuan.chat.faults import cut_by_server, of_sdk, out_of_time
from wenyuan.errors import EndpointError

URL, SECRET = "http://host/v1", "hunter2"
ASKED = httpx2.Request("POST", f"{URL}/chat/completions")


def broken(cause: Exception) -> openai.APIConnectionError:
    error = openai.APIConnectionError(request=ASKED)
    error.__cause__ = cause
    return error


def status(code: int, message: str = "no", **headers: str) -> openai.APIStatusError:
    response = httpx2.Response(code, headers=headers, request=ASKED)
    return openai.APIStatusError(message, response=response, body={"message": message})


def told(error: Exception) -> EndpointError:
    return of_sdk(error, "m", URL, [SECRET])


@pytest.mark.parametrize(
    ("error", "fault", "retryable", "says"),
    [
        (openai.APITimeoutError(request=ASKED), "timeout", True, "gave no connection in time"),
        (broken(httpx2.ConnectError("refused")), "connect", True, "cannot be reached (refused)"),
        (broken(httpx2.ReadError("")), "closed", True, "broke the connection"),
        (broken(OSError("no route")), "connect", True, "cannot be reached (no route)"),
        (openai.OpenAIError("<html>"), "protocol", False, "does not speak this protocol"),
        (status(401), "auth", False, "set WENYUAN_LLM__KEY"),
        (status(403), "auth", False, "does not let this key use m"),
        (status(404), "not_found", False, "has no model m"),
        (status(429), "rate_limit", True, "takes no more requests for now"),
        (status(400, "max_tokens is unsupported"), "rejected", False, "max_tokens is unsupported"),
        (status(503), "server", True, "reports error 503"),
    ],
)
def test_an_error_of_the_sdk_has_a_fault_and_a_mend(error: Exception, fault: str, retryable: bool, says: str) -> None:
    found = told(error)
    assert (found.fault, found.retryable) == (fault, retryable)
    assert str(found).startswith(f"{URL} ")
    assert says in str(found)
    assert str(found).endswith(".")


@pytest.mark.parametrize(
    "error",
    [
        broken(httpx2.ConnectError(f"https://u:{SECRET}@host")),
        broken(httpx2.ReadError(f"with {SECRET}")),
        openai.OpenAIError(f"bad {SECRET}"),
        status(401, f"the key {SECRET} is wrong"),
        status(500, f"the key {SECRET} is wrong"),
    ],
)
def test_no_secret_is_said_again(error: Exception) -> None:
    assert SECRET not in str(told(error))


def test_a_server_may_say_how_long_to_wait() -> None:
    assert told(status(429, **{"retry-after": "7"})).after == 7
    assert told(status(429, **{"retry-after": "-7"})).after == 0
    date = email.utils.formatdate(time.time() + 3600, usegmt=True)
    wait = told(status(503, **{"retry-after": date})).after
    assert wait is not None
    assert 0 < wait <= 3600
    assert told(status(429, **{"retry-after": "soon"})).after is None
    assert told(status(429)).after is None


def test_silence_may_be_tried_again_and_a_cut_prompt_may_not() -> None:
    silent, cut = out_of_time("m@host", "no first word", 60.0), cut_by_server("m@host", 2048, 5000.4)
    assert (silent.fault, silent.retryable) == ("timeout", True)
    assert "gave no first word for 60 s" in str(silent)
    assert (cut.fault, cut.retryable) == ("truncated", False)
    assert "read 2048 tokens of a prompt of about 5000" in str(cut)
