"""What the description of the service promises of any request: requests are made out of it, valid ones and others."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis.strategies import just
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks

from running import Running, running

# A bearer is a header, a stream is no JSON: these are the promises that every reply keeps.
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.unsupported_method,
]
CALLERS = ("admin", "read", "nobody")


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("fuzzed")) as server:
        server.make(
            "kb", {"a.md": "# Well\n\nThe well is nine metres deep.", "b/c.md": "# Canteen\n\nIt opens at noon."}
        )
        yield server


def narrowed(raw: dict[str, Any]) -> dict[str, Any]:
    """The description with names of things that are there beside others, so that requests come further than to 404."""
    raw = copy.deepcopy(raw)
    there = {"kb": ["kb", "nope", "../x"], "document": ["a.md", "b/c.md", "x.md"]}
    for methods in raw["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                if names := there.get(parameter["name"]):
                    parameter["schema"] = {"anyOf": [{"enum": names}] * 3 + [parameter["schema"]]}
    return raw


def key_of(server: Running, caller: str) -> dict[str, str]:
    return {} if caller == "nobody" else {"Authorization": f"Bearer {server.key(caller)}"}


def fuzz(server: Running, caller: str, each: int) -> Counter[int]:
    """So many requests of each path; how often there was which status."""
    raw = narrowed(httpx.get(f"{server.url}/openapi.json", trust_env=False).json())
    found, problems = Counter[int](), dict[str, str]()
    headers = key_of(server, caller)
    for result in schemathesis.openapi.from_dict(raw).get_all_operations():
        operation = result.ok()
        name = f"{operation.method.upper()} {operation.path}"
        if name == "DELETE /api/knowledge-bases/{kb}" and caller == "admin":
            continue  # the others would have nothing left

        def ask(case: schemathesis.Case, name: str) -> None:
            reply = case.call(base_url=server.url, headers=headers, timeout=60)
            found[reply.status_code] += 1
            try:
                case.validate_response(reply, checks=CHECKS)
            except (FailureGroup, AssertionError) as failure:
                problems.setdefault(f"{name} {reply.status_code}", f"{failure}\n{case.as_curl_command()}"[:3000])

        given(case=operation.as_strategy(), name=just(name))(
            settings(
                max_examples=each,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                verbosity=Verbosity.quiet,
                suppress_health_check=list(HealthCheck),
            )(ask)
        )()
    assert not problems, "\n\n".join(f"{caller}: {name}: {problem}" for name, problem in problems.items())
    return found


@pytest.mark.parametrize("caller", CALLERS)
def test_a_few_requests_out_of_the_description(library: Running, caller: str) -> None:
    found = fuzz(library, caller, 2)
    assert sum(found.values()) > 50
    assert not [status for status in found if status >= 500]


@pytest.mark.timeout(3600)
def test_ten_thousand_requests_out_of_the_description(library: Running) -> None:
    found = sum((fuzz(library, caller, 50) for caller in CALLERS), Counter[int]())
    print(sorted(found.items()))
    assert sum(found.values()) >= 10_000
