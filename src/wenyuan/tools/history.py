"""The order that endpoints demand of a conversation with tool calls, and calls as they can safely be sent back.

Every call of an assistant is followed, before anything else, by exactly one tool message with its id; no tool message
stands without its call. Endpoints answer 400 otherwise, or worse, a result is read as that of another call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence

from wenyuan.errors import WrongUse
from wenyuan.tools.tool import parsed
from wenyuan.types import CountTokens, Message, ToolCall

UNREADABLE = "_unreadable"  # the key under which arguments stand that are not to be run: no tool takes it
_SAFE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def unanswered(messages: Sequence[Message]) -> tuple[ToolCall, ...]:
    """The calls of the last assistant that no tool message has answered yet: a run was interrupted there.

    Raises:
        WrongUse: the conversation is out of order anywhere else; the sentence says where.
    """
    open_calls: dict[str, ToolCall] = {}
    seen: set[str] = set()
    for at, message in enumerate(messages, 1):
        if message.role == "tool":
            if message.call_id is None or open_calls.pop(message.call_id, None) is None:
                raise WrongUse(f"Message {at} is the result of {message.call_id!r}, which is not a call that waits.")
            continue
        if open_calls:
            raise WrongUse(f"Message {at} comes before the result of the call {next(iter(open_calls))!r}; add it.")
        for call in message.calls:
            if message.role != "assistant":
                raise WrongUse(f"Message {at} is of role {message.role!r} and has calls; only an assistant's may.")
            if not call.id or call.id in seen:
                raise WrongUse(f"Message {at} has a call whose id {call.id!r} is empty or used before.")
            seen.add(call.id)
            open_calls[call.id] = call
    return tuple(open_calls.values())


def check_history(messages: Sequence[Message]) -> None:
    """Raise WrongUse unless the conversation may be sent: every call answered once, nothing answered twice."""
    waiting = unanswered(messages)
    if waiting:
        raise WrongUse(f"The conversation ends before the result of the call {waiting[0].id!r}; add a tool message.")


def with_own_ids(calls: Sequence[ToolCall], used: Collection[str]) -> tuple[ToolCall, ...]:
    """The calls with ids that are neither empty nor used before; those that are fine keep theirs."""
    taken, result = set(used), []
    for call in calls:
        own, number = call.id, len(taken)
        while not own or own in taken:
            own, number = f"call_{number}", number + 1
        taken.add(own)
        result.append(ToolCall(own, call.name, call.arguments))
    return tuple(result)


def sendable(call: ToolCall, *, whole: bool) -> ToolCall:
    """The call as it joins the history: some endpoints fail on a name or arguments that are not as they should be.

    Arguments that are not a JSON object, and any of a reply that is not `whole`, are kept as a text under a key that
    no tool takes: whoever takes up the conversation from there does not run them.
    """
    try:
        given = parsed(call.arguments) if whole else {UNREADABLE: call.arguments[:2000]}
    except ValueError:
        given = {UNREADABLE: call.arguments[:2000]}
    name = call.name if _SAFE_NAME.fullmatch(call.name) else call.name.replace(".", "_")
    name = name if _SAFE_NAME.fullmatch(name) else "unknown_function"
    return ToolCall(call.id, name, clean(json.dumps(given, ensure_ascii=False)))


def clean(text: str) -> str:
    """The text without what cannot be sent as UTF-8 or is refused in JSON: lone surrogates and NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def fit(text: str, tokens: int, count: CountTokens) -> str:
    """The beginning of a text that is too long, with a mark that says so, within about this many tokens."""
    shown = text[: tokens * 16]  # hardly any text has more characters a token: counting 10 MB would take seconds
    size = count([shown])[0]
    if len(shown) == len(text) and size <= tokens:
        return text
    mark = "\n[… cut: the first {} of {} characters are shown]"
    room = max(tokens - count([mark.format(len(text), len(text))])[0], 0)
    while shown and size > room:
        shown = shown[: min(len(shown) * room // size, len(shown) - 1)]
        size = count([shown])[0]
    return shown + mark.format(len(shown), len(text))
