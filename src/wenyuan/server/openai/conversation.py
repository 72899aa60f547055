"""From OpenAI's messages to a question, the conversation before it, and what became of functions since.

The last message of the user's is the question. What stands before it is the history; after it there may only be calls
of functions with their results, to go on from. Messages of the system (`system`, `developer`) are read and left out: a
knowledge base answers by rules of its own, which its settings choose, and these hold whoever asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wenyuan.engine.writing import Tools
from wenyuan.server.errors import Refused
from wenyuan.server.openai.bodies import ChatBody, Said
from wenyuan.tools.history import check_history, sendable
from wenyuan.types import Message, ToolCall, ToolSchema

_MOST = 65_536  # characters of a question
_SYSTEM = ("system", "developer")
_ROLES = (*_SYSTEM, "user", "assistant", "tool")


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is asked, and what was said before and since."""

    question: str
    history: tuple[Message, ...]
    turns: tuple[Message, ...]
    notes: tuple[str, ...] = ()  # what was left out, one sentence each


def read_conversation(messages: Sequence[Said]) -> Conversation:
    """The conversation of these messages.

    Raises:
        Refused, WrongUse: something in it is not known or out of order; the sentence says where.
    """
    said = [_message(n, each) for n, each in enumerate(messages, 1)]
    check_history(said)
    asked = max((n for n, message in enumerate(said) if message.role == "user"), default=None)
    if asked is None:
        raise _wrong("No message is of the role 'user'; the last one of these is the question.")
    question = said[asked].content
    turns = [message for message in said[asked + 1 :] if message.role != "system"]
    if turns and turns[-1].role != "tool":
        raise _wrong("The last message is neither the user's nor the result of a function; end with one of these.")
    if len(question) > _MOST:
        raise _wrong(f"The question has {len(question)} characters, and may have {_MOST}; shorten it.")
    history = [message for message in said[:asked] if message.role != "system"]
    left_out = len(said) - len(history) - len(turns) - 1
    notes = ("Messages of the system are left out: a knowledge base answers by its own rules.",) if left_out else ()
    return Conversation(question, tuple(history), tuple(turns), notes)


def read_tools(body: ChatBody, turns: Sequence[Message]) -> Tools:
    """The functions that a model may call, all of which the caller runs.

    With `tool_choice` "none" the model is offered none, with "required" or a function's name it must call one.

    Raises:
        Refused: a tool is no function, or the choice makes no sense.
    """
    offered = [_schema(n, each.type, each.function) for n, each in enumerate(body.tools or (), 1)]
    choice = body.tool_choice or "auto"
    if isinstance(choice, dict):
        named = choice.get("function", {}) if choice.get("type") == "function" else {}
        name = named.get("name") if isinstance(named, dict) else None
        chosen = [each for each in offered if each.name == name]
        if not chosen:
            raise _wrong("The choice of a tool names none of those that are offered; name one of them.", "tool_choice")
        return Tools(handed=chosen, demanded=True, turns=turns)
    if choice not in ("none", "auto", "required"):
        raise _wrong(
            f"{body.tool_choice!r} is no choice of a tool; write none, auto, required, or a function.", "tool_choice"
        )
    if choice == "required" and not offered:
        raise _wrong("A call is required, but no function is offered; add one to `tools`.", "tool_choice")
    return Tools(handed=() if choice == "none" else offered, demanded=choice == "required", turns=turns)


def _schema(n: int, kind: str, function: Any) -> ToolSchema:  # noqa: ANN401
    if kind != "function" or function is None:
        raise _wrong(f"Tool {n} is of the type {kind!r}; only functions can be offered.", "tools")
    return ToolSchema(
        function.name, function.description or "", function.parameters or {"type": "object", "properties": {}}
    )


def _message(n: int, said: Said) -> Message:
    if said.role not in _ROLES:
        raise _wrong(f"Message {n} has the role {said.role!r}; use system, developer, user, assistant or tool.")
    text = _text(n, said)
    if said.role in _SYSTEM:
        return Message("system", text)
    if said.role == "tool":
        return Message("tool", text, call_id=said.tool_call_id)
    if said.role == "user":
        return Message("user", text)
    written = (ToolCall(call.id, call.function.name, call.function.arguments) for call in said.tool_calls or ())
    return Message("assistant", text, tuple(sendable(call, whole=True) for call in written))


def _text(n: int, said: Said) -> str:
    """The text of a message; its parts are put one below the other."""
    if isinstance(said.content, str):
        return said.content
    if said.content is None:
        if said.role == "assistant":
            return ""
        raise _wrong(f"Message {n} has no content; write some.")
    for part in said.content:
        if part.get("type") != "text" or not isinstance(part.get("text"), str):
            raise _wrong(f"Message {n} has a part of the type {part.get('type')!r}; only text is read.")
    return "\n".join(part["text"] for part in said.content)


def _wrong(sentence: str, param: str = "messages") -> Refused:
    return Refused(400, "invalid_value", sentence, param=param)
