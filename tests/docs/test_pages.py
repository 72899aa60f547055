"""What the READMEs and the manual tell a reader to type works as printed, and prints what they show."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyuan.cli.reader import reader
from wenyuan.engine import KnowledgeBase, opening
from wenyuan.evaluate import judged
from wenyuan.settings import Settings

from .manual import PAGES, ROOT, SAMPLE, Block, Page, commands, page
from .served import Served
from .typing_in import Call, Desk, call, differs, parse, parse_mention, shows

# Of these commands only the words are looked at, for they need a network, hours, or a language model.
ONLY_PARSED = (
    ("models", "build"),
    ("models", "compare"),
    ("models", "accept"),
    ("train",),
    ("llm", "serve"),
    ("calls", "settle"),
    ("doctor", "--llm"),
    ("ask", "--tools"),
)
# Other programs that are not run.
NOT_RUN = ("make", "pip", "source", "docker")
# Other programs that are.
RUN = ("curl", "export")
# What stands for … in `export NAME=…`: what was printed last.
NOTED = {"WENYUAN_API_KEY": re.compile(r"wy-\w{8}-[\w-]+"), "JOB": re.compile(r'(?<="job":")\w+')}
# Python that needs a language model.
ONLY_COMPILED = ("tools=",)
BY_NAME = {each.relative_to(ROOT).as_posix(): each for each in PAGES}


def rule_of(words: tuple[str, ...]) -> tuple[str, ...] | None:
    """The rule by which a command is only parsed: its words are the first ones, its options anywhere."""

    def holds(rule: tuple[str, ...]) -> bool:
        first = tuple(word for word in rule if not word.startswith("--"))
        return words[: len(first)] == first and all(word in words for word in rule[len(first) :])

    return next(filter(holds, ONLY_PARSED), None)


@pytest.fixture(scope="module")
def models() -> Iterator[None]:
    """Each model is loaded once for all pages."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name in (
            (opening, "load_encoder"),
            (opening, "load_cross_encoder"),
            (opening, "load_glossary"),
            (opening, "load_classifier"),
            (judged, "load_encoder"),
        ):
            patch.setattr(module, name, functools.cache(getattr(module, name)))
        yield


