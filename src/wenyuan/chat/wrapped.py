"""A `ChatModel` over another: what it does not change."""

from __future__ import annotations

from collections.abc import Sequence

from wenyuan.types import ChatModel


class Wrapped:
    """All of a `ChatModel` but `stream`, as the model under it has it."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    @property
    def id(self) -> str:
        """Model and endpoint."""
        return self._model.id

    @property
    def window(self) -> int:
        """Tokens of prompt and reply; what a wrapper says besides takes from it."""
        return self._model.window

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text."""
        return self._model.count_tokens(texts)

    async def aclose(self) -> None:
        """Release the connections."""
        await self._model.aclose()
