"""Chat completion objects as servers really send them, chunks or one whole → deltas, then one `Reply`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from wenyuan.chat.deltas import Characters, Part, finish_of, parts_of, usage_of
from wenyuan.chat.server_error import reported, shown
from wenyuan.chat.slots import CallSlots, new_id
from wenyuan.chat.tags import THINK, Tag, TagFilter
from wenyuan.chat.wire import DONE
from wenyuan.errors import EndpointError
from wenyuan.types import Finish, Piece, ReasoningDelta, Reply, TextDelta, ToolCall, Usage

TEXT_CALL_NOTE = (
    "The text holds a tool call that was not executed: start the server with a tool-call parser, or ask it by schema."
)
_TEXT_CALLS = ("<tool_call>", "<function=", "[TOOL_CALLS]", "<|python_tag|>", "<｜tool▁call", "<|tool_call", "<invoke ")
_WORSE: tuple[Finish, ...] = ("stop", "tool_calls", "length", "content_filter")


async def pieces(objects: AsyncIterator[dict[str, Any]], accumulator: Accumulator) -> AsyncGenerator[Piece, None]:
    """The deltas of `objects` as they come, then the one `Reply`.

    Raises:
        EndpointError: see `Accumulator`; a connection lost, or silent, after the finish reason has come is only a note.
    """
    while True:
        try:
            found = await anext(objects)
        except StopAsyncIteration:
            break
        except EndpointError as error:
            if error.fault not in ("closed", "timeout") or not accumulator.complete:
                raise
            accumulator.note("The connection was lost after the reply was complete.")
            break
        for delta in accumulator.feed(found):
            yield delta
    for piece in accumulator.finish():
        yield piece


class Accumulator:
    """One reply in the making: `feed` each object, then `finish` once.

    `tags` hold reasoning inside the text; `opened`: the text begins inside the first of them, where the template
    opens it in the prompt. Calls written in the text, as `<tool_call>{…}</tool_call>`, stay text, with a note: a
    document that is quoted may hold them. `make_id` names the calls that come without an id.
    """

    def __init__(
        self,
        *,
        where: str = "the endpoint",
        tags: Sequence[Tag] = THINK,
        opened: bool = False,
        secrets: Sequence[str] = (),
        make_id: Callable[[], str] = new_id,
    ) -> None:
        self._where, self._secrets, self._make_id = where, secrets, make_id
        self._filter = TagFilter(tags, opened=opened)
        self._slots = CallSlots(where, make_id)
        self._old_slots = CallSlots(where, make_id)  # legacy `function_call`, which some proxies send beside the new
        self._text: list[str] = []
        self._reasoning: list[str] | None = None  # None: no such field was ever there
        self._refusal: list[str] = []
        self._characters = {kind: Characters() for kind in ("text", "reasoning")}
        self._notes: dict[str, None] = {}
        self._choice: object = None  # index of the one that is read
        self._fed = self._begun = self._whole = self._went_on = self._done = self._from_deltas = False
        self._finish: Finish | None = None
        self._usage = Usage()
        self._model = ""

    @property
    def complete(self) -> bool:
        """Whether the server has said that the reply is over; nothing that comes later is needed.

        A finish reason says so only if nothing followed it: Gemini's proxies send one with every chunk.
        """
        return self._begun and (self._done or self._whole or (self._finish is not None and not self._went_on))

    def note(self, sentence: str) -> None:
        """Adds what was odd to the reply's notes, once."""
        self._notes[sentence] = None

    def feed(self, found: Mapping[str, Any]) -> list[TextDelta | ReasoningDelta]:
        """The deltas that one object brings: a chunk, a whole completion, or `DONE`.

        Raises:
            EndpointError: it is an error, or no chat completion can look like this.
        """
        if found is DONE:
            self._done = True
            return []
        self._fed = True
        error = reported(found, where=self._where, secrets=self._secrets)
        if error is not None:
            raise error
        if isinstance(found.get("model"), str):
            self._model = self._model or found["model"]
        self._count(found.get("usage"))
        choices = found.get("choices")
        if choices is None:
            return []
        if not isinstance(choices, list):
            raise self._broken("choices that are no list")
        out: list[TextDelta | ReasoningDelta] = []
        for position, choice in enumerate(choices):
            if choice is None or (choice in choices[:position]):
                continue
            if not isinstance(choice, Mapping):
                raise self._broken("a choice that is no object")
            self._read_choice(choice, str(found.get("object") or ""), out)
        return out

    def finish(self) -> list[Piece]:
        """What was held back, then the `Reply`, which is the truth where a delta was premature.

        Raises:
            EndpointError: "closed" if the server never said that the reply was over, "protocol" if it is none.
        """
        out: list[TextDelta | ReasoningDelta] = []
        self._sort(self._filter.finish(), out)
        if not self._begun:
            if self._done:
                raise self._broken("a stream without a reply")
            raise self._broken("an answer without choices", again=False) if self._fed else self._closed()
        if not self.complete:
            raise self._closed()
        finish = self._finish
        if any(half.pending for half in self._characters.values()) and finish != "length":
            raise self._broken("half a character")
        slots = self._slots or self._old_slots
        if finish is None:
            if not slots.whole:
                raise self._closed()
            self.note("The reply came without a finish reason.")
        if self._filter.inside is not None:
            self.note("The reasoning was never closed: there may be no text after it.")
        calls = slots.finish(cut=finish in ("length", "content_filter"))
        return [*out, self._reply(calls, finish or "stop", slots.notes)]

    def _reply(self, calls: tuple[ToolCall, ...], finish: Finish, notes: Sequence[str]) -> Reply:
        text = "".join(self._text)
        if any(mark in text for mark in _TEXT_CALLS):
            self.note(TEXT_CALL_NOTE)
        if self._refusal:
            self.note(f"The model refused: {shown(''.join(self._refusal), self._secrets)}")
            finish = "content_filter"
        if finish == "content_filter" and calls:
            self.note("The calls of a filtered reply were dropped.")
            calls = ()
        elif calls and finish == "stop":
            finish = "tool_calls"
        elif finish == "tool_calls" and not calls:
            self.note("The finish reason was tool_calls, but there was no call.")
            finish = "stop"
        if not text and not calls and finish == "stop":
            self.note("The reply is empty.")
        return Reply(
            text=text,
            calls=calls,
            finish=finish,
            reasoning=None if self._reasoning is None else "".join(self._reasoning),
            usage=self._usage,
            model=self._model,
            notes=(*self._notes, *notes),
        )

    def _read_choice(self, choice: Mapping[str, Any], kind: str, out: list[TextDelta | ReasoningDelta]) -> None:
        index = choice.get("index") or 0
        if self._choice is None:
            self._choice = index
        elif index != self._choice:
            self.note("The server sent several choices: only the first was read.")
            return
        self._begun = True
        self._count(choice.get("usage"))  # Moonshot
        delta, message = choice.get("delta"), choice.get("message")
        if isinstance(delta, Mapping):
            self._from_deltas = True
            self._read_message(delta, out)
        elif isinstance(message, Mapping):
            if self._from_deltas:
                self.note("The server sent the whole message again after its deltas: it was left out.")
            else:
                self._whole = not kind.endswith("chunk")
                self._read_message(message, out)
        elif isinstance(choice.get("text"), str):
            self._add([("text", choice["text"])], out)
        self._end(choice.get("finish_reason"))

    def _read_message(self, message: Mapping[str, Any], out: list[TextDelta | ReasoningDelta]) -> None:
        found = parts_of(message)
        self._went_on = self._went_on or (self._finish is not None and bool(found or message.get("tool_calls")))
        if found is None:
            raise self._broken("content that is neither text nor a list of parts")
        self._add(found, out)
        calls = message.get("tool_calls")
        if isinstance(calls, Mapping):
            calls = [calls]
        if calls is not None and not isinstance(calls, list):
            raise self._broken("tool calls that are no list")
        for call in calls or ():
            self._slots.add(call)
        old = message.get("function_call")
        if isinstance(old, Mapping) and old:
            self._old_slots.add({"index": 0, "id": None, "function": old})

    def _add(self, found: Sequence[Part], out: list[TextDelta | ReasoningDelta]) -> None:
        for kind, part in found:
            if kind == "refusal":
                self._refusal.append(part)
            elif kind == "unknown":
                self.note(f"A part of the kind {shown(part, self._secrets, 40)} was left out.")
            elif kind == "reasoning":
                self._filter.skip_space()
                self._reason(part, out)
            else:
                self._sort(self._filter.feed(self._whole_characters("text", part)), out)

    def _sort(self, found: Sequence[tuple[str, str]], out: list[TextDelta | ReasoningDelta]) -> None:
        for kind, part in found:
            if kind == "stray":
                self._take_back(out)
            elif kind == "reasoning":
                self._reason(part, out)
            elif part:
                self._text.append(part)
                out.append(TextDelta(part))

    def _reason(self, part: str, out: list[TextDelta | ReasoningDelta]) -> None:
        part = self._whole_characters("reasoning", part)
        if self._reasoning is None:
            self._reasoning = []
        if part:
            self._reasoning.append(part)
            out.append(ReasoningDelta(part))

    def _take_back(self, out: list[TextDelta | ReasoningDelta]) -> None:
        """A reasoning that was never opened has ended: what counted as text until now was reasoning."""
        text = "".join(self._text)
        left, position = len(self._text), len(out)
        while left and position:  # those of this object have not gone out yet
            position -= 1
            piece = out[position]
            if isinstance(piece, TextDelta):
                out[position] = ReasoningDelta(piece.text)
                left -= 1
        if left:
            self.note(
                "Reasoning without an opening mark was sent as text first: set `opened` in the endpoint's profile."
            )
        if text:
            self._reasoning = self._reasoning or []
            self._reasoning.append(text)
            self._text.clear()

    def _whole_characters(self, kind: str, text: str) -> str:
        whole = self._characters[kind].join(text)
        if whole is None:
            raise self._broken("half a character")
        return whole

    def _count(self, found: object) -> None:
        self._usage = usage_of(self._usage, found)

    def _end(self, reason: object) -> None:
        if not isinstance(reason, str) or reason.lower() in ("", "null", "none"):  # DashScope says "null"
            return
        finish = finish_of(reason)
        if finish is None:
            raise EndpointError(
                f"{self._where} broke off its reply ({shown(reason, self._secrets, 40)}); ask again.",
                "server",
                retryable=True,
            )
        if finish == "unknown":
            self.note(f"The finish reason {shown(reason, self._secrets, 40)} is unknown and was read as stop.")
            finish = "stop"
        if self._finish is None or _WORSE.index(finish) > _WORSE.index(self._finish):
            self._finish = finish

    def _closed(self) -> EndpointError:
        return EndpointError(
            f"{self._where} closed the connection before its reply was complete; ask again.", "closed", retryable=True
        )

    def _broken(self, what: str, *, again: bool = True) -> EndpointError:
        return EndpointError(
            f"{self._where} sent {what}; ask again, or check that it is a chat completions endpoint.",
            "protocol",
            retryable=again,
        )
