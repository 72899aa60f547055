"""The budgets of the house, counted in the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
SOURCE = ROOT / "src" / "wenyuan"
RECIPES = ROOT / "models" / "recipes"
MODULES = sorted([*SOURCE.rglob("*.py"), *RECIPES.rglob("*.py")])
# Folders of tests that are not of one module: what modules do together, attacks on the server, what a real language
# model says, and the page that is built.
TOGETHER = ("behaviour", "docs", "llm", "security", "web")
MAX_LINES, MAX_FUNCTION, MAX_PARAMETERS = 400, 60, 8

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def does_something(tree: ast.Module) -> bool:
    """Whether a module has a function with a body: types, protocols, constants and mere exports have none."""
    bodies = [function.body for function in functions(tree)]
    return any(
        not isinstance(line, ast.Expr) or not isinstance(line.value, ast.Constant) for body in bodies for line in body
    )


def mirror(module: Path) -> Path:
    """a/b.py has its tests in a/test_b.py, and a/__init__.py in a/test_a.py; those of recipes are in recipes."""
    at = module.relative_to(RECIPES.parent if module.is_relative_to(RECIPES) else SOURCE)
    return at.parent / f"test_{at.parent.name if at.name == '__init__.py' else at.stem}.py"


def mirrors() -> list[Path]:
    """The test files that mirror a module, below the folder of the tests."""
    found = (path.relative_to(TESTS) for path in TESTS.rglob("test_*.py"))
    return sorted(path for path in found if path.parts[0] not in (*TOGETHER, Path(__file__).name))


@pytest.fixture(params=MODULES, ids=name_of)
def module(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text("utf-8"))


def test_there_are_modules_to_count() -> None:
    assert len(MODULES) > 30


def test_a_module_fits_in_400_lines(module: Path) -> None:
    assert len(module.read_text("utf-8").splitlines()) <= MAX_LINES


def test_a_function_fits_in_60_lines_and_takes_8_parameters(module: Path, tree: ast.Module) -> None:
    for function in functions(tree):
        given = function.args
        parameters = [*given.posonlyargs, *given.args, *given.kwonlyargs]
        taken = [parameter.arg for parameter in parameters if parameter.arg not in ("self", "cls")]
        a_command = module.parent.name == "cli"  # which has as many options as it needs
        assert a_command or len(taken) <= MAX_PARAMETERS, f"{function.name} takes {len(taken)}"
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        assert lines <= MAX_FUNCTION, f"{function.name} has {lines} lines"


def test_everything_is_annotated_and_everything_public_has_a_docstring(tree: ast.Module) -> None:
    assert ast.get_docstring(tree)
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name} has no docstring"
    for function in functions(tree):
        assert function.returns is not None, f"{function.name} does not say what it returns"


def test_a_broad_except_raises_again(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "BaseException"
            broad = re.search(r"\b(Base)?Exception\b", caught)
            assert not broad or any(isinstance(inner, ast.Raise) for inner in ast.walk(node)), f"line {node.lineno}"


def test_nothing_is_printed_or_put_off(module: Path, tree: ast.Module) -> None:
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert not [call for call in calls if isinstance(call, ast.Name) and call.id in ("print", "breakpoint")]
    assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError", module.read_text("utf-8"))


def test_a_module_that_does_something_has_its_tests(module: Path, tree: ast.Module) -> None:
    at = mirror(module)
    assert not does_something(tree) or (TESTS / at).is_file(), f"tests/{at} is missing"


def test_every_test_file_is_named_after_its_module() -> None:
    assert set(mirrors()) <= {mirror(module) for module in MODULES}
