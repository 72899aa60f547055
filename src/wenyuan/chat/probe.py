"""What an endpoint can do, found out by asking it: its `Profile`, and a sentence for each thing tried."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from wenyuan.chat.client import Endpoint
from wenyuan.chat.profile import Profile
from wenyuan.errors import EndpointError, WrongUse
from wenyuan.types import Message, Reply, Request, ToolCall, ToolSchema

_WEATHER = ToolSchema(
    "get_weather",
    "The weather of a city now. 查询一个城市现在的天气。",
    {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
)
_ONE = "What is the weather in Paris now? Call the function."
_TWO = "北京和上海现在的天气各是怎样的？请调用函数，两个城市各一次。"
_CALL_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"tool": {"const": "get_weather"}, "arguments": _WEATHER.parameters},
    "required": ["tool", "arguments"],
}
_ZH = "水泵的保修期为两年，自购买之日起计算；在保修期内，因材料或工艺造成的故障由厂家免费修理。" * 8
_EN = "The pump carries a warranty of two years from the date of purchase; faults of material are mended free. " * 6
_RELAXED: Sequence[dict[str, Any]] = (
    {"stream_usage": False},
    {"temperature": None},
    {"max_tokens_field": "max_completion_tokens"},
    {"temperature": None, "max_tokens_field": "max_completion_tokens"},
    {"stream_usage": False, "temperature": None},
    {"extra": {"enable_thinking": False}},
    {"stream": False, "stream_usage": False},
    {"stream": False, "stream_usage": False, "extra": {"enable_thinking": False}},
)  # what some server refuses, the most common first


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing tried: `ok` is None where it could not be found out."""

    name: str
    ok: bool | None
    text: str


@dataclass(slots=True)
class Probed:
    """The model that was asked, its profile and what was found, in the order it was tried."""

    model: str
    profile: Profile
    findings: list[Finding] = field(default_factory=list)

    def found(self, name: str, ok: bool | None, text: str, **changed: Any) -> None:  # noqa: ANN401 - a profile's field
        """Note a finding and what it changes in the profile."""
        self.findings.append(Finding(name, ok, text))
        self.profile = self.profile.model_copy(update=changed)


Make = Callable[[str, Profile], Endpoint]
"""(model, profile) → an endpoint to ask."""


async def probe(make: Make, model: str | None = None, *, window: int = 0) -> Probed:
    """Ask an endpoint some ten short questions.

    With `window`, also prompts of up to so many tokens, to see whether both of their ends are read.

    Raises:
        EndpointError: it gives no plain reply.
        WrongUse: it offers several models and none is named.
    """
    offered, names = await _offered(make)
    probed = Probed(model or _only(names), Profile())
    listed = f"{len(names)} models: {', '.join(names[:8])}." if offered else "No list of models."
    probed.found("models", offered, listed)
    asked = _Asked(make, probed)
    await asked.plain()
    await asked.tokens()
    await asked.tools()
    if probed.profile.tools == "native":
        await asked.result()
        await asked.required()
        await asked.parallel()
    if window:
        await asked.window(window)
    return probed


async def _offered(make: Make) -> tuple[bool, list[str]]:
    endpoint = make("", Profile())
    try:
        return True, await endpoint.models()
    except EndpointError as error:
        if error.fault in ("connect", "timeout", "auth"):
            raise
        return False, []
    finally:
        await endpoint.aclose()


