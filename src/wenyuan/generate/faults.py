"""What went wrong at an endpoint, as one sentence with the mend."""

from __future__ import annotations

import email.utils
import re
import time

from wenyuan.errors import EndpointError, EndpointFault

_SECRET = re.compile(r"(?i)\b(bearer\s+|(?:sk|pk|key|token|api[-_]?key)[-_=:]\s*)[\w.\-]{6,}")
_SHOWN = 300  # characters of a server's own words


def masked(text: str) -> str:
    """The text without what looks like a key, on one line, at most 300 characters."""
    line = _SECRET.sub(r"\1…", " ".join(text[: 10 * _SHOWN].split()))
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


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


def of_sdk(error: Exception, model: str, url: str) -> EndpointError:
    """An error of the `openai` SDK as ours."""
    import openai

    if isinstance(error, openai.APITimeoutError):
        return EndpointError(f"{url} gave no connection in time; see whether it runs.", "timeout", retryable=True)
    if isinstance(error, openai.APIConnectionError):
        reason = masked(str(error.__cause__ or error))
        return EndpointError(
            f"{url} cannot be reached ({reason}); start it or correct `llm.url`.", "connect", retryable=True
        )
    if isinstance(error, openai.APIStatusError):
        return _of_status(error, model, url)
    return EndpointError(
        f"{url} sent what is no reply of this protocol ({masked(str(error))}); correct `llm.url`, which often ends in /v1.",
        "protocol",
    )


_STATUS: dict[int, tuple[EndpointFault, str]] = {
    401: ("auth", "{url} does not take the key; set WENYUAN_LLM__KEY"),
    403: ("auth", "{url} does not let this key use {model}; set another one in WENYUAN_LLM__KEY"),
    404: ("not_found", "{url} has no model {model}, or is no base URL; see `wenyuan doctor --llm {url}`"),
    408: ("timeout", "{url} gave up waiting"),
    409: ("server", "{url} is busy with a conflicting request"),
    429: ("rate_limit", "{url} takes no more requests for now; ask later or name a fallback"),
}
_RETRYABLE = {408, 409, 429}


def _of_status(error: object, model: str, url: str) -> EndpointError:
    import openai

    assert isinstance(error, openai.APIStatusError)
    status = error.status_code
    fault, said = _STATUS.get(status, ("rejected", "{url} refuses the request ({status})"))
    if status >= 500:  # noqa: PLR2004
        fault, said = "server", "{url} failed ({status}); look at its log"
    sentence = said.format(url=url, model=model, status=status)
    words = masked(error.message)
    fault_error = EndpointError(
        f"{sentence}: {words}" if words else f"{sentence}.", fault, retryable=status in _RETRYABLE or status >= 500
    )
    fault_error.after = _retry_after(error.response.headers.get("retry-after"))
    return fault_error


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
