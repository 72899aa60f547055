"""Fragments of tool calls → whole calls, whichever way a server numbers and repeats them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wenyuan.errors import EndpointError
from wenyuan.types import ToolCall


def new_id() -> str:
    """An id for a call that came without one."""
    return f"call_{uuid.uuid4().hex[:24]}"


@dataclass(slots=True)
class _Slot:
    id: str = ""
    name: str = ""
    fragments: list[str] = field(default_factory=list)

    @property
    def arguments(self) -> str:
        return "".join(self.fragments)


class CallSlots:
    """Collects the calls of one reply in the order in which they begin.

    A new call begins where the index is unseen; where an id differs from the call's (and a name comes with it, or the
    arguments are complete: old vLLM gives each fragment an id of its own); or where no id but a name comes and the
    arguments are complete, or the name is another one. An empty id or name never overwrites; a name is set once.
    Arguments come as fragments, as an object, as null, or again as a whole. Nothing is ever repaired.
    """

    def __init__(self, where: str = "the endpoint", make_id: Callable[[], str] = new_id) -> None:
        self._where, self._make_id = where, make_id
        self._slots: list[_Slot] = []
        self._by_index: dict[int, _Slot] = {}
        self._by_id: dict[str, _Slot] = {}
        self.notes: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._slots)

    @property
    def whole(self) -> bool:
        """Whether every call has a name and arguments that are complete, or none."""
        return all(slot.name and (not slot.arguments.strip() or _complete(_whole(slot))) for slot in self._slots)

    def add(self, fragment: object) -> None:
        """One entry of `tool_calls`: a fragment of a call, or a whole one."""
        if fragment is None:
            return
        if not isinstance(fragment, Mapping):
            raise self._broken("a tool call that is not an object")
        function = fragment.get("function")
        body: Mapping[str, Any] = function if isinstance(function, Mapping) else fragment
        identity, name = _word(fragment.get("id")), _word(body.get("name"))
        arguments = self._text(body.get("arguments"))
        slot = self._slot(_number(fragment.get("index")), identity, name, arguments)
        if identity and not slot.id:
            slot.id = identity
            self._by_id[identity] = slot
        slot.name = slot.name or name
        if arguments:
            slot.fragments.append(arguments)

    def finish(self, *, cut: bool = False) -> tuple[ToolCall, ...]:
        """The calls, each with an id of its own; missing arguments are `{}` unless the reply was `cut` off.

        Raises:
            EndpointError: "protocol": a call without a name, or arguments that end in half a character.
        """
        calls: list[ToolCall] = []
        taken: set[str] = set()
        for slot in self._slots:
            arguments = _whole(slot)
            if not slot.name:
                if not arguments.strip():
                    continue
                raise self._broken("a tool call without a name")
            if arguments.strip() in ("", "null") and not cut:
                arguments = "{}"
            try:
                arguments = arguments.encode("utf-16", "surrogatepass").decode("utf-16")
            except UnicodeDecodeError:
                raise self._broken(f"half a character in the arguments of {slot.name}") from None
            if "\ufffd" in arguments:
                self.notes.append(f"The arguments of {slot.name} hold U+FFFD: the server has lost a character.")
            identity = slot.id if slot.id and slot.id not in taken else self._make_id()
            if slot.id and identity != slot.id:
                self.notes.append(f"Two calls had the id {slot.id}: the later one was given its own.")
            taken.add(identity)
            calls.append(ToolCall(identity, slot.name, arguments))
        return tuple(calls)

    def _slot(self, index: int | None, identity: str, name: str, arguments: str) -> _Slot:
        known = self._by_id.get(identity) if identity else None
        here = self._by_index.get(index) if index is not None else (self._slots[-1] if self._slots else None)
        if known is not None and (known is here or index is None or not name):
            if not self._begins(known, identity, name, arguments):
                return known
        elif here is not None and not self._begins(here, identity, name, arguments):
            return here
        slot = _Slot()
        self._slots.append(slot)
        if index is not None:
            self._by_index[index] = slot
        return slot

    def _begins(self, slot: _Slot, identity: str, name: str, arguments: str) -> bool:
        """Whether this is another call than the slot's."""
        if identity and slot.id and identity != slot.id:
            return bool(name) or _complete(slot.arguments)
        if not name or not slot.name:
            return False
        if identity and identity == slot.id and name == slot.name:  # said again, or a proxy with one id for all calls
            return _complete(slot.arguments) and _complete(arguments) and not _same(slot.arguments, arguments)
        return name != slot.name or (bool(arguments) and _complete(slot.arguments))

    def _text(self, arguments: object) -> str:
        if arguments is None:
            return ""
        if isinstance(arguments, str):
            return arguments
        if isinstance(arguments, Mapping | list):
            return json.dumps(arguments, ensure_ascii=False)
        raise self._broken("tool arguments that are neither text nor an object")

    def _broken(self, what: str) -> EndpointError:
        return EndpointError(
            f"{self._where} sent {what}; ask again, or mend its tool-call parser.", "protocol", retryable=True
        )


def _word(value: object) -> str:
    """An id or a name; some servers number their calls."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _number(value: object) -> int | None:
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _complete(arguments: str) -> bool:
    if not arguments.rstrip().endswith("}"):
        return False
    try:
        return isinstance(json.loads(arguments), dict)
    except (ValueError, RecursionError):
        return False


def _whole(slot: _Slot) -> str:
    """The fragments together, or the last one where it says all of them again."""
    together = slot.arguments
    if len(slot.fragments) < 2 or _complete(together):
        return together
    *before, last = slot.fragments
    growing = all(later.startswith(earlier) for earlier, later in zip(slot.fragments, slot.fragments[1:], strict=False))
    if _complete(last) and (growing or _same("".join(before), last)):
        return last
    return together


def _same(one: str, other: str) -> bool:
    """Whether both are the same JSON, however it is spaced."""
    try:
        return bool(json.loads(one) == json.loads(other))
    except (ValueError, RecursionError):
        return False
