"""A model that has to look before it gives up: a refusal without a search is asked again, with a call demanded."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from wenyuan.chat.wrapped import Wrapped
from wenyuan.cite.markers import INSUFFICIENT
from wenyuan.cite.verdict import read_verdict
from wenyuan.types import Piece, Reply, Request, TextDelta


class Persistent(Wrapped):
    """A `ChatModel` over another, for requests with functions that look things up.

    Small models say at once that their sources do not suffice, although they could search. Later rounds, in which
    results are known, are passed on as they are.
    """

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """The pieces of the first reply or, where it refuses, of a second one; what may be a refusal is held back."""
        may_look = bool(request.tools) and request.choice == "auto" and request.messages[-1].role == "user"
        refused: Reply | None = None
        held = ""
        async with aclosing(self._model.stream(request)) as pieces:
            async for piece in pieces:
                if may_look and isinstance(piece, Reply) and _refuses(piece):
                    refused = piece
                elif may_look and isinstance(piece, TextDelta) and _may_refuse(held + piece.text):
                    held += piece.text
                else:
                    if held:
                        yield TextDelta(held)
                        held = ""
                    may_look = may_look and not isinstance(piece, TextDelta)
                    yield piece
        if refused is None:
            return
        async with aclosing(self._model.stream(replace(request, choice="required"))) as pieces:
            async for piece in pieces:
                yield replace(piece, usage=refused.usage + piece.usage) if isinstance(piece, Reply) else piece


def _refuses(reply: Reply) -> bool:
    return not reply.calls and reply.finish == "stop" and read_verdict(reply.text).insufficient == "wholly"


def _may_refuse(text: str) -> bool:
    """Whether this beginning of a reply may still become the marker alone."""
    letters = "".join(filter(str.isalpha, text))
    return len(text) < 3 * len(INSUFFICIENT) and INSUFFICIENT.startswith(letters.upper())
