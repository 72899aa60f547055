"""Errors, named by what to do about them. Each message is one sentence: what is wrong, where, the mend."""

from __future__ import annotations

from pathlib import Path
from typing import Literal


class WenyuanError(Exception):
    """Base of all errors that are the user's or the environment's, never a bug of ours."""


class WrongUse(WenyuanError):
    """Call it differently: an unknown setting, filter, name or option."""


class NoKnowledgeBase(WrongUse):
    """Make a knowledge base in `folder`, by adding documents, or name the folder of one."""

    def __init__(self, message: str, folder: Path) -> None:
        super().__init__(message)
        self.folder = folder


class NoAccess(WenyuanError):
    """Let this user read and write there, or name another place."""


class SourceError(WenyuanError):
    """Mend or remove this source file; the others are not affected."""


class FetchError(SourceError):
    """Mend the address or its server, or fetch again; other pages and files are not affected.

    Where `retryable`, the same request may succeed later; where `gone`, the source says that there is no such thing;
    where `unwanted`, it is there, yet nothing that is looked for: of another type, or of another source.
    """

    def __init__(
        self,
        message: str,
        *,
        retryable: bool = False,
        gone: bool = False,
        unwanted: bool = False,
        after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.gone = gone
        self.unwanted = unwanted
        self.after = after  # seconds the server wants to be left alone


class MissingExtra(WenyuanError):
    """Install the named extra and try again."""


class Busy(WenyuanError):
    """Another process holds the knowledge base; wait, or ask through it. `holder` is its number, where it is known."""

    def __init__(self, message: str, holder: int | None = None) -> None:
        super().__init__(message)
        self.holder = holder


class Damaged(WenyuanError):
    """Stored data is inconsistent; run the named rebuild command."""


class WrongModel(WenyuanError):
    """The knowledge base was made with another model; open it with that one or re-encode."""


class OutOfSpace(WenyuanError):
    """Free disk space and repeat; nothing acknowledged was lost."""


EndpointFault = Literal[
    "connect", "timeout", "auth", "not_found", "rejected", "rate_limit", "server", "protocol", "truncated", "closed"
]


class EndpointError(WenyuanError):
    """Mend the endpoint, a model's or a server's of ours, or ask again; nothing of what it sent is an answer.

    `fault` says what went wrong; where `retryable`, the same request may succeed later.
    """

    def __init__(self, message: str, fault: EndpointFault, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.fault = fault
        self.retryable = retryable
        self.after: float | None = None  # seconds the endpoint wants to be left alone
