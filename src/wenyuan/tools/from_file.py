"""Functions that a user's Python file defines."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from wenyuan.errors import WrongUse
from wenyuan.tools.tool import Tool


def read_tools(file: Path) -> list[Tool]:
    """The functions marked @tool in a Python file, which is run.

    Raises:
        WrongUse: it is no Python file, cannot be run, or has no such function.
    """
    name = f"tools of {file.stem}"  # no module's name, which it would hide
    spec = importlib.util.spec_from_file_location(name, file) if file.is_file() else None
    if spec is None or spec.loader is None:
        raise WrongUse(f"{file} is no Python file; name one with functions marked @tool.")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)  # its dataclasses look for their types there
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise WrongUse(f"{file} cannot be run ({type(error).__name__}: {error}); correct it.") from error
    found = [*{id(each): each for each in vars(module).values() if isinstance(each, Tool)}.values()]  # under two names
    if not found:
        raise WrongUse(f"{file} has no function marked @tool; see the manual's page on functions.")
    return found
