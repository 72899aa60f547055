"""Every sentence that may reach a user has its Chinese, which says the same."""

from __future__ import annotations

import ast
import errno
import functools
import itertools
import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import pytest

import wenyuan
from wenyuan import errors
from wenyuan.messages import catalogue, language_of, told
from wenyuan.server.naming import checked_name
from wenyuan.types import Language

ROOT = Path(wenyuan.__file__).parent

# Calls and the argument that is said: errors, notes, and what becomes a part of either.
CALLS = {name: 0 for name, each in vars(errors).items() if isinstance(each, type) and issubclass(each, Exception)} | {
    "note": 0, "note_rule": 0, "_broken": 0, "error": 0, "out_of_time": 1, "locate_as": 2, "fire": 2, "found": 2,
    "Errors": 2, "ChosenPrecision": 1, "Refused": 2, "_wrong": 0, "broken": 0, "Finding": 2,
}  # fmt: skip

# Lists and fields of sentences: what is assigned, added or given to them.
NAMES = {"note", "notes", "warnings", "failed", "problems"}

# Functions that make sentences or parts of them, and other names that hold such, by module.
ELSEWHERE: Mapping[str, Sequence[str]] = {
    "assemble.py": ("lines",),
    "chat/faults.py": ("_STATUS",),
    "chat/probe.py": ("forms",),
    "chat/server_error.py": ("_MENDS", "words"),
    "engine/diagnose/changes.py": ("surer",),
    "engine/diagnose/conditions.py": ("__str__",),
    "engine/diagnose/ruling.py": ("_problems",),
    "engine/diagnose/trial.py": ("attempt", "leaving_out", "without_rule"),
    "engine/correcting.py": ("waiting",),
    "engine/diagnose/why.py": ("why", "_why", "_empty", "_unknown", "_filtered", "_lost", "_two", "_further"),
    "engine/arriving.py": ("access_told",),
    "engine/ingest.py": ("_left",),
    "engine/naming.py": ("unknown",),
    "engine/tarball.py": ("run", "_next", "_small", "_files", "_pieces", "read"),
    "engine/diagnose/wording.py": ("_LABELS", "sentence", "_at_rank", "_lowered", "_scores", "_leg"),
    "evaluate/gate.py": ("judge", "shortfall", "worsening", "_figures"),
    "evaluate/rerankers.py": ("alarm",),
    "evaluate/tool_tasks.py": ("_turns",),
    "filters.py": ("contradiction",),
    "generate/preview.py": ("_VOID",),
    "load/content.py": ("_parse",),
    "load/encoding.py": ("_BINARY", "decode"),
    "load/fields.py": ("read_fields", "split_front_matter"),
    "load/formats.py": ("recognise",),
    "load/pdf.py": ("lost",),
    "models/cpu.py": ("slow_int8",),
    "models/leg_policy.py": ("check",),
    "rules/answer.py": ("_NOT_TYPED", "_proof", "_quoted"),
    "rules/read.py": ("_contradictions", "_idle", "_opposed", "_shut_out", "_complaint"),
    "rules/rule.py": ("_TOO_SLOW", "why_not", "_pattern_misses", "why_never"),
    "rules/tables.py": ("_visible", "_date", "_pattern", "_chooses", "_has_one_source", "_expects_something"),
    "server/mcp/wording.py": ("_warning", "_found", "_answered", "_span", "_reasons", "_documents", "_bases"),
    "server/routes/curated.py": ("_unused",),
    "server/ruling.py": ("_said",),
    "store/connections.py": ("_CLOSED",),
    "store/upkeep.py": ("faults",),
    "tools/tool.py": ("_unsupported",),
    "training/config.py": ("_sentence",),
    "training/loop/precision.py": ("__str__",),
    "training/reader.py": ("open",),
}

# What callers put around what is said in a module, by these names if there are any: the first that fits.
AROUND: Sequence[tuple[str, Sequence[str], Sequence[str]]] = (
    ("chat/faults.py", ["_STATUS"], ["@.", "@ ({})."]),
    ("chat/wire.py", ["error"], ["{} @."]),
    ("load/discover.py", [], ["@"]),
    ("load/fields.py", ["read_fields"], ["@", "{}: @"]),
    ("load/loader.py", ["WrongUse"], ["@"]),
    ("load/isolated.py", ["WenyuanError"], ["@"]),
    ("load/", [], ["{}: @"]),
    ("rules/read.py", ["_complaint"], ["{}: the file @.", "{}: rule '{}' @.", "{}: rule {} @.", "{}: test {} @."]),
    ("rules/read.py", ["_idle", "_opposed", "_shut_out"], ["{}: rule '{}' @."]),
    ("rules/read.py", ["_contradictions"], ["{}: rule '{}' @.", "{}: test {} @."]),
)

