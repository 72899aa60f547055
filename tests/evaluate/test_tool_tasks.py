"""Reading tasks in the formats of BFCL and ACEBench."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from wenyuan.errors import SourceError, WrongUse
from wenyuan.evaluate.tool_bench import judge_calls
from wenyuan.evaluate.tool_calls import ExpectedCall
from wenyuan.evaluate.tool_tasks import read_tasks
from wenyuan.types import Message, ToolCall

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


def write(folder: Path, name: str, *rows: dict[str, Any] | str) -> Path:
    folder.mkdir(exist_ok=True)
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    (folder / f"{name}.jsonl").write_text("\n".join(lines), "utf-8")
    return folder


def bfcl(id_: str, question: str = "Weather in Rome?", **rest: Any) -> dict[str, Any]:
    return {"id": id_, "question": [[{"role": "user", "content": question}]], "function": [FORECAST], **rest}


def ace(question: str, truth: Any, *functions: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"id": "a", "question": question, "function": list(functions), "ground_truth": truth, **rest}


OURS = Path(__file__).resolve().parents[1] / "data" / "tool_tasks"


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
    assert judge_calls(none, ()) is None
    assert judge_calls(any_, ()) == "no call where one is right"
    assert judge_calls(any_, (ToolCall("1", "weather_forecast", "{}"),)) is None


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
        assert judge_calls(each, calls) is None, each.id
