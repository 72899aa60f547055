"""`rules.toml` → Rules. Whatever is wrong is one sentence that names the file, the line, the rule and the mend."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from wenyuan.errors import WrongUse
from wenyuan.filters import contradiction, fields_of, matches, sources_of
from wenyuan.rules.rule import ACTIONS, Rule, Rules
from wenyuan.types import Value

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

FILE_NAME = "rules.toml"

_Place = tuple[int | str, ...]
"""Where in the file: ("rule", 2, "boost", "factor"), rules counted from 0."""


def read_rules(path: Path) -> Rules:
    """The rules of a file; none where there is no such file.

    Raises:
        WrongUse: it is not TOML, or something in it is unknown, malformed or contradicts itself.
    """
    if not path.is_file():
        return Rules()
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise _no_toml(path, error) from error
    return parse_rules(text, path)


def parse_rules(text: str, path: Path) -> Rules:
    """The rules of a text that is to stand in the file `path`, by which sentences call it.

    Raises:
        WrongUse: as `read_rules`.
    """
    from wenyuan.rules.tables import FileTable  # its models take a while to build, and few houses have rules

    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _no_toml(path, error) from error
    try:
        file = FileTable.model_validate(content)
    except ValidationError as error:
        # A misspelt key is also a missing one: the misspelling is what is to be mended.
        first = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
        raise WrongUse(_sentence(path, text, content, first["loc"], _complaint(first))) from error
    rules = Rules(tuple(table.made() for table in file.rule), tuple(table.made() for table in file.test))
    for place, problem in _contradictions(rules):
        raise WrongUse(_sentence(path, text, content, place, problem))
    return rules


# --- what contradicts itself


def _contradictions(rules: Rules) -> Iterator[tuple[_Place, str]]:
    names = Counter(rule.name for rule in rules.rules)
    for n, rule in enumerate(rules.rules):
        if names[rule.name] > 1:
            yield ("rule", n, "name"), "has the name of another rule; give each a name of its own"
        for key, problem in (*_idle(rule), *_opposed(rule), *_shut_out(rule)):
            yield ("rule", n, key), problem
    for n, test in enumerate(rules.tests):
        for name in test.expect or ():
            if name not in names:
                yield ("test", n, "expect"), f"expects '{name}', which is the name of no rule; correct the name"


def _idle(rule: Rule) -> Iterator[tuple[str, str]]:
    """A rule that never does anything."""
    if not rule.actions:
        yield "name", f"does nothing; give it at least one of {', '.join(ACTIONS)}"
    if rule.starts is not None and rule.ends is not None and rule.ends <= rule.starts:
        yield "until", "ends before it begins; correct from or until"
    if rule.answer and rule.starts is not None and rule.answer.expires <= rule.starts:
        yield "expires", "has an answer that expires before the rule begins; correct expires or from"
    for document, times in Counter(rule.pin).items():
        if times > 1:
            yield "pin", f"pins {document} twice; name it once"


def _opposed(rule: Rule) -> Iterator[tuple[str, str]]:
    """Actions of a rule that undo each other or change nothing together, and those that can choose no document."""
    scaled = {name: scale.documents for name, scale in (("boost", rule.boost), ("bury", rule.bury)) if scale}
    chosen = scaled | {name: made for name, made in (("filter", rule.filter), ("exclude", rule.exclude)) if made}
    for one, other in combinations(chosen, 2):
        if chosen[one] == chosen[other]:
            yield other, f"has {one} and {other} for the same documents; keep one of the two"
    for name, made in chosen.items():
        if reason := contradiction(made):
            yield name, f"chooses no document with its {name}: {reason}; take one of them out"


def _shut_out(rule: Rule) -> Iterator[tuple[str, str]]:
    """Documents that a rule puts first or answers from, and at the same time leaves out: as far as ids tell."""
    barriers = [(name, made) for name, made in (("filter", rule.filter), ("exclude", rule.exclude)) if made]
    needed = [("pin", document) for document in rule.pin]
    if rule.answer and rule.answer.document:
        needed.append(("answer", rule.answer.document))
    for name, made in barriers:
        for action, document in needed:
            by_id: Mapping[str, Value] = {"document": document, "source": sources_of(document)}
            if fields_of(made) <= by_id.keys() and matches(made, by_id) == (name == "exclude"):
                yield name, f"leaves out {document} with its {name}, which its {action} needs; keep one of the two"


# --- the sentence


def _no_toml(path: Path, error: ValueError) -> WrongUse:
    return WrongUse(f"{path} is not valid TOML ({error}); correct it there, or delete the file.")


def _complaint(error: ErrorDetails) -> str:
    place, kind = error["loc"], error["type"]
    key = ".".join(part for part in place[2:] if isinstance(part, str)) or str(place[0])
    match kind:
        case "extra_forbidden":
            return f"has an unknown key '{place[-1]}'; its keys are {', '.join(_keys(place))}"
        case "missing":
            return f"lacks the key '{key}'; add it"
        case "model_type":
            return f"has '{key}' that is no table; write its keys in braces or under a heading of its own"
        case "value_error":
            return f"has '{key}' that does not fit: {error['msg'].removeprefix('Value error, ')}"
        case _:
            return f"has '{key}' that does not fit ({error['msg']}); correct it"


def _keys(place: _Place) -> list[str]:
    """The keys of the table in which something stands."""
    from wenyuan.rules.tables import TABLES, FileTable

    table = next((TABLES[part] for part in reversed(place[:-1]) if part in TABLES), FileTable)
    return [field.alias or name for name, field in table.model_fields.items()]


def _sentence(path: Path, text: str, content: dict[str, Any], place: _Place, problem: str) -> str:
    line = _line(text, place)
    return f"{path}{f', line {line}' if line else ''}: {_subject(content, place)} {problem}."


def _subject(content: dict[str, Any], place: _Place) -> str:
    if len(place) < 2:
        return "the file"
    kind, n = str(place[0]), int(place[1])
    table = content[kind][n]
    name = table.get("name") if isinstance(table, dict) else None
    return f"{kind} '{name}'" if name and isinstance(name, str) else f"{kind} {n + 1}"


def _line(text: str, place: _Place) -> int | None:
    """Where a key stands, from 1, found by searching: tomllib keeps no places of values."""
    lines = text.splitlines()
    at, end = 0, len(lines)
    if len(place) > 1:
        headings = [n for n, line in enumerate(lines) if re.match(rf"\s*\[\[\s*{place[0]}\s*]]", line)]
        if len(headings) <= int(place[1]):
            return None
        at = headings[int(place[1])]
        end = next((n for n in range(at + 1, end) if lines[n].lstrip().startswith("[[")), end)
        place = place[2:]
    for key in (part for part in place if isinstance(part, str)):
        written_so = re.compile(rf"""(^|[\s{{,.\[])["']?{re.escape(key)}["']?\s*[\]=.]""")
        at = next((n for n in range(at, end) if written_so.search(lines[n])), at)
    return at + 1
