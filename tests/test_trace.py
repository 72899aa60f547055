"""A trace holds what stages took and noted."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from wenyuan.trace import Fired, Trace, filter_tree
from wenyuan.types import And, Condition, Filter, Not, Or


def test_stages_are_timed_in_the_order_they_ran_and_add_up() -> None:
    trace = Trace()
    with trace.stage("recall"):
        time.sleep(0.002)
    once = trace.timings_ms["recall"]
    with trace.stage("fuse"):
        pass
    with trace.stage("recall"):
        time.sleep(0.002)
    assert list(trace.timings_ms) == ["recall", "fuse"]
    assert trace.timings_ms["recall"] >= once + 2 >= 4


def test_what_a_stage_within_another_takes_is_its_own_alone() -> None:
    trace = Trace()
    with trace.stage("understand"):
        for _ in range(2):
            with trace.stage("encode"):
                time.sleep(0.05)
    assert list(trace.timings_ms) == ["understand", "encode"]
    assert 0 <= trace.timings_ms["understand"] < 100 <= trace.timings_ms["encode"]


def test_a_stage_that_fails_is_timed_and_its_error_goes_on() -> None:
    trace = Trace()
    with pytest.raises(ZeroDivisionError), trace.stage("fuse"):
        1 / 0  # noqa: B018
    assert trace.timings_ms["fuse"] >= 0


def test_notes_keep_their_order_and_traces_share_nothing() -> None:
    trace = Trace()
    trace.note("First.")
    trace.note("Second.")
    assert trace.notes == ["First.", "Second."]
    assert Trace().notes == []


def test_what_a_rule_did_is_kept_and_said() -> None:
    trace = Trace()
    trace.fire("公告", "pin", "a.md was put first")
    assert trace.fired == [Fired("公告", "pin", "a.md was put first")]
    assert trace.notes == ["Rule '公告', pin: a.md was put first."]
    assert trace.as_json()["fired"] == [{"rule": "公告", "action": "pin", "effect": "a.md was put first"}]


def test_searches_that_run_side_by_side_have_a_trace_each() -> None:
    class Slow(dict[str, Trace]):
        def __contains__(self, purpose: object) -> bool:
            found = super().__contains__(purpose)
            time.sleep(0.02)  # all others look now, if they may
            return found

    trace = Trace(inner=Slow())
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(trace.within, ["search: warranty"] * 4))
    assert list(trace.inner) == ["search: warranty", *(f"search: warranty ({n})" for n in (2, 3, 4))]
    assert {id(each) for each in found} == {id(each) for each in trace.inner.values()}


def test_a_search_that_begins_while_a_trace_is_written_is_no_error() -> None:
    class Late(Trace):
        def as_json(self) -> dict[str, Any]:
            trace.within("late")
            return super().as_json()

    trace = Trace()
    trace.inner["search"] = Late()
    assert list(trace.as_json()["within"]) == ["search"]
    assert list(trace.inner) == ["search", "late"]


def test_a_trace_of_nothing_is_written_too() -> None:
    record = Trace().as_json()
    assert record["query"] is None
    assert record["recall"] == {"candidates": 0, "translations": {}, "filter": None, "legs": {}}
    assert record["hits"] == []


@pytest.mark.parametrize(
    ("filter", "tree"),
    [
        (Condition("type", "in", ("a", "b")), {"field": "type", "op": "in", "value": ["a", "b"]}),
        (
            Not(Or((Condition("n", "gte", 3), And((Condition("ok", "eq", True),))))),
            {
                "not": {
                    "or": [
                        {"field": "n", "op": "gte", "value": 3},
                        {"and": [{"field": "ok", "op": "eq", "value": True}]},
                    ]
                }
            },
        ),
    ],
)
def test_a_filter_is_written_as_the_command_line_reads_it(filter: Filter, tree: object) -> None:
    assert filter_tree(filter) == tree
