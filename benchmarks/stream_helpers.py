"""How many servers' quirks does a stream helper handle rightly? Ours, the openai SDK's and pydantic-ai's, side by side.

    python benchmarks/stream_helpers.py [--pydantic-ai PYTHON] [--wrong]

Plays each transcript of tests/chat/transcripts from a loopback server to each helper: streamed ones to
`chat.completions.stream` and `direct.model_request_stream`, whole ones to `create` and `model_request`. PYTHON is an
interpreter that has `pydantic-ai-slim[openai]` (it need not have wenyuan). Right is: the text (reasoning apart, white
space at the ends forgiven), the calls by name and argument values, some word of it where the reply is cut off or
filtered, and an exception or a finish reason that says so where no reply may be shown. Trivial floor: a helper that
always raises. The transcripts were written by the authors of the first helper.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from fault_server import FaultServer, Script
from transcripts import Transcript, load

COMPLETE = ("stop", "tool_calls", "tool_call", None)  # a caller who gets one of these takes the reply for whole
CUT = ("length", "content_filter")
KINDS = {
    "calls": "tool calls",
    "cut": "cut off or filtered",
    "error": "errors and broken streams",
    "think": "reasoning inside the text",
    "text": "other text",
}


@dataclass(frozen=True)
class Played:
    """A transcript as the server plays it."""

    transcript: Transcript

    @property
    def name(self) -> str:
        return self.transcript.name

    def scripts(self, *, stream: bool) -> Sequence[Script]:
        del stream  # a transcript is one or the other
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {self.transcript.content_type}\r\nConnection: close\r\n\r\n"
        return [[head.encode(), self.transcript.response]]


def main() -> None:
    """Print how many transcripts of each kind each helper handles rightly."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pydantic-ai", metavar="PYTHON", help="an interpreter that has pydantic-ai-slim[openai]")
    parser.add_argument("--wrong", action="store_true", help="name what was handled wrongly")
    parser.add_argument("--play", nargs=2, metavar=("HELPER", "URL"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    transcripts = load()
    if arguments.play:
        helper, root = arguments.play
        print(json.dumps({t.name: said(HELPERS[helper], f"{root}/{t.name}/v1", t) for t in transcripts}))
        return
    with FaultServer([Played(t) for t in transcripts]) as server:
        root = server.base_url(transcripts[0].name).rsplit("/", 2)[0]
        results = {f"wenyuan {version('wenyuan')}": {t.name: said(ours, f"{root}/{t.name}/v1", t) for t in transcripts}}
        for helper, python in (("openai", sys.executable), ("pydantic-ai-slim", arguments.pydantic_ai)):
            found = elsewhere(helper, python, root)
            if found is None:
                print(f"skipped: {helper} is not installed (give an interpreter that has it)")
            else:
                results[f"{helper} {found.pop('version')}"] = found
    report(transcripts, results, wrong=arguments.wrong)


def version(package: str) -> str:
    from importlib.metadata import version as installed

    return installed(package)


def elsewhere(helper: str, python: str | None, root: str) -> dict[str, Any] | None:
    """What a helper says, played in a process of its own; None where it is not installed."""
    if python is None:
        return None
    asked = f"from importlib.metadata import version; import openai; print(version({helper!r}))"
    has = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=False)
    if has.returncode:
        return None
    command = [python, "-W", "ignore", __file__, "--play", helper, root]
    played = subprocess.run(command, capture_output=True, text=True, check=True)
    return {"version": has.stdout.strip(), **json.loads(played.stdout)}


def said(helper: Callable[[str, Transcript], dict[str, Any]], url: str, transcript: Transcript) -> dict[str, Any]:
    try:
        return helper(url, transcript)
    except Exception as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        return {"error": f"{type(error).__name__}: {error}"[:120]}


def ours(url: str, transcript: Transcript) -> dict[str, Any]:
    import anyio
    import httpx2

    from wenyuan.chat.stream import Accumulator, pieces
    from wenyuan.chat.wire import objects
    from wenyuan.types import Reply

    async def ask() -> dict[str, Any]:
        client = httpx2.AsyncClient(timeout=5, trust_env=False)
        body = {"model": "m", "messages": [], "stream": transcript.streamed}
        async with client, client.stream("POST", f"{url}/chat/completions", json=body) as response:
            found = objects(response.aiter_bytes(), response.headers["content-type"])
            last = [piece async for piece in pieces(found, Accumulator(**transcript.options))][-1]
        assert isinstance(last, Reply)
        calls = [[call.name, call.arguments] for call in last.calls]
        return {"text": last.text, "calls": calls, "finish": last.finish}

    return anyio.run(ask)


def openai_sdk(url: str, transcript: Transcript) -> dict[str, Any]:
    from openai import OpenAI

    client = OpenAI(base_url=url, api_key="none", max_retries=0, timeout=5)
    messages: Any = [{"role": "user", "content": "?"}]
    if transcript.streamed:
        with client.chat.completions.stream(model="m", messages=messages) as stream:
            for _ in stream:
                pass
            final: Any = stream.get_final_completion()
    else:
        final = client.chat.completions.create(model="m", messages=messages)
    choice = final.choices[0]
    calls = [[call.function.name, call.function.arguments] for call in choice.message.tool_calls or ()]
    old = getattr(choice.message, "function_call", None)
    calls += [[old.name, old.arguments]] if old and not calls else []
    finish = "content_filter" if choice.message.refusal else choice.finish_reason
    return {"text": choice.message.content or "", "calls": calls, "finish": finish}


def pydantic_ai(url: str, transcript: Transcript) -> dict[str, Any]:
    import asyncio

    from pydantic_ai.direct import model_request, model_request_stream
    from pydantic_ai.messages import ModelRequest
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    async def ask() -> dict[str, Any]:
        from openai import AsyncOpenAI

        client = AsyncOpenAI(base_url=url, api_key="none", max_retries=0, timeout=5)
        model = OpenAIChatModel("m", provider=OpenAIProvider(openai_client=client))
        messages: Any = [ModelRequest.user_text_prompt("?")]
        async with client:
            if transcript.streamed:
                async with model_request_stream(model, messages) as stream:
                    async for _ in stream:
                        pass
                    final = stream.get()
            else:
                final = await model_request(model, messages)
        parts: list[Any] = list(final.parts)
        calls = [
            [p.tool_name, p.args if isinstance(p.args, str) else json.dumps(p.args or {})]
            for p in parts
            if p.part_kind == "tool-call"
        ]
        text = "".join(p.content for p in parts if p.part_kind == "text")
        return {"text": text, "calls": calls, "finish": final.finish_reason}

    return asyncio.run(ask())


HELPERS = {"openai": openai_sdk, "pydantic-ai-slim": pydantic_ai}


def report(transcripts: list[Transcript], results: dict[str, dict[str, Any]], *, wrong: bool) -> None:
    of = Counter(kind(t) for t in transcripts)
    raising = {t.name: {"error": ""} for t in transcripts}
    columns = {}
    for helper, found in {"always raises": raising, **results}.items():
        columns[helper] = Counter(kind(t) for t in transcripts if right(t, found[t.name]))
    print(f"{'handled rightly':32}" + "".join(f"{helper:>26}" for helper in columns))
    for name, label in KINDS.items():
        row = f"{label} (n={of[name]})"
        print(f"{row:32}" + "".join(f"{counts[name]:>26}" for counts in columns.values()))
    totals = (f"{counts.total()} ({counts.total() / len(transcripts):.0%})" for counts in columns.values())
    print(f"{f'all (n={len(transcripts)})':32}" + "".join(f"{total:>26}" for total in totals))
    plain = [t for t in transcripts if not t.options]
    row = f"all without a profile (n={len(plain)})"
    print(
        f"{row:32}"
        + "".join(f"{sum(right(t, found[t.name]) for t in plain):>26}" for found in (raising, *results.values()))
    )
    print("\nworst: calls that a loop would run but no model meant, and errors or half replies passed on as whole")
    for helper, found in results.items():
        false_calls = [t.name for t in transcripts if misled(t, found[t.name])]
        passed = [t.name for t in transcripts if "error" in t.expect and not right(t, found[t.name])]
        print(f"  {helper}: {len(false_calls)} with wrong calls, {len(passed)} passed on")
    for helper, found in results.items() if wrong else ():
        print(f"\n{helper}, handled wrongly:")
        for t in transcripts:
            if not right(t, found[t.name]):
                shown = json.dumps(found[t.name], ensure_ascii=False)[:160].encode("utf-8", "replace").decode()
                print(f"  {t.name} ({t.server}): {shown}")


def kind(transcript: Transcript) -> str:
    expect = transcript.expect
    if "error" in expect:
        return "error"
    if expect["finish"] in CUT:
        return "cut"
    if expect.get("calls"):
        return "calls"
    return "think" if b"think>" in transcript.response else "text"


def right(transcript: Transcript, found: dict[str, Any]) -> bool:
    expect = transcript.expect
    if "error" in expect:
        return "error" in found or found["finish"] not in COMPLETE
    if "error" in found:  # an exception is a fair way to tell of a cut
        return expect["finish"] in CUT and any(word in found["error"] for word in ("ContentFilter", "LengthFinish"))
    if found["text"].strip() != expect["text"].strip():
        return False
    if expect["finish"] in CUT:
        return found["finish"] not in COMPLETE
    return values(found["calls"]) == values(expect.get("calls", []))


def misled(transcript: Transcript, found: dict[str, Any]) -> bool:
    """Whether there is a call, whole enough to be run, that the transcript does not hold."""
    if "error" in found or found["finish"] in CUT:
        return False
    wanted = values(transcript.expect.get("calls", []))
    if "error" in transcript.expect:
        return any(isinstance(value, dict) for _, value in values(found["calls"]))
    return any(isinstance(call[1], dict) and call not in wanted for call in values(found["calls"]))


def values(calls: list[list[Any]]) -> list[tuple[str, Any]]:
    found = []
    for name, arguments, *_ in calls:
        try:
            value = json.loads(arguments or "{}") if not isinstance(arguments, dict) else arguments
        except ValueError:
            value = arguments
        found.append((name, value))
    return found


if __name__ == "__main__":
    main()
