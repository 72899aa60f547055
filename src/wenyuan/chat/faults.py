"""What went wrong at an endpoint, as one sentence with the mend."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wenyuan.chat.server_error import reported, shown
from wenyuan.errors import EndpointError

if TYPE_CHECKING:
    import openai


def out_of_time(endpoint: str, what: str, seconds: float) -> EndpointError:
    """The endpoint is silent."""
    return EndpointError(
        f"{endpoint} gave {what} for {seconds:g} s; see whether it is overloaded, or raise the time in [llm].",
        "timeout",
        retryable=True,
    )


def cut_by_server(endpoint: str, counted: int, expected: float) -> EndpointError:
    """The server read only a part of the prompt (Ollama does so without a word where `num_ctx` is too small)."""
    return EndpointError(
        f"{endpoint} read {counted} tokens of a prompt of about {expected:.0f}, so its reply is not used; raise its "
        "context (Ollama: `PARAMETER num_ctx 8192` in the Modelfile) or lower `llm.window`.",
        "truncated",
    )


def of_sdk(error: Exception, model: str, url: str, secrets: Sequence[str] = ()) -> EndpointError:
    """An error of the `openai` SDK as ours; `secrets` never appear in it."""
    import openai

    if isinstance(error, openai.APITimeoutError):
        return EndpointError(f"{url} gave no connection in time; see whether it runs.", "timeout", retryable=True)
    if isinstance(error, openai.APIConnectionError):
        import httpx2

        reason = shown(str(error.__cause__ or error), secrets) or type(error.__cause__).__name__
        if isinstance(error.__cause__, httpx2.TransportError) and not isinstance(error.__cause__, httpx2.ConnectError):
            return EndpointError(f"{url} broke the connection ({reason}); ask again.", "closed", retryable=True)
        return EndpointError(
            f"{url} cannot be reached ({reason}); start it or correct `llm.url`.", "connect", retryable=True
        )
    if isinstance(error, openai.APIStatusError):
        return _of_status(error, model, url, secrets)
    return EndpointError(
        f"{url} does not speak this protocol ({shown(str(error), secrets)}); correct `llm.url`; it often ends in /v1.",
        "protocol",
    )


_STATUS: dict[int, str] = {
    401: "{url} does not take the key; set WENYUAN_LLM__KEY",
    403: "{url} does not let this key use {model}; set another one in WENYUAN_LLM__KEY",
    404: "{url} has no model {model}, or is no base URL; see `wenyuan doctor --llm {url}`",
    429: "{url} takes no more requests for now; ask later or name a fallback",
}


def _of_status(error: openai.APIStatusError, model: str, url: str, secrets: Sequence[str]) -> EndpointError:
    status = error.status_code
    body = {"error": error.body} if isinstance(error.body, dict) and "error" not in error.body else error.body
    found = reported(error.message if body is None else body, where=url, status=status, secrets=secrets)
    assert found
    if said := _STATUS.get(status):
        told = error.body.get("message", "") if isinstance(error.body, dict) else error.message
        words = shown(str(told), secrets)
        sentence = said.format(url=url, model=model)
        found = EndpointError(
            f"{sentence} ({words})." if words else f"{sentence}.", found.fault, retryable=found.retryable
        )
    found.after = _retry_after(error.response.headers.get("retry-after"))
    return found


def _retry_after(value: str | None) -> float | None:
    """Seconds, from a number or a date."""
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError):
        return None