# Parts of sentences that are put together as the program runs.
PARTS = (
    "the endpoint", "Fusion", "{}, line {}", "The folder {} of {}",
    "bm25 {}", "dense {}", "summary {}",
    "bm25 {}; dense {}", "dense {}; bm25 {}", "bm25 {}; dense {}; summary {}",
    "{} is number {}, beyond {} = {} (score {}; {} is needed).",
    "There is no document {} in the knowledge base; did you mean {}?",
    "There is no document {} in the knowledge base; `wenyuan list` names those that are.",
    *(
        f"The knowledge base {{}} was made with {what} {{}}, not {{}}; open it with that one, or make it anew with "
        "`wenyuan sync --rebuild`." for what in ("model", "analyser", "dimension")
    ),
)  # fmt: skip

REASONS = "# reasons of the operating system"
"""Where what others say begins in the file."""

# Values that are only grammar: the Chinese leaves them out.
ENDINGS = {"The rule{} {}": {0}, "{} has {} label{}: a classifier needs at least two.": {2}}

WORD = re.compile("[A-Za-z]{2,}")

Values = Mapping[str, Sequence[ast.expr]]
"""Name → the expressions that are assigned to it."""


def variants(node: ast.AST, names: Values, phrases: set[str]) -> list[str]:
    """What an expression may say, with {} for each value; phrases that fill a value are added to `phrases`."""
    said = ["{}"]
    match node:
        case ast.Constant(value=str(text)):
            said = [text]
        case ast.IfExp(body=one, orelse=other):
            said = [*variants(one, names, phrases), *variants(other, names, phrases)]
        case ast.BoolOp(op=ast.Or(), values=values):
            said = [text for each in values for text in variants(each, names, phrases)]
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            said = [a + b for a in variants(left, names, phrases) for b in variants(right, names, phrases)]
        case ast.Name(id=name) if name in names:
            others = {other: values for other, values in names.items() if other != name}
            said = [text for value in names[name] for text in variants(value, others, phrases)]
        case ast.JoinedStr(values=values):
            said = ["".join(each) for each in itertools.product(*(variants(each, names, phrases) for each in values))]
        case ast.FormattedValue(value=value):
            filling = dict.fromkeys(variants(value, names, phrases))
            if all(text == "{}" or (len(WORD.findall(text)) > 3 and text == text.strip(" ,;")) for text in filling):
                phrases.update(filter(says, filling))
            elif any(map(says, filling)):
                said = [*filling]  # endings and a few words, which a name may be, too, make sentences of their own
    return said


def says(text: str) -> bool:
    """Whether there is a word in it."""
    return WORD.search(text) is not None


def strings(node: ast.AST, names: Values) -> Iterator[ast.expr]:
    """The outermost texts of several words below a node, without docstrings and what is compared or looked up."""
    match node:
        case ast.Expr(value=ast.Constant()) | ast.Compare() | ast.Subscript():
            return
        case ast.Call(func=ast.Attribute(attr="removeprefix" | "rsplit" | "join")):
            return
        case ast.Constant() | ast.JoinedStr() | ast.BinOp() if (
            says(text := variants(node, names, set())[0]) and " " in text
        ):
            yield node
        case ast.JoinedStr():
            return
        case _:
            for child in ast.iter_child_nodes(node):
                yield from strings(child, names)


def assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The names that a statement gives values, and those values."""
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
            for target, value in zip(targets, values, strict=False):  # one may be starred
                yield ast.unparse(target), value
        case (
            ast.Assign(targets=[ast.Name(id=name) | ast.Subscript(value=ast.Attribute(attr=name))], value=value)
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            | ast.AugAssign(target=ast.Name(id=name) | ast.Attribute(attr=name), value=value)
            | ast.keyword(arg=str(name), value=value)
            | ast.Call(
                func=ast.Attribute(value=ast.Name(id=name) | ast.Attribute(attr=name), attr="append"), args=[value]
            )
        ):
            yield name, value


def spoken(module: str) -> Iterator[tuple[str, ast.expr, Values]]:
    """What is said in a module: by which call or name, the expression, and the values of names in it."""
    tree = ast.parse((ROOT / module).read_text("utf-8"))
    methods = [each for owner in tree.body if isinstance(owner, ast.ClassDef) for each in owner.body]
    own = ELSEWHERE.get(module, ())
    for owner in (*(each for each in tree.body if not isinstance(each, ast.ClassDef)), *methods):
        names: dict[str, list[ast.expr]] = {}
        for name, value in itertools.chain(*map(assigned, (*tree.body, *ast.walk(owner)))):
            names.setdefault(name, []).append(value)
        for node in ast.walk(owner):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="log"))):
                    continue  # a server's log is English
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=given) if name in CALLS:
                    yield from ((name, each, names) for each in given[CALLS[name] : CALLS[name] + 1])
                case ast.Call(func=ast.Name(id="malformed"), args=[_, _, *said]):
                    what, mend = (*said, ast.Constant("mend or remove it"))[:2]
                    whole = (ast.Constant("{}, line {}: "), what, ast.Constant("; "), mend, ast.Constant("."))
                    yield "malformed", functools.reduce(lambda a, b: ast.BinOp(a, ast.Add(), b), whole), names
                case ast.FunctionDef(name=name, body=body) if name in own:
                    yield from ((name, each, names) for statement in body for each in strings(statement, names))
                case _:
                    for name, value in assigned(node):
                        if name in own or name in NAMES:
                            yield from ((name, each, names) for each in strings(value, names))


@functools.cache
def sentences() -> frozenset[str]:
    """All that may be said, with {} for each value, and the phrases that values may be."""
    found = set[str]()
    for path in sorted(ROOT.rglob("*.py")):
        module = path.relative_to(ROOT).as_posix()
        for name, node, names in spoken(module):
            for text in variants(node, names, found):
                found.update(_whole(module, name, text))
    return frozenset(text for text in found if says(text) and not re.match("[ ,]+[A-Za-z{]", text))


def _whole(module: str, name: str, text: str) -> Sequence[str]:
    """The sentences that are made of it."""
    text = re.sub(r"{\w+}", "{}", text)
    if module == "sqlite.py":
        databases = ("catalogue", "journal", "list of a mirror", "server database")
        return [re.sub("(?i)(the) {} {}", rf"\1 {file} {{}}", text) for file in databases]
    if module in ("filters.py", "rules/tables.py"):  # in what is wrong with rules.toml, without its stop
        return sorted({text, text.removesuffix(".")})
    if text == "{} from {} to {}":
        return _changes()
    if text == "{}, and {}":
        without = "search without the rule '{}'", "search without the condition '{}' of the question"
        return [f"{{}}, and {change}" for change in (*_changes(), *without)]
    around = (frames for start, names, frames in AROUND if module.startswith(start) and name in (names or {name}))
    return [frame.replace("@", text) for frame in next(around, ["@"])]


def _changes() -> list[str]:
    """What `why` may change, from a value to another one."""
    tried = "".join((ROOT / "engine/diagnose" / name).read_text("utf-8") for name in ("changes.py", "trial.py"))
    return [f"{name} from {{}} to {{}}" for name in sorted({*re.findall(r'"(k|[a-z]+\.[a-z_]+)"', tried)})]


# --- the catalogue


def _file() -> str:
    return (files("wenyuan.messages") / "zh" / "sentences.toml").read_text("utf-8")


def _own() -> dict[str, str]:
    return tomllib.loads(_file())


def _values(chinese: str) -> list[int]:
    """The values that a Chinese template takes, by their places in the English."""
    named = re.findall(r"\{(\d*)\}", chinese)
    return [int(name or n) for n, name in enumerate(named)]


def _quoted(text: str) -> list[str]:
    return sorted(re.sub(r"{\d+}", "{}", each) for each in re.findall("`[^`]+`", text))


def test_every_sentence_has_its_chinese() -> None:
    missing = sorted(sentences() - catalogue().keys())
    assert not missing, "\n" + "\n".join(f'{json.dumps(each, ensure_ascii=False)} = ""' for each in missing)


def test_nothing_is_translated_that_nobody_says() -> None:
    reasons = tomllib.loads(_file().partition(REASONS)[2].partition("\n")[2])
    assert sorted(_own().keys() - sentences() - reasons.keys() - {*PARTS}) == []


def test_the_chinese_takes_each_value_once() -> None:
    for english, chinese in _own().items():
        expected = {*range(english.count("{}"))} - ENDINGS.get(english, set())
        assert sorted(_values(chinese)) == sorted(expected), english


def test_the_chinese_has_chinese_marks_and_the_commands_as_they_are() -> None:
    for english, chinese in _own().items():
        assert not re.search(r"[\u4e00-\u9fff`}][,.:;!?] ?[\u4e00-\u9fff]", chinese), chinese
        assert _quoted(english) == _quoted(chinese), english
        assert english.endswith(".") == chinese.endswith("。"), english


def test_no_sentence_is_taken_for_another() -> None:
    for english, chinese in _own().items():
        values = [f"‹{n}›" for n in range(english.count("{}"))]
        parts = itertools.zip_longest(english.split("{}"), values, fillvalue="")
        unnumbered = iter(values)
        whole = re.sub(r"\{(\d*)\}", lambda at: values[int(at[1])] if at[1] else next(unnumbered), chinese)  # noqa: B023
        assert told("".join(itertools.chain(*parts)), "zh") == whole, english


# --- telling


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("The question is empty; write at least one word.", "问题是空的，请至少写一个词。"),
        (
            "The run in out was begun with another lr, seed: choose another `out`.",
            "out 中的训练开始时 lr, seed 不同，请另选一个 `out`。",
        ),
        ("Time for reranking was up: 3 of 8 candidates were read.", "重排的时间用完了：8 个候选段落读了 3 个。"),
        (
            "--history talk.jsonl, line 2: it is no JSON object; mend or remove it.",
            "--history talk.jsonl 第 2 行：不是 JSON 对象，请改正或删去这一行。",
        ),
        (
            "The language model did not answer, its sources are quoted instead: x@http://h/v1 reports error 401: "
            "no reason given; check the endpoint's key.",
            "语言模型没有回答，改为逐字引用来源：x@http://h/v1 报告错误 401：没有说明原因；请检查接口的密钥。",
        ),
        (
            "kb/rules.toml, line 4: rule 'old' lacks the key 'name'; add it.",
            "kb/rules.toml 第 4 行：规则“old”缺少键“name”，请补上。",
        ),
        (
            "a: b.txt: it cannot be read (permission denied); check the path and its permissions",
            "a: b.txt：无法读取（没有权限），请检查路径和它的权限",
        ),
        ("There is no file {0}{a}: name one that exists.", "没有文件 {0}{a}，请指定已有的文件。"),
        (
            "t.yaml is not valid YAML (a\nb:\n d); correct that line.",
            "t.yaml 不是有效的 YAML（a\nb:\n d），请改正那一行。",
        ),
        (
            "No leg has a.md among its candidates: dense has it at rank 7 (score 0.5); bm25 finds no word of the "
            "question in it.",
            "没有一路检索把 a.md 列入候选段落：dense 把它排在第 7 名（得分 0.5）；bm25 在其中没有找到问题中的任何词。",
        ),
    ],
)
def test_a_sentence_is_told_in_chinese_with_its_values(english: str, chinese: str) -> None:
    assert told(english, "zh") == chinese


@pytest.mark.parametrize("sentence", ["The pump hums: listen.", "", "水泵在响。", "{} {0}", "Line one.\nLine two."])
def test_a_sentence_that_nobody_knows_stays_as_it_is(sentence: str) -> None:
    assert told(sentence, "zh") == sentence


def test_english_stays_as_it_is() -> None:
    for english in _own():
        assert told(english, "en") == english


def test_reasons_are_told_as_this_system_writes_them() -> None:
    for code in (errno.EACCES, errno.ENOENT, errno.ENOSPC, errno.EISDIR, errno.ENOTDIR, errno.ETIMEDOUT):
        reason = os.strerror(code)
        assert told(reason, "zh") == told(reason.lower(), "zh") != reason
    assert told(f"[Errno 13] {os.strerror(errno.EACCES)}: 'a: b'", "zh") == "没有权限：'a: b'（错误号 13）"


def test_reasons_of_the_toml_reader_and_of_fields_are_told() -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as unclosed:
        tomllib.loads("[[rule]\n")
    assert told(str(unclosed.value), "zh") == "表数组的名称之后应有“]]”（第 1 行第 7 列）"
    colour = (
        "'widget.colour' has a value that does not fit (String should match pattern '^#[0-9a-fA-F]{6}$'); correct it in"
    )
    assert "应写成 #1f5fbf 的形式" in told(f"{colour} wenyuan.toml or in the environment (WENYUAN_*).", "zh")


@pytest.mark.parametrize("what", ["knowledge base", "question set", "source", "tenant"])
def test_what_cannot_be_a_name_is_told_with_what_it_is_of(what: str) -> None:
    with pytest.raises(errors.WrongUse) as wrong:
        checked_name(what, "a/b")
    assert what not in told(str(wrong.value), "zh")


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_TW"}, "zh"),
        ({"LANG": "zh"}, "zh"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "", "LC_ALL": ""}, "zh"),
        ({"LANG": ""}, "en"),
    ],
)
def test_the_locale_names_the_language(environment: Mapping[str, str], language: Language) -> None:
    assert language_of(environment) == language
