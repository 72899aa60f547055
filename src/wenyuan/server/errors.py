"""Errors as callers get them: OpenAI's envelope, the right status, one sentence in the caller's language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from wenyuan import messages
from wenyuan.errors import (
    Busy,
    Damaged,
    EndpointError,
    MissingExtra,
    NoAccess,
    NoKnowledgeBase,
    OutOfSpace,
    SourceError,
    WenyuanError,
    WrongModel,
    WrongUse,
)
from wenyuan.types import Language

_LINE = re.compile(r"\bline (\d+)\b")
_TYPES = {
    400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error",
    405: "invalid_request_error", 408: "timeout_error", 409: "conflict_error", 413: "invalid_request_error",
    415: "invalid_request_error", 422: "invalid_request_error", 429: "rate_limit_error", 501: "server_error",
}  # fmt: skip
_OURS: tuple[tuple[type[WenyuanError], int, str], ...] = (
    (NoKnowledgeBase, 404, "not_found"),
    (WrongUse, 400, "invalid_request"),
    (SourceError, 422, "unreadable"),
    (Busy, 503, "busy"),
    (Damaged, 503, "damaged"),
    (WrongModel, 503, "wrong_model"),
    (NoAccess, 503, "no_access"),
    (OutOfSpace, 507, "out_of_space"),
    (MissingExtra, 501, "missing_extra"),
)


class Refused(WenyuanError):
    """A request that is not carried out, with its HTTP status, a word for programs, and when to come again."""

    def __init__(
        self, status: int, code: str, message: str, *, after: float | None = None, param: str | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.after, self.param = status, code, after, param


def not_found() -> Refused:
    """Of what is not there, what is no longer, and what is another's: callers cannot tell these apart."""
    return Refused(404, "not_found", "There is nothing of this name; list what there is, or correct the name.")


def not_valid(error: WenyuanError) -> Refused:
    """Of a text that a caller wrote; `param` is the number of the line that is wrong, where its sentence has one."""
    line = _LINE.search(str(error))
    return Refused(422, "not_valid", str(error), param=line and line[1])


def failed() -> Refused:
    """Of what nobody has foreseen."""
    return Refused(500, "internal_error", "The server failed at this; its log says more.")


def status_of(error: WenyuanError) -> tuple[int, str]:
    """The HTTP status of an error, and a word for programs."""
    if isinstance(error, Refused):
        return error.status, error.code
    if isinstance(error, EndpointError):
        return {"timeout": 504, "rate_limit": 429}.get(error.fault, 502), f"model_{error.fault}"
    return next(((status, code) for kind, status, code in _OURS if isinstance(error, kind)), (500, "internal_error"))


def after_of(error: WenyuanError) -> float | None:
    """The seconds after which it may be tried again, where that is known."""
    if isinstance(error, Refused):
        return error.after
    return error.after if isinstance(error, EndpointError) else 1.0 if isinstance(error, Busy) else None


def envelope(error: WenyuanError, language: Language) -> dict[str, Any]:
    """The body of a response."""
    status, code = status_of(error)
    param = error.param if isinstance(error, Refused) else None
    return envelope_of(status, code, messages.told(str(error), language), param)


def error_of(status: int, code: str, message: str, param: str | None = None) -> dict[str, Any]:
    """What an envelope holds: this sentence, and what programs look for."""
    # OpenAI's own type of what its clients look for by its code.
    kind = "invalid_request_error" if code == "model_not_found" else _TYPES.get(status, "server_error")
    message = message.encode(errors="replace").decode()  # what callers send may hold halves of characters
    param = None if param is None else param.encode(errors="replace").decode()
    return {"message": message, "type": kind, "code": code, "param": param}


def envelope_of(status: int, code: str, message: str, param: str | None = None) -> dict[str, Any]:
    """The body of a response with this sentence."""
    return {"error": error_of(status, code, message, param)}


def language_of(headers: Mapping[str, str]) -> Language:
    """The language that a caller prefers: Chinese where `Accept-Language` begins with it."""
    return "zh" if headers.get("accept-language", "").lower().startswith("zh") else "en"
