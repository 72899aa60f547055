"""A chat model that says what a script says, one entry a round, and keeps every request it was sent."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence

import anyio

from wenyuan.types import ChatModel, Piece, Reply, Request, TextDelta, ToolCall, Usage

Round = Reply | Sequence[Piece | float] | Exception | Callable[[Request], Reply]


class ScriptedModel:
    """A round is a reply, pieces (a number is a wait of seconds), an error to raise, or a function of the request.

    The last round is said for ever. A token is four characters, or a part of them.
    """

    def __init__(self, *rounds: Round, window: int = 100_000) -> None:
        self.rounds, self.window = rounds, window
        self.id = "scripted@nowhere"
        self.requests: list[Request] = []
        self.closed = 0  # streams that have ended, one way or the other

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [-(-len(text) // 4) for text in texts]

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        entry = self.rounds[min(len(self.requests), len(self.rounds) - 1)]
        self.requests.append(request)
        try:
            if isinstance(entry, Exception):
                raise entry
            if callable(entry):
                entry = entry(request)
            for piece in whole(entry) if isinstance(entry, Reply) else entry:
                if isinstance(piece, int | float):
                    await anyio.sleep(piece)
                else:
                    yield piece
        finally:
            self.closed += 1


def whole(reply: Reply) -> list[Piece]:
    """The reply as a server sends it: its text in pieces first."""
    text = reply.text
    return [*(TextDelta(text[at : at + 5]) for at in range(0, len(text), 5)), reply]


def calls(*named: tuple[str, str] | tuple[str, str, str], text: str = "", finish: str = "tool_calls") -> Reply:
    """A reply with these calls: (name, arguments) or (name, arguments, id)."""
    made = [ToolCall(each[2] if len(each) > 2 else f"id{at}", each[0], each[1]) for at, each in enumerate(named)]
    return Reply(text, tuple(made), finish, usage=Usage(10, 5))  # type: ignore[arg-type]


def scripted(*rounds: Round, window: int = 100_000) -> ScriptedModel:
    """One that mypy has seen to be a `ChatModel`."""
    model = ScriptedModel(*rounds, window=window)
    _: ChatModel = model
    return model
