"""What of a conversation a question may lean on: what was said about something, and not in vain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from wenyuan.text.courtesy import courtesy, without_courtesy
from wenyuan.types import Message

SaysNothing = Callable[[str], bool]
"""Whether an assistant's turn says nothing about what it was asked: a refusal, a courtesy returned."""


def leaned_on(said: Sequence[Message], says_nothing: SaysNothing) -> list[Message]:
    """The turns without greetings and thanks, and without what was asked in vain and its refusal."""
    exchanges: list[list[Message]] = []
    for message in said:
        if message.role == "user" or not exchanges:
            exchanges.append([])
        exchanges[-1].append(message)
    kept = [exchange for exchange in exchanges if not _in_vain(exchange, says_nothing)]
    return [_plain(message) for exchange in kept for message in exchange if courtesy(message.content) is None]


def _in_vain(exchange: Sequence[Message], says_nothing: SaysNothing) -> bool:
    return any(message.role == "assistant" and says_nothing(message.content) for message in exchange)


def _plain(message: Message) -> Message:
    return replace(message, content=without_courtesy(message.content)) if message.role == "user" else message
