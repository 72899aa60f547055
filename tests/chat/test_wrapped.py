"""A model over another has all of it but the stream."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import anyio

from scripted import ScriptedModel
from wenyuan.chat.wrapped import Wrapped
from wenyuan.types import ChatModel, Message, Piece, Reply, Request, TextDelta


class Under(ScriptedModel):
    """Counts how often its connections were released."""

    released = 0

    async def aclose(self) -> None:
        self.released += 1


class Louder(Wrapped):
    """Says each piece of text in capitals."""

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        async for piece in self._model.stream(request):
            yield TextDelta(piece.text.upper()) if isinstance(piece, TextDelta) else piece


def test_what_a_wrapper_does_not_change_is_the_models() -> None:
    under = Under(Reply("ok"), window=77)
    louder: ChatModel = Louder(under)

    async def main() -> list[Piece]:
        pieces = [piece async for piece in louder.stream(Request((Message("user", "q"),)))]
        await louder.aclose()
        return pieces

    assert anyio.run(main) == [TextDelta("OK"), Reply("ok")]
    assert (louder.id, louder.window) == (under.id, 77)
    assert louder.count_tokens(["abcd", "abcde"]) == under.count_tokens(["abcd", "abcde"]) == [1, 2]
    assert under.released == 1
