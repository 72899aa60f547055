"""The pages of the manual and the READMEs: their fenced blocks, and what a reader types of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = Path("examples/manuals")
PAGES = [ROOT / "README.md", ROOT / "README.zh.md", *sorted((ROOT / "docs").glob("[ez][nh]/*.md"))]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_FILE = re.compile(r"[\w./-]+\.(?:toml|jsonl|json|tsv|csv|md|py|yaml)")
_EXIT = re.compile(r"# (?:exit code|退出码) (\d+)\s*$")


@dataclass(frozen=True)
class Block:
    """What stands between two lines of ```."""

    language: str
    text: str
    line: int
    file: str | None  # the file whose content this is: the last one that the line above names, where it ends in a colon


@dataclass(frozen=True)
class Command:
    """What is typed up to the end of a line, or of the quotes in it, and the exit code that the page promises."""

    text: str
    code: int


@dataclass(frozen=True)
class Page:
    """A page in one of the two languages."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def language(self) -> str:
        return "zh" if self.path.parent.name == "zh" or self.path.stem.endswith(".zh") else "en"

    @property
    def stocked(self) -> bool:
        """Whether the page says, before its first block, that the sample has been added."""
        return f"`wenyuan add {SAMPLE}`" in self.text.partition("```")[0]

    def blocks(self) -> Iterator[Block]:
        for found in _FENCE.finditer(self.text):
            above = self.text[: found.start()].rstrip().rpartition("\n")[2]
            files = [code for code in _CODE.findall(above) if _FILE.fullmatch(code)]
            named = files[-1] if files and above.endswith((":", "：")) else None
            yield Block(found[1], found[2], self.text[: found.start()].count("\n") + 1, named)

    def codes(self) -> Iterator[str]:
        """What stands in single backticks."""
        yield from _CODE.findall(_FENCE.sub("", self.text))

    def outline(self) -> list[int]:
        """The levels of the headings, in order."""
        return [len(found) for found in re.findall(r"^(#+) ", _FENCE.sub("", self.text), re.MULTILINE)]


def page(path: Path) -> Page:
    return Page(path, path.read_text("utf-8"))


def commands(block: Block) -> list[Command]:
    """The commands of a bash block; `# exit code 1` behind one says that it does not end with 0.

    One goes on in the next line where a stroke or an open quotation mark ends it.
    """
    found, typed = [], ""
    for line in block.text.splitlines():
        typed = f"{typed}\n{line}" if typed else line
        whole = typed.count("'") % 2 == 0 and typed.count('"') % 2 == 0 and not typed.endswith("\\")
        if whole and typed.strip():
            code = _EXIT.search(typed)
            found.append(Command(typed, int(code[1]) if code else 0))
            typed = ""
    assert not typed.strip(), f"line {block.line}: a quotation mark is not closed"
    return found
