"""Functions of a user's file: found under any name, each once; a file without them is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from wenyuan.errors import WrongUse
from wenyuan.tools.from_file import read_tools

MINE = '''
from __future__ import annotations
from dataclasses import dataclass
from wenyuan.tools import tool


@dataclass
class Made:
    year: int


@tool(readonly=True)
def stock(product: str, made: Made | None = None) -> int:
    """How many of a product are in stock."""
    return 7


pieces = stock
'''


def test_a_function_is_found_once_with_types_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "json.py"
    file.write_text(MINE, "utf-8")
    [found] = read_tools(file)
    assert (found.name, found.readonly) == ("stock", True)
    import json

    assert json.loads("1") == 1, "a module of the same name is not hidden"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "no Python file"), ("x = 1", "no function marked @tool"), ("raise KeyError('a')", "cannot be run")],
)
def test_a_file_without_functions_is_refused(tmp_path: Path, content: str | None, sentence: str) -> None:
    file = tmp_path / "mine.py"
    if content is not None:
        file.write_text(content)
    with pytest.raises(WrongUse, match=rf"mine\.py .*{sentence}"):
        read_tools(file)
