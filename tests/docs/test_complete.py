"""The manual names all there is: commands, options, settings, extras, formats, models, errors; and nothing else."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import fields
from importlib import import_module
from importlib.metadata import version
from pkgutil import iter_modules
from typing import Any

import pytest
from fastapi.routing import APIRoute
from pydantic_core import PydanticUndefined

from wenyuan import errors
from wenyuan.engine.diagnose.lost import Stage
from wenyuan.engine.report import Report
from wenyuan.load.formats import PARSERS, SUPPORTED
from wenyuan.server import routes
from wenyuan.server.routes import given
from wenyuan.settings import Settings
from wenyuan.types import Citation
from wenyuan.understand.intent import INTENTS

from .manual import ROOT, page
from .typing_in import leaves, options

LANGUAGES = ["en", "zh"]
NONE = {"none", "无", "no limit", "不限"}  # the default of a setting that is not set
LEAVES = dict(leaves())
ERRORS = {"en": "Errors", "zh": "错误"}


SERVED = ("server.md", "access.md", "clients.md", "sources.md", "operation.md")


def text_of(language: str, name: str) -> str:
    return page(ROOT / "docs" / language / name).text


def sections(text: str) -> dict[str, str]:
    """What stands under each heading of the second level."""
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def section_of(language: str, command: str) -> str:
    return sections(text_of(language, "commands.md"))[f"wenyuan {command.split(maxsplit=1)[0]}"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", LEAVES)
def test_every_command_and_option_is_in_the_manual(language: str, command: str) -> None:
    told = section_of(language, command)
    assert re.search(rf"`wenyuan {command}\b", told)
    tables = " ".join(re.findall(r"^\| (.+?) \| ", told, re.MULTILINE))
    for names in options(LEAVES[command]):
        assert any(re.search(rf"(?<![\w-]){name}(?![\w-])", tables) for name in names), f"{names} is missing"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("word", sorted({command.split()[0] for command in LEAVES}))
def test_no_option_is_in_the_manual_that_a_command_has_not(language: str, word: str) -> None:
    known = {
        name for command in LEAVES if command.split()[0] == word for each in options(LEAVES[command]) for name in each
    }
    rows = re.findall(r"^\| (`.+?) \| ", section_of(language, word), re.MULTILINE)
    assert {found for row in rows for found in re.findall(r"(?<![\w-])--?[a-z][\w-]*", row)} <= known


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_option_that_a_page_mentions_is_one(language: str) -> None:
    known = {"--help", "--version"} | {name for each in LEAVES.values() for names in options(each) for name in names}
    for path in (ROOT / "docs" / language).glob("*.md"):
        named = {code.split()[0] for code in page(path).codes() if re.match("--[a-z]", code)}
        assert named <= known, path


@pytest.mark.parametrize("language", LANGUAGES)
def test_defaults_of_options_are_those_of_the_program(language: str) -> None:
    said = re.compile(r"(?:default|默认) ?(?:是 )?(\d+)\b")
    for command, each in LEAVES.items():
        for option in (param for param in each.params if param.param_type_name == "option"):
            rows = re.findall(rf"^\| .*{option.opts[0]}\b.*$", section_of(language, command), re.MULTILINE)
            found = [said.search(row) for row in rows if command.split()[-1] in row or " " not in command]
            for number in filter(None, found):
                assert float(number[1]) == float(option.default), f"{command} {option.opts[0]}"


def settings() -> list[tuple[str, Any]]:
    return [
        (f"{section}.{key}", field)
        for section, held in Settings.model_fields.items()
        for key, field in type(held.default).model_fields.items()
    ]


def rows_of(language: str) -> dict[str, list[str]]:
    """The table of all settings: key → default, range, environment variable."""
    table = re.findall(r"^\| `(\w+\.\w+)` \| (.+?) \| (.+?) \| `(\w+)` \|$", text_of(language, "settings.md"), re.M)
    return {key: rest for key, *rest in table}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_is_in_the_table_with_its_default_and_range(language: str) -> None:
    rows = rows_of(language)
    assert rows.keys() == {key for key, _ in settings()}
    for key, field in settings():
        default, bounds, variable = rows[key]
        assert variable == f"WENYUAN_{key.upper().replace('.', '__')}"
        value = getattr(field.default, "get_secret_value", lambda value=field.default: value)()
        assert value is not PydanticUndefined
        if value is None or value == ():
            assert default in NONE, key
        elif isinstance(value, bool | str):
            assert default.strip("`") == json.dumps(value), key
        else:
            assert float(default) == value, key
        limits = {
            name: getattr(each, name) for each in field.metadata for name in ("ge", "le", "gt") if hasattr(each, name)
        }
        if "gt" not in limits and limits:
            assert [float(n) for n in re.findall(r"\d+", bounds)] == list(limits.values()), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_extra_is_in_the_page_on_installing(language: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    told = text_of(language, "install.md")
    named = re.findall(r"^- (?:The extra|组件) `([\w-]+)`", told, re.MULTILINE)
    assert sorted(named) == sorted(project["optional-dependencies"])
    [torch] = [each for each in project["optional-dependencies"]["train"] if each.startswith("torch==")]
    assert f"PyTorch {torch.removeprefix('torch==')}" in told
    assert f"Python {project['requires-python'].removeprefix('>=')}" in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_format_is_in_the_table(language: str) -> None:
    told = text_of(language, "documents.md")
    rows = re.findall(r"^\| `(\w+)` \| (\..+?) \|", told, re.MULTILINE)
    assert {end: kind for kind, ends in rows for end in re.split(r"[,、] ?", ends)} == SUPPORTED
    count = f"{len(PARSERS)} 种格式" if language == "zh" else f"{len(PARSERS)} formats"
    readme = "README.zh.md" if language == "zh" else "README.md"
    assert all(count in text for text in (told, text_of(language, "index.md"), (ROOT / readme).read_text("utf-8")))


def test_every_model_is_told_of_with_its_licence() -> None:
    shipped = ROOT / "models" / "src" / "wenyuan_models"
    cards = {path.parent.name: json.loads(path.read_text("utf-8")) for path in shipped.glob("*/model.json")}
    pages = [ROOT / "models" / "README.md", *(ROOT / "docs" / language / "install.md" for language in LANGUAGES)]
    for path in pages:
        rows = re.findall(r"^\| `(\w+)` \| .+ \| (.+?) \| (.+?) \|$", path.read_text("utf-8"), re.MULTILINE)
        told = {name: (size, licence) for name, size, licence in rows}
        assert told.keys() == cards.keys(), path
        for name, card in cards.items():
            size = sum((shipped / name / file).stat().st_size for file in card["files"])
            number, unit = told[name][0].split()
            assert abs(float(number) - size / {"MB": 1e6, "KB": 1e3}[unit]) <= 0.06 * float(number) + 0.05, name
            assert card["licence"].startswith(told[name][1]), name
    for language in LANGUAGES:
        [licence] = [
            line for line in text_of(language, "faq.md").splitlines() if "`glossary`" in line and "MIT" in line
        ]
        assert all(f"`{name}`" in licence for name in cards)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_is_in_the_page_on_python(language: str) -> None:
    raised = {
        value.__name__
        for value in vars(errors).values()
        if isinstance(value, type) and value.__module__ == errors.__name__ and value is not errors.WenyuanError
    }
    assert (
        set(re.findall(r"^\| `(\w+)` \| ", sections(text_of(language, "python.md"))[ERRORS[language]], re.M)) == raised
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_stage_and_every_intent_is_told_of(language: str) -> None:
    for name, known in (("why.md", [*Stage]), ("questions.md", INTENTS)):
        rows = re.findall(r"^\| `(\w+)` \| ", text_of(language, name), re.MULTILINE)
        assert rows == [*known], name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_exit_code_is_told_of(language: str) -> None:
    told = sections(text_of(language, "commands.md"))[{"en": "Exit codes", "zh": "退出码"}[language]]
    assert re.findall(r"^(?:Exit code|退出码) (\d+) ", told, re.MULTILINE) == ["0", "1", "2", "130"]


def paths() -> set[str]:
    """Every path of the server with its method, but for those of the page, which nobody else asks for."""
    modules = (import_module(f"{routes.__name__}.{each.name}") for each in iter_modules(routes.__path__))
    routers = (each.router for each in modules if hasattr(each, "router"))
    found = (
        route
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute) and route.include_in_schema
    )
    return {f"{method} {route.path.replace(':path', '')}" for route in found for method in route.methods}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_path_of_the_server_is_told_of(language: str) -> None:
    told = "".join(text_of(language, name) for name in SERVED)
    assert set(re.findall(r"^\| `([A-Z]+ /\S+)` \| ", told, re.MULTILINE)) == paths()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_status_of_the_server_is_told_of(language: str) -> None:
    assert re.findall(r"^\| (\d{3}) \| `", text_of(language, "server.md"), re.MULTILINE) == [*map(str, given.ERRORS)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_samples_of_json_have_all_keys(language: str) -> None:
    told = text_of(language, "commands.md")
    samples = [
        json.loads(block.text)
        for block in page(ROOT / "docs" / language / "commands.md").blocks()
        if block.language == "json"
    ]
    assert [*{field.name: 0 for field in fields(Report)}] in [[*sample] for sample in samples]
    [answer] = [sample for sample in samples if "citations" in sample]
    assert answer["citations"][0].keys() == {field.name for field in fields(Citation)}
    assert "`passed_over`" in told


def test_the_manual_is_of_this_version() -> None:
    assert all(version("wenyuan") in text_of(language, "index.md") for language in LANGUAGES)
    named = {
        found
        for path in ROOT.glob("docs/*/*.md")
        for found in re.findall(r"(?<![\d.])0\.\d\.\d\b", path.read_text("utf-8"))
    }
    assert named == {version("wenyuan")}
