"""Every path, by everyone, with every kind of id of things that are another's: nothing tells that they are there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from .surface import SURFACE, Call, calls, operations
from .world import Caller, World, never

MALFORMED = (
    "..", "../../etc/passwd", "%2e%2e%2f", "\0", "x\0.md", "a" * 2000, "' OR 1=1 --", "<script>alert(1)</script>",
    "\u202excod.md", "\U000e0041\u200b", "🧨.md", "-1", "%", "\x1b[31m", "a\nb: c\r\nd", "C:\\x.md", "//", "*", "$(id)",
)  # fmt: skip
QUICK = ("beta-admin", "acme-both-it", "acme-owner-of-another", "revoked")
PUBLIC = ("/livez", "/readyz", "/version", "/widget.js")
VOLATILE = {"trace_id", "timings_ms", "job", "n", "time", "changed", "created", "ms", "seconds", "secret", "id"}


def said(reply: httpx.Response) -> str:
    """All that a reply says: status, headers and body, what is escaped in it as it is and as it is meant."""
    text = f"{reply.status_code} {reply.headers!r} {reply.text}"
    try:
        return f"{text} {json.dumps(reply.json(), ensure_ascii=False)}"
    except ValueError:
        return text


def told(reply: httpx.Response, id: str) -> tuple[object, ...]:
    """The same without the id that was asked for, and without what is another each time."""
    body: Any = reply.text
    spoken = {id, json.dumps(id)[1:-1], quote(id), quote(id, safe="")}
    for each in sorted(spoken, key=len, reverse=True):
        body = body.replace(each, "<id>")
    try:
        body = _still(json.loads(body))
    except ValueError:
        body = re.sub(r'"(trace_id|job)": "\w+"|"timings_ms": \{[^}]*\}', "", body)
    headers = {name: value for name, value in reply.headers.items() if name not in ("date", "content-length")}
    return reply.status_code, sorted(headers.items()), body


def _still(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _still(each) for name, each in value.items() if name not in VOLATILE}
    return [_still(each) for each in value] if isinstance(value, list) else value


def send(caller: Caller, call: Call) -> httpx.Response:
    return caller.client.request(call.method, call.path, **call.given)


def check_quiet(caller: Caller, call: Call, reply: httpx.Response) -> None:
    """It is a reply of ours, and says nothing of what is hidden."""
    assert reply.status_code < 500, f"{caller.name}: {call}: {reply.text}"
    assert caller.known or reply.status_code in (401, 404, 405) or call.path in PUBLIC, str(call)
    assert reply.headers["x-content-type-options"] == "nosniff"
    for canary in caller.hidden:
        assert canary not in said(reply), f"{caller.name}: {call}: {reply.text}"


def foreign(world: World, caller: Caller, kind: str) -> Iterator[str]:
    """Ids of things that are there for others, or were."""
    yield from caller.foreign.get(kind, ())
    if kind in world.deleted:
        yield world.deleted[kind]


def test_every_path_is_attacked(world: World) -> None:
    schema = httpx.get(f"{world.server.url}/openapi.json", trust_env=False).json()
    assert sorted(operations(schema)) == sorted(SURFACE)


def matrix(world: World, caller: Caller, operation: str, malformed: tuple[str, ...], most: int = 99) -> int:
    """All cases of a caller and a path, by `most` requests each; how many there were."""
    entry, cases = SURFACE[operation], 0
    for kind in entry.slots:
        for there in foreign(world, caller, kind):
            other = never(kind, there)
            pair = [list(calls(operation, caller.own.with_(kind, each))) for each in (there, other)]
            for call, same in list(zip(*pair, strict=True))[:most]:
                replies = send(caller, call), send(caller, same)
                for each in replies:
                    check_quiet(caller, call, each)
                differ = list(differences(told(replies[0], there), told(replies[1], other)))
                assert not differ, f"{caller.name}: {call}: {differ}"
                cases += 1
        for wrong in malformed:
            for call in list(calls(operation, caller.own.with_(kind, wrong)))[: min(2, most)]:
                check_quiet(caller, call, send(caller, call))
                cases += 1
    for call in calls(operation, caller.own) if entry.whole else ():
        check_quiet(caller, call, send(caller, call))
        cases += 1
    return cases


def attack(world: World, malformed: tuple[str, ...], names: Iterable[str], most: int = 99) -> int:
    """All cases of these callers; how many there were. Every path has its say before the first failure is raised."""
    cases, problems = 0, []
    for name in names:
        for operation in SURFACE:
            try:
                cases += matrix(world, world.callers[name], operation, malformed, most)
            except AssertionError as error:
                problems.append(str(error)[:2000])
    assert not problems, "\n\n".join(problems)
    return cases


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK[:2])
def test_what_is_anothers_is_like_what_never_was(world: World, name: str) -> None:
    assert attack(world, MALFORMED[:2], [name], most=1) > 50


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_what_is_anothers_is_like_what_never_was_for_all_of_them(world: World) -> None:
    cases = attack(world, MALFORMED, QUICK) + attack(world, MALFORMED[:4], world.callers.keys() - {*QUICK})
    print(f"{cases} cases")
    assert cases >= 2000


def differences(one: Any, other: Any, at: str = "") -> Iterator[str]:
    """Where two replies differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted({*one, *other}):
            yield from differences(one.get(name), other.get(name), f"{at}.{name}")
    elif isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        for n, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, f"{at}[{n}]")
    elif one != other:
        yield f"{at}: {one!r:.300} != {other!r:.300}"
