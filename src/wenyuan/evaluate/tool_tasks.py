"""Reading tasks of calling functions: a folder or file of JSON lines as BFCL or ACEBench have them, one turn a task.

BFCL (Patil et al. 2025) gives alternatives for each argument, ACEBench (Chen et al. 2025) one value. Of ACEBench's
special categories only this is kept: no function is to be called, since something is missing, wrong or out of reach.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wenyuan.errors import WrongUse
from wenyuan.evaluate.tool_calls import ExpectedCall
from wenyuan.jsonl import malformed, read_rows
from wenyuan.types import Message, ToolSchema

_SEVERAL_TURNS = re.compile(r"multi_turn|agent_")  # of which a task is no single decision
_HAN = re.compile(r"[\u3400-\u9fff]")
_TURN = re.compile(r"^(user|system): ?", re.MULTILINE)
_NAME = re.compile(r"[^A-Za-z0-9_-]")  # what a function's name may not have on most endpoints
_NUMBERED = re.compile(r"_\d+$")  # ACEBench numbers several calls of one function
_SYNONYMS = {
    "dict": "object",
    "hashmap": "object",
    "float": "number",
    "double": "number",
    "long": "integer",
    "int": "integer",
    "tuple": "array",
    "arraylist": "array",
    "list": "array",
    "char": "string",
    "bool": "boolean",
}
_TYPES = {"object", "number", "integer", "array", "string", "boolean", "null"}


@dataclass(frozen=True, slots=True)
class ToolTask:
    """What is asked, the functions at hand, and the calls that are right: () for none, None for any."""

    id: str
    category: str
    language: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSchema, ...]
    expected: tuple[ExpectedCall, ...] | None


def read_tasks(path: Path) -> list[ToolTask]:
    """All tasks of a file or of the .jsonl files right in a folder, which give the categories; by name, then line.

    Raises:
        WrongUse: there is no such file or folder, or no task in it.
        SourceError: a line is no task; the sentence names it.
    """
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    tasks = [task for file in files if not _SEVERAL_TURNS.search(file.stem) for task in _read(file)]
    if not tasks:
        raise WrongUse(f"{path} has no tasks of one turn: name a folder of .jsonl files of BFCL or ACEBench.")
    return tasks


def _read(file: Path) -> Iterator[ToolTask]:
    for number, row in read_rows(file):
        try:
            yield _task(row, file.stem)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            wrong = f"it is no task of BFCL or ACEBench ({type(error).__name__}: {error})"
            raise malformed(file, number, wrong, "correct or remove it") from error


def _task(row: Mapping[str, Any], category: str) -> ToolTask:
    names = _names(row["function"])
    tools = tuple(_tool(function, names[function["name"]]) for function in row["function"])
    truth = row.get("ground_truth")
    expected: tuple[ExpectedCall, ...] | None = None
    if isinstance(row["question"], str):
        messages = _turns(row)
        expected = () if category.startswith("special") else _expected_once(truth, names)
    else:
        messages = tuple(Message(turn["role"], turn["content"]) for turn in row["question"][0])
        if "irrelevance" in category:
            expected = ()
        elif "relevance" not in category:
            expected = _expected(truth, names)
    language = "zh" if _HAN.search(messages[-1].content) else "en"
    return ToolTask(str(row["id"]), category, language, messages, tools, expected)


def _names(functions: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Every function's name → one that endpoints take, each another."""
    names: dict[str, str] = {}
    for function in functions:
        name = _NAME.sub("_", function["name"])[:60]
        if not re.search(r"[A-Za-z]", name) or name in names.values():
            name = f"{name.strip('_') or 'function'}_{len(names) + 1}"
        names[function["name"]] = name
    return names


def _tool(function: Mapping[str, Any], name: str) -> ToolSchema:
    parameters = function.get("parameters", function.get("arguments")) or {}
    return ToolSchema(name, function["description"], {"type": "object", "properties": {}} | _schema(parameters))


def _schema(node: Mapping[str, Any]) -> dict[str, Any]:
    """JSON schema in place of the data sets' dialects of Python, Java and JavaScript; `any` is no type."""
    schema: dict[str, Any] = {}
    for key, value in node.items():
        match key, value:
            case "type", str():
                kind = _SYNONYMS.get(value.lower(), value.lower())
                schema |= {"type": kind} if kind in _TYPES else {}
            case "properties", Mapping():
                schema[key] = {name: _schema(each) for name, each in value.items() if isinstance(each, Mapping)}
            case "items" | "additionalProperties", Mapping():
                schema[key] = _schema(value)
            case "optional", _:
                pass
            case _:
                schema[key] = value
    return schema


def _expected(truth: Any, names: Mapping[str, str]) -> tuple[ExpectedCall, ...]:  # noqa: ANN401 - JSON
    """BFCL's: a list of {name: {argument: alternatives}}."""
    calls = [call for each in truth for call in each.items()]
    return tuple(ExpectedCall(names.get(name, name), arguments) for name, arguments in calls)


def _expected_once(truth: Any, names: Mapping[str, str]) -> tuple[ExpectedCall, ...]:  # noqa: ANN401 - JSON
    """ACEBench's: {name: {argument: value}}, or a list of such."""
    calls = [call for each in (truth if isinstance(truth, list) else [truth]) for call in each.items()]
    return tuple(
        ExpectedCall(
            names.get(name) or names.get(_NUMBERED.sub("", name)) or name,
            {argument: [_alternatives(value)] for argument, value in arguments.items()},
        )
        for name, arguments in calls
    )


def _alternatives(value: object) -> object:
    """A plain value as `ExpectedCall` has it: each key of an object with its one alternative."""
    if isinstance(value, dict):
        return {key: [_alternatives(each)] for key, each in value.items()}
    return [_alternatives(each) for each in value] if isinstance(value, list) else value


def _turns(row: Mapping[str, Any]) -> tuple[Message, ...]:
    """ACEBench's transcript; what the user's profile and the clock say goes before it."""
    known = [str(row[key]) for key in ("time", "profile") if row.get(key)]
    messages = [Message("system", "\n".join(known))] if known else []
    parts = _TURN.split(row["question"])
    for role, text in zip(parts[1::2], parts[2::2], strict=True):
        messages.append(Message("user" if role == "user" else "assistant", text.strip()))
    if not messages or messages[-1].role != "user":
        raise ValueError("the last turn is not the user's")
    return tuple(messages)
