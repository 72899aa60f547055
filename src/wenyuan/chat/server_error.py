"""What a server says went wrong, in whatever shape it says it, as an `EndpointError` without secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from wenyuan.errors import EndpointError, EndpointFault

SHOWN = 300  # characters of a server's own words
_SECRETS = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=*-]{6,}"), r"\1 ***"),
    (re.compile(r"\b(?:sk|rk|pk|ak|gsk|hf|xai|nvapi|pplx|tvly)[-_][\w*.-]{6,}"), "***"),
    (re.compile(r"\bAIza[\w-]{10,}|\beyJ[\w-]{8,}\.[\w-]+\.?[\w-]*"), "***"),
    (
        re.compile(
            r"(?i)\b(api[-_ ]?key|access[-_ ]?token|token|secret|password|authorization)(\W{1,4})[\w.~+/*-]{8,}"
        ),
        r"\1\2***",
    ),
    (re.compile(r"(?<=://)[^/\s]+@"), "***@"),
)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\s]+")
_WORDS: tuple[tuple[EndpointFault, re.Pattern[str]], ...] = (
    ("auth", re.compile(r"api[ _-]?key|authenti|unauthori|forbidden|permission|access[ _-]?denied|密钥|鉴权|认证")),
    ("not_found", re.compile(r"not[ _-]?found|no such model|does not exist|不存在")),
    ("rate_limit", re.compile(r"rate[ _-]?limit|too[ _-]many|throttl|quota|limit_requests|限流|频率")),
    (
        "rejected",
        re.compile(
            r"invalid|context[ _-]?length|context size|maximum context|bad[ _-]?request|unsupported|balance|余额"
        ),
    ),
)
_MENDS: Mapping[EndpointFault, str] = {
    "auth": "check the endpoint's key",
    "not_found": "check the model's name and the endpoint's address",
    "rejected": "change the request or the endpoint's profile",
    "rate_limit": "wait, then ask again",
    "timeout": "ask again",
    "server": "ask again later",
}
_FINE = (None, "", 0, "0", 200, "200")  # codes of no error, which Spark sends with every chunk
_NO_MORE = re.compile(r"insufficient[ _-]?quota|exceeded your current quota|balance|arrears|余额|欠费")


def mask(text: str, secrets: Sequence[str] = ()) -> str:
    """`text` with keys, bearer tokens, passwords in addresses and the given `secrets` replaced by ***."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def shown(text: str, secrets: Sequence[str] = (), limit: int = SHOWN) -> str:
    """A server's words fit to print: one line, masked, no control characters, `limit` characters at most."""
    line = _UNPRINTABLE.sub(" ", mask(text[: 8 * limit], secrets)).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def reported(
    body: object, *, where: str = "the endpoint", status: int | None = None, secrets: Sequence[str] = ()
) -> EndpointError | None:
    """The error that a JSON body tells of, or its HTTP status from 400 on; None where neither does.

    Known shapes: `{"error": {…} or "…"}` (OpenAI), `{"object": "error"}` (vLLM), `{"detail"}` (FastAPI),
    `{"code", "message"}` (DashScope), `{"base_resp"}` (MiniMax), `{"error_code"}` (Qianfan), any of them in a list.
    """
    if isinstance(body, list) and body and isinstance(body[0], Mapping):
        body = body[0]
    said = _said(body) if isinstance(body, Mapping) else None
    failed = status is not None and status >= 400
    if said is None:
        if not failed:
            return None
        said = (body if isinstance(body, str) else "", "", "")
    message, code, kind = said
    fault, retryable = _fault(status if failed else None, code, f"{code} {kind} {message}".lower())
    words = shown(message or kind or code, secrets) or "no reason given"
    number = f" {status}" if failed else ""
    return EndpointError(
        f"{where} reports error{number}: {words.rstrip('.。')}; {_MENDS.get(fault, 'ask again')}.",
        fault,
        retryable=retryable,
    )


def _said(body: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Message, code and type; None where the body is no error."""
    error, base = body.get("error"), body.get("base_resp")
    found: tuple[object, object, object] | None = None
    if isinstance(error, Mapping) and error:
        found = _fields(error)
    elif error:
        found = body.get("message") or error, body.get("code"), error
    elif body.get("choices"):
        return None
    elif isinstance(base, Mapping) and base.get("status_code") not in (None, 0):
        found = base.get("status_msg"), base["status_code"], ""
    elif body.get("object") == "error" or ("message" in body and body.get("code") not in _FINE):
        found = _fields(body)
    elif body.get("error_code") not in _FINE:
        found = body.get("error_msg"), body.get("error_code"), ""
    elif "detail" in body:
        found = body["detail"], "", ""
    return None if found is None else (str(found[0] or ""), str(found[1] or ""), str(found[2] or ""))


def _fields(error: Mapping[str, Any]) -> tuple[object, object, object]:
    return error.get("message") or error.get("msg") or error.get("detail"), error.get("code"), error.get("type")


def _fault(status: int | None, code: str, words: str) -> tuple[EndpointFault, bool]:
    number = int(code) if status is None and re.fullmatch(r"[45]\d\d", code) else status
    if number is None or number in (400, 402, 422):
        named = next((fault for fault, pattern in _WORDS if pattern.search(words)), None)
        if number is not None and named not in ("auth", "not_found"):
            named = "rejected"
        fault: EndpointFault = named or "server"
    elif number in (401, 403):
        fault = "auth"
    elif number == 404:
        fault = "not_found"
    elif number == 408:
        fault = "timeout"
    elif number == 429:
        fault = "rate_limit"
    else:
        fault = "rejected" if number < 500 else "server"
    again = fault in ("rate_limit", "timeout", "server") or number == 409
    return fault, again and not (fault == "rate_limit" and _NO_MORE.search(words))
