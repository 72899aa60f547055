"""Reading tasks in the two formats, drawing some, asking a scripted model, and the shares."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import pytest

from wenyuan.errors import EndpointError, SourceError, WrongUse
from wenyuan.evaluate.tool_bench import ask_all, draw, judge, tally, wilson
from wenyuan.evaluate.tool_calls import ExpectedCall
from wenyuan.evaluate.tool_tasks import ToolTask, read_tasks
from wenyuan.types import Message, Piece, Reply, Request, TextDelta, ToolCall, ToolSchema

OURS = Path(__file__).resolve().parents[1] / "data" / "tool_tasks"
FORECAST = {
    "name": "weather.forecast",
    "description": "预报",
    "parameters": {
        "type": "dict",
        "properties": {
            "city": {"type": "String"},
            "days": {"type": "float", "optional": True, "default": 1},
            "at": {"type": "tuple", "items": {"type": "any"}},
            "type": {"type": "HashMap", "properties": {"type": {"type": "long"}}},
        },
        "required": ["city"],
    },
}


class Scripted:
    """A model that says what it is told to, in order; an error is raised."""

    id, window = "scripted", 4096

    def __init__(self, *replies: Reply | EndpointError | None) -> None:
        self.replies = list(replies)
        self.asked: list[Request] = []

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text) for text in texts]

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        self.asked.append(request)
        reply = self.replies.pop(0)
        if isinstance(reply, EndpointError):
            raise reply
        yield TextDelta("")
        if reply is not None:
            yield reply


def write(folder: Path, name: str, *rows: dict[str, Any] | str) -> Path:
    folder.mkdir(exist_ok=True)
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    (folder / f"{name}.jsonl").write_text("\n".join(lines), "utf-8")
    return folder


def bfcl(id_: str, question: str = "Weather in Rome?", **rest: Any) -> dict[str, Any]:
    return {"id": id_, "question": [[{"role": "user", "content": question}]], "function": [FORECAST], **rest}


def ace(question: str, truth: Any, *functions: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"id": "a", "question": question, "function": list(functions), "ground_truth": truth, **rest}


def task(category: str = "c", language: str = "en", *expected: ExpectedCall) -> ToolTask:
    tools = (ToolSchema("f", "", {"type": "object", "properties": {"x": {"type": "integer"}}}),)
    return ToolTask("t", category, language, (Message("user", "?"),), tools, expected)


def test_a_task_of_bfcl_is_read_with_its_schema_in_json_words(tmp_path: Path) -> None:
    truth = [{"weather.forecast": {"city": ["Rome"], "days": ["", 1]}}]
    (read,) = read_tasks(write(tmp_path, "simple", bfcl("s1", ground_truth=truth)))
    assert (read.id, read.category, read.language) == ("s1", "simple", "en")
    assert read.messages == (Message("user", "Weather in Rome?"),)
    assert read.tools[0].name == "weather_forecast"
    assert read.tools[0].parameters == {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "days": {"type": "number", "default": 1},
            "at": {"type": "array", "items": {}},
            "type": {"type": "object", "properties": {"type": {"type": "integer"}}},
        },
        "required": ["city"],
    }
    assert read.expected == (ExpectedCall("weather_forecast", {"city": ["Rome"], "days": ["", 1]}),)


def test_irrelevant_functions_want_no_call_and_relevant_ones_any(tmp_path: Path) -> None:
    write(tmp_path, "irrelevance", bfcl("i", "你好"))
    none, any_ = read_tasks(write(tmp_path, "live_relevance", bfcl("r")))
    assert (none.expected, none.language, any_.expected) == ((), "zh", None)
    assert judge(none, ()) is None
    assert judge(any_, ()) == "no call where one is right"
    assert judge(any_, (ToolCall("1", "weather_forecast", "{}"),)) is None


def test_a_transcript_of_acebench_becomes_turns_with_clock_and_profile_before_them(tmp_path: Path) -> None:
    question = "user: 查天气\nsystem: 哪个城市？\nuser: 北京，\n谢谢\n"
    row = ace(question, {"weather.forecast": {"city": "北京"}}, FORECAST, time="今天是周一。", profile="{'a': 1}")
    (read,) = read_tasks(write(tmp_path, "normal_atom_bool", row))
    assert [(turn.role, turn.content) for turn in read.messages] == [
        ("system", "今天是周一。\n{'a': 1}"),
        ("user", "查天气"),
        ("assistant", "哪个城市？"),
        ("user", "北京，\n谢谢"),
    ]
    assert read.language == "zh"


def test_the_values_of_acebench_are_the_only_alternatives(tmp_path: Path) -> None:
    function = {"name": "订票", "description": "", "arguments": {"type": "object", "properties": {}}}
    values = {"who": {"name": "A", "tags": ["x", {"y": 1}]}, "n": 2}
    row = ace("user: 两张", {"订票_1": values, "订票_2": {"n": 3}}, FORECAST, function)
    (read,) = read_tasks(write(tmp_path, "normal_parallel", row))
    assert read.tools[1].name == "function_2"
    assert read.expected == (
        ExpectedCall("function_2", {"who": [{"name": ["A"], "tags": [["x", {"y": [1]}]]}], "n": [2]}),
        ExpectedCall("function_2", {"n": [3]}),
    )


def test_special_categories_of_acebench_want_no_call_and_several_turns_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "normal_multi_turn_user_adjust", "not even JSON")
    write(tmp_path, "agent_multi_step", "not even JSON")
    (read,) = read_tasks(write(tmp_path, "special_incomplete", ace("user: x", {"f": ["missing"]}, FORECAST)))
    assert read.expected == ()


def test_a_file_alone_is_read_too(tmp_path: Path) -> None:
    line = json.dumps(bfcl("j") | {"note": "a\u2028b"}, ensure_ascii=False)
    assert len(read_tasks(write(tmp_path, "irrelevance", bfcl("i"), "", line) / "irrelevance.jsonl")) == 2


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"id": 1}', json.dumps(ace("system: x", {}, FORECAST)), json.dumps({"function": [1]})]
)
def test_a_line_that_is_no_task_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(SourceError, match=r"simple\.jsonl, line 2: it is no ") as caught:
        read_tasks(write(tmp_path, "simple", bfcl("i", ground_truth=[]), line))
    assert "\n" not in str(caught.value)


def test_a_folder_without_tasks_is_wrong_use(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(WrongUse, match=path.name):
            read_tasks(path)


def test_our_own_tasks_can_be_done() -> None:
    tasks = read_tasks(OURS)
    assert sum(bool(each.expected) for each in tasks) == 10
    for each in tasks:
        calls = [
            ToolCall("1", one.name, json.dumps({name: options[-1] for name, options in one.arguments.items()}))
            for one in each.expected or ()
        ]
        assert judge(each, calls) is None, each.id


def test_drawing_takes_so_many_of_each_category_and_language_the_same_for_a_seed() -> None:
    tasks = [task(category, language) for category in "ab" for language in ("zh", "en") for _ in range(5)]
    drawn = draw(tasks, 2, seed=1)
    assert [(each.category, each.language) for each in drawn] == [
        (category, language) for category in "ab" for language in ("zh", "en") for _ in range(2)
    ]
    assert draw(tasks, 2, seed=1) == drawn
    assert draw(tasks, None) == draw(tasks, 9) == tasks


def test_the_model_is_asked_and_judged() -> None:
    right = ToolCall("1", "f", '{"x": 1}')
    model = Scripted(
        Reply("", (right,), "tool_calls"),
        Reply("no"),
        Reply("", (right,), "length"),
        EndpointError("It cannot.", "rejected"),
        None,
    )
    seen: list[tuple[int, int]] = []
    tasks = [task("c", "en", ExpectedCall("f", {"x": [1]}))] * 5
    outcomes = asyncio.run(ask_all(model, tasks, lambda done, of: seen.append((done, of))))
    assert [each.mistake for each in outcomes] == [
        None,
        "0 calls where 1 are right",
        "the reply is cut off",
        "It cannot.",
        "scripted ended without a reply; ask again.",
    ]
    assert seen == [(n, 5) for n in range(1, 6)]
    assert model.asked[0].tools == tasks[0].tools


def test_an_endpoint_that_does_not_reply_ends_the_bench() -> None:
    model = Scripted(EndpointError("Nobody there.", "connect"))
    with pytest.raises(EndpointError, match="Nobody"):
        asyncio.run(ask_all(model, [task()]))


def test_shares_come_with_intervals_and_with_what_needs_no_model() -> None:
    call = ToolCall("1", "f", '{"x": 1}')
    tasks = [task("call", "en", ExpectedCall("f", {"x": [1]})), task("call", "en", ExpectedCall("f", {"x": ["", 2]}))]
    tasks += [task("none", "en"), task("none", "zh")]
    model = Scripted(*[Reply("", (call,))] * 2, Reply("hi"), Reply("", (call,)))
    lines = tally(asyncio.run(ask_all(model, tasks)))
    assert [(line.category, line.language, line.n, line.right) for line in lines] == [
        ("call", "en", 2, 0.5),
        ("none", "en", 1, 1.0),
        ("none", "zh", 1, 0.0),
        ("all", "en", 3, 2 / 3),
        ("all", "zh", 1, 0.0),
    ]
    assert [(line.never, line.first) for line in lines[:3]] == [(0.0, 0.5), (1.0, 0.0), (1.0, 0.0)]
    assert all(0 <= line.low <= line.right <= line.high <= 1 for line in lines)


@pytest.mark.parametrize(
    ("right", "n", "low", "high"), [(8, 10, 0.490, 0.943), (0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0)]
)
def test_the_interval_is_wilsons(right: int, n: int, low: float, high: float) -> None:
    assert wilson(right, n) == pytest.approx((low, high), abs=5e-4)