def _only(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    raise WrongUse(f"Name a model with --model; the endpoint offers {', '.join(names[:20]) or 'none that it names'}.")


class _Asked:
    """The questions, each of which reads and changes what is known so far."""

    def __init__(self, make: Make, probed: Probed) -> None:
        self._make = make
        self._probed = probed

    async def _reply(self, request: Request, **changed: Any) -> Reply:  # noqa: ANN401 - a profile's field
        endpoint = self._make(self._probed.model, self._probed.profile.model_copy(update=changed))
        try:
            async with aclosing(endpoint.stream(request)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Reply):
                        return piece
            raise AssertionError("a stream ends with a reply")
        finally:
            await endpoint.aclose()

    async def plain(self) -> None:
        """A short reply; fields that the server refuses are left out one after the other."""
        request = Request(_user("Reply with the one word: pong"), max_tokens=512)
        first: EndpointError | None = None
        for changed in ({}, *_RELAXED):
            try:
                reply = await self._reply(request, **changed)
            except EndpointError as error:
                first = first or error
                if error.fault != "rejected":
                    raise
                continue
            left = f" without {', '.join(changed)}" if changed else ""
            self._probed.found("reply", True, f"Replies{left}.", **changed)
            streams = self._probed.profile.stream
            self._probed.found("stream", streams, "Streams." if streams else "Does not stream.")
            counted = reply.usage.prompt is not None
            said = "Counts tokens." if counted else "Does not say how many tokens it read: a cut prompt goes unnoticed."
            self._probed.found("usage", counted, said)
            thinks = "Thinks before it replies." if reply.reasoning else "Does not show that it thinks."
            self._probed.found("reasoning", bool(reply.reasoning), thinks)
            return
        assert first
        raise first

    async def tokens(self) -> None:
        """How many tokens a character has, in both languages."""
        counts = [
            (await self._reply(Request(_user(text), max_tokens=1))).usage.prompt for text in ("a", "a" + _ZH, "a" + _EN)
        ]
        base, zh, en = counts
        if not (base and zh and en and zh > base and en > base):
            self._probed.found("tokens", None, "Tokens are estimated, as the server does not count them.")
            return
        other = (en - base) / len(_EN)
        marks = sum(not "\u3400" <= character <= "\u9fff" for character in _ZH)
        han = max(0.1, (zh - base - marks * other) / (len(_ZH) - marks))
        text = f"{han:.2f} tokens a Chinese character, {other:.2f} any other."
        self._probed.found(
            "tokens", True, text, han_tokens=round(han, 3), other_tokens=round(other, 3), calibrated=True
        )

    async def tools(self) -> None:
        """Whether functions are called natively, or in JSON that fits a schema."""
        native = await self._try(Request(_user(_ONE), (_WEATHER,), max_tokens=1024))
        if native and any(_right(call) for call in native.calls):
            self._probed.found("tools", True, "Calls functions.")
            return
        why = "says nothing of it" if native else "refuses them"
        schema = await self._try(Request(_user(_ONE), schema=_CALL_SCHEMA, max_tokens=256))
        if schema and _fits(schema.text):
            text = f"Does not call functions natively ({why}); writes calls as JSON, which is used instead."
            self._probed.found("tools", True, text, tools="schema")
        else:
            self._probed.found("tools", False, f"Calls no functions ({why}).", tools="none", json_schema=False)

    async def result(self) -> None:
        """Which form of a turn with calls it takes back."""
        call = ToolCall("call_1", "get_weather", '{"city": "Paris"}')
        said = Message("assistant", "", (call,))
        back = Message("tool", "18 °C, sunny", call_id="call_1")
        request = Request((*_user(_ONE), said, back), (_WEATHER,), max_tokens=1024)
        forms: Sequence[tuple[str, dict[str, Any]]] = (
            ("Takes results of functions.", {}),
            ('Takes results of functions, with "" as the content of a call.', {"null_content": False}),
            ("Wants its reasoning back with results.", {"echo_reasoning": "reasoning_content"}),
            ("Wants its reasoning back with results.", {"echo_reasoning": "reasoning_content", "null_content": False}),
        )
        for text, changed in forms:
            if await self._try(request, **changed):
                self._probed.found("results", True, text, **changed)
                return
        self._probed.found("results", False, "Takes no results of functions.", tools="schema")

    async def required(self) -> None:
        """Whether a call can be demanded."""
        reply = await self._try(Request(_user("Hello!"), (_WEATHER,), choice="required", max_tokens=1024))
        does = bool(reply and reply.calls)
        text = "A call can be demanded." if does else "A call cannot be demanded."
        self._probed.found("required", does, text, required_choice=reply is not None)

    async def parallel(self) -> None:
        """Whether several functions are called at once."""
        for asked in (None, True):
            reply = await self._try(Request(_user(_TWO), (_WEATHER,), max_tokens=1024), parallel_calls=asked)
            if reply and sum(map(_right, reply.calls)) > 1:
                text = "Calls several functions at once" + (" when asked to." if asked else ".")
                self._probed.found("parallel", True, text, parallel_calls=asked)
                return
        self._probed.found("parallel", False, "Calls one function at a time.")

    async def window(self, most: int) -> None:
        """How long a prompt may be until its beginning or its end is no longer read."""
        read = 0
        for size in _sizes(most):
            filler = _EN * (int(size / max(1.0, self._probed.profile.tokens(_EN))) + 1)
            ends = (
                "The first word is KINGFISHER.\n",
                "\nThe last word is MARZIPAN. Reply with the first and the last word.",
            )
            reply = await self._try(Request(_user(filler.join(ends)), max_tokens=64))
            if not reply or not all(word in reply.text.upper() for word in ("KINGFISHER", "MARZIPAN")):
                break
            read = size
        known = {"window": read} if read >= 512 else {}  # the least a profile takes
        text = f"Reads both ends of {read} tokens" + ("." if read == most else "; of longer prompts it loses one.")
        self._probed.found("window", read == most, text, **known)

    async def _try(self, request: Request, **changed: Any) -> Reply | None:  # noqa: ANN401 - a profile's field
        try:
            return await self._reply(request, **changed)
        except EndpointError as error:
            if error.fault in ("auth", "connect"):
                raise
            return None


def _user(text: str) -> tuple[Message, ...]:
    return (Message("user", text),)


def _sizes(most: int) -> Iterator[int]:
    size = 2048
    while size < most:
        yield size
        size *= 2
    yield most


def _right(call: ToolCall) -> bool:
    return call.name == "get_weather" and isinstance(_parsed(call.arguments).get("city"), str)


def _fits(text: str) -> bool:
    read = _parsed(text)
    return read.get("tool") == "get_weather" and isinstance(read.get("arguments"), dict)


def _parsed(text: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
