"""`wenyuan models`: the table of presets, comparing rerankers, accepting one."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from wenyuan.cli.models import models


def run(*arguments: str):
    return CliRunner().invoke(models, [*arguments], catch_exceptions=False)


def listed(*arguments: str) -> list[dict[str, object]]:
    return json.loads(run("list", "--json", *arguments).stdout)["models"]


def test_the_list_is_filtered_by_language_and_stage() -> None:
    keys = {"name", "model", "languages", "stage", "size_mb", "licence", "good_for", "needs", "shipped"}
    assert all(set(model) == keys for model in listed())
    assert {model["stage"] for model in listed("--language", "en", "--stage", "reranker")} == {"reranker"}
    assert all("zh" in model["languages"] for model in listed("--language", "zh"))  # type: ignore[operator]
    assert len(listed("--language", "zh")) < len(listed())
    assert [model["name"] for model in listed() if model["shipped"]] == ["embed"]


def test_the_table_has_a_line_and_a_reason_for_each_model() -> None:
    lines = run("list", "--stage", "base").stdout.splitlines()
    assert lines[0].split() == ["name", "stage", "languages", "size", "licence", "needs"]
    assert len(lines) == 1 + 2 * len(listed("--stage", "base"))


@pytest.mark.parametrize("arguments", [("--language", "de"), ("--stage", "chunker")])
def test_an_unknown_language_or_stage_is_wrong_use(arguments: tuple[str, str]) -> None:
    assert run("list", *arguments).exit_code == 2