@pytest.fixture(scope="module")
def stocked(models: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample and a knowledge base of it."""
    folder = tmp_path_factory.mktemp("stocked")
    shutil.copytree(ROOT / SAMPLE, folder / SAMPLE)
    with pytest.MonkeyPatch.context() as patch, KnowledgeBase.open(folder / "kb") as kb:
        patch.chdir(folder)
        assert not kb.add(SAMPLE).failed
    return folder


@pytest.fixture
def desk(
    request: pytest.FixtureRequest, stocked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    """Where the commands of a page are typed: the root of the source tree, as far as they need it."""
    monkeypatch.delenv("WENYUAN_RERANK__MODEL", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    folder = tmp_path / "wenyuan"
    read = page(BY_NAME[request.getfixturevalue("name")])
    shutil.copytree(stocked, folder, ignore=None if read.stocked else shutil.ignore_patterns("kb"))
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    yield Desk(folder, tmp_path, read.language)
    reader.language = "en"


class Reading:
    """A page that is read from its top, its commands typed as they come."""

    def __init__(self, desk: Desk, read: Page, monkeypatch: pytest.MonkeyPatch) -> None:
        self.desk, self.read, self.monkeypatch = desk, read, monkeypatch
        self.served = Served(desk.folder)
        self.printed: str | None = None  # of the last block that was typed
        self.ran: set[str] = set()
        self.names: dict[str, object] = {}

    def block(self, block: Block) -> None:
        at = f"{self.read.name}, line {block.line}"
        if block.file:
            place = Path(block.file)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(block.text, "utf-8")
        if block.language == "bash":
            self.printed = self.bash(block, at)
        elif block.language == "python" and not block.file:
            self.printed = self.python(block, at)
        elif block.language == "toml":
            self.toml(block, at)
        elif block.language == "text":
            assert self.printed is not None, f"{at}: nothing was typed that prints this"
            assert shows(block.text, self.printed), f"{at}: printed was\n{self.printed}"
        elif block.language == "json" and not block.file and self.printed and self.printed.startswith("{"):
            assert (wrong := differs(json.loads(block.text), json.loads(self.printed))) is None, f"{at}{wrong}"

    def bash(self, block: Block, at: str) -> str | None:
        printed: list[str] = []
        for each in commands(block):
            if each.text.split()[0] in NOT_RUN:
                self.ran.add(each.text.split()[0])
                continue
            if each.text.split()[0] == "export":
                self.note(each.text)
                continue
            text = self.served.here(each.text)
            if text.split()[0] in RUN:
                printed.append(self.served.there(self.desk.run(text)))
                continue
            for found in self.desk.type(text):
                printed += self.run(found, each.code, f"{at}: {each.text}")
        return "".join(printed) if printed else None

    def note(self, text: str) -> None:
        """What the reader keeps of what was printed last."""
        name, _, value = text.removeprefix("export ").partition("=")
        noted = NOTED[name].search(self.printed or "")
        assert value.endswith("…"), text
        assert noted, f"{text}: not in {self.printed}"
        self.desk.environment[name] = noted[0]
        self.monkeypatch.setenv(name, noted[0])

    def run(self, found: Call, code: int, at: str) -> list[str]:
        if rule := rule_of(found.words):
            parse(found.words)
            self.ran.add(" ".join(rule))
            return []
        with self.monkeypatch.context() as patch:
            for name, value in found.environment.items():
                patch.setenv(name, value)
            if found.words[0] == "serve":
                listening = self.served.there(self.served.start(found.words))
                if "Ctrl-C" in at:
                    self.served.close()
                return [listening]
            ended, said = call(found.words)
        assert ended == code, f"{at} ended with {ended}:\n{said}"
        assert "Traceback" not in said, at
        return [self.served.there(said)]

    def python(self, block: Block, at: str) -> str | None:
        code = compile(self.served.here(block.text), at, "exec")
        if any(each in block.text for each in ONLY_COMPILED):
            self.ran.update(each for each in ONLY_COMPILED if each in block.text)
            return None
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(code, self.names)
        return self.served.there(printed.getvalue())

    def toml(self, block: Block, at: str) -> None:
        content = tomllib.loads(block.text)
        if content.keys() <= Settings.model_fields.keys():
            Settings(**content)


@pytest.mark.slow
@pytest.mark.parametrize("name", BY_NAME)
def test_what_a_page_tells_to_type_works(name: str, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    reading = Reading(desk, page(BY_NAME[name]), monkeypatch)
    with reading.served:
        for block in reading.read.blocks():
            reading.block(block)


def test_each_rule_of_what_is_not_run_is_needed(tmp_path: Path) -> None:
    desk = Desk(tmp_path, tmp_path, "en")
    blocks = [block for path in PAGES for block in page(path).blocks()]
    typed = [each.text for block in blocks if block.language == "bash" for each in commands(block)]
    first = {text.split()[0] for text in typed}
    assert {*NOT_RUN, *RUN} <= first
    assert first <= {*NOT_RUN, *RUN, "wenyuan", "WENYUAN_FUSE__DENSE=0.5"}
    ours = (text for text in typed if text.split()[0] not in (*NOT_RUN, *RUN))
    rules = {rule_of(found.words) for text in ours for found in desk.type(text)}
    assert {*ONLY_PARSED} <= rules
    pythons = [block.text for block in blocks if block.language == "python"]
    assert all(any(each in text for text in pythons) for each in ONLY_COMPILED)


@pytest.mark.parametrize("name", BY_NAME)
def test_the_commands_that_a_page_mentions_are_there(name: str) -> None:
    for code in page(BY_NAME[name]).codes():
        if code.startswith("wenyuan "):
            parse_mention(code)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["README.md", "README.zh.md", "docs/en/quickstart.md", "docs/zh/quickstart.md"])
def test_a_shell_does_what_the_first_pages_say(name: str, tmp_path: Path) -> None:
    """As a newcomer types it: through bash, with the program as it is installed."""
    shutil.copytree(ROOT / SAMPLE, tmp_path / SAMPLE)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("WENYUAN_")}
    path = f"{Path(sys.executable).parent}:{kept['PATH']}"
    read = page(BY_NAME[name])
    environment = {**kept, "PATH": path, "LANG": "zh_CN.UTF-8" if read.language == "zh" else "en_GB.UTF-8"}
    printed = ""
    with Served(tmp_path) as served:
        for block in read.blocks():
            typed = [served.here(each.text) for each in commands(block)] if block.language == "bash" else []
            if "wenyuan serve" in typed:
                printed = served.there(served.start(("serve",), environment))
            elif typed and typed[0].startswith("export"):
                name = typed[0].removeprefix("export ").partition("=")[0]
                [environment[name]] = NOTED[name].findall(printed)
            elif typed:
                ours = [text for text in typed if text.split()[0] not in ("make", "pip")]
                bash = ["bash", "-e", "-c", "\n".join(ours)]
                done = subprocess.run(bash, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
                assert done.returncode == 0, done.stderr
                printed = served.there(done.stderr + done.stdout)
            elif block.language == "text":
                assert shows(block.text, printed), printed
