"""The words of the page, as `web/src/language` has them: what a test looks for is what a person reads."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

LANGUAGE = Path(__file__).resolve().parents[2] / "web" / "src" / "language"

_ENTRY = re.compile(r"(\w+): (.*)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`')
_HOLE = re.compile(r"\$\{[^}]*\}")


class Words:
    """The words of one language, by their place in it: `words("ask.send")`."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._known: dict[str, list[str]] = {}
        for file in sorted((LANGUAGE / language).glob("*.ts")):
            self._read(file)

    def __call__(self, name: str, *given: object) -> str:
        """A word or sentence; of one with parts to fill in, the last form there is, filled with `given`."""
        filled = iter(given)
        return _HOLE.sub(lambda _: str(next(filled)), self._known[name][-1])

    def like(self, name: str, *, whole: bool = False) -> re.Pattern[str]:
        """What fits any form of a sentence, whatever its parts are filled with."""
        forms = (".*".join(re.escape(part) for part in _HOLE.split(form)) for form in self._known[name])
        return re.compile(("^(?:{})$" if whole else "(?:{})").format("|".join(forms)))

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def _read(self, file: Path) -> None:
        within = [file.stem]
        for entry in _entries(file.read_text("utf-8")):
            if entry == "}":
                within.pop()
            elif found := _ENTRY.fullmatch(entry):
                name, value = found.groups()
                if value == "{":
                    within.append(name)
                elif value.startswith("{"):
                    for inner, text in re.findall(r'(\w+): ("(?:[^"\\]|\\.)*")', value):
                        self._keep([*within, name, inner], text)
                else:
                    self._keep([*within, name], value)

    def _keep(self, name: list[str], value: str) -> None:
        body = value.split("=>", 1)[-1]
        self._known[".".join(name)] = [_plain(one or other) for one, other in _QUOTED.findall(body)]


def _entries(code: str) -> list[str]:
    """The entries of the object that a file exports, each on one line; "}" where an inner object ends."""
    lines = code.split(" = {\n", 1)[1].rsplit("};", 1)[0].splitlines()
    entries: list[str] = []
    open_ = ""
    for line in lines:
        open_ = f"{open_} {line.strip()}".strip()
        if open_.endswith(("{", ",")) or open_ == "}":
            entries.append(open_.removesuffix(","))
            open_ = ""
    return entries


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


@cache
def words(language: str) -> Words:
    """The words of `zh` or `en`."""
    return Words(language)
