"""The way to the terminal: whatever is printed for people passes here, and what could steer a terminal is shown.

Text of documents, models and servers may hold escape sequences (which move the cursor, set a title, hide a link) and
Unicode's marks of direction (which show characters in another order than they have).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import typer
from rich.console import Console, ConsoleDimensions, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

# C0 but for tab and new line, DEL, C1; marks, embeddings, overrides and isolates of direction; halves of characters,
# which no encoding can write. Conventions of JSON: in a JSON document the escape means the same as the character.
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_WHOLE = 100_000  # columns of a file or pipe: lines in it are never cut


def harmless(text: str) -> str:
    r"""`text` with each character that could steer a terminal as its escape, such as \u001b; `\n` and `\t` stay."""
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def one_line(text: str) -> str:
    r"""`text`, harmless, with `\n` for each new line: a file's name, or a sentence with one, cannot fake a line."""
    return harmless(text).replace("\n", "\\n")


def call_line(name: str, arguments: str) -> str:
    """A call of a function as a person is shown it: whole, and on one line, so that nothing of it scrolls away."""
    return one_line(f"{name}({arguments})")


class Terminal(Console):
    """A console that prints text as it is: nothing in it is markup, an emoji's name or an order to the terminal."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, soft_wrap=True, highlight=False, markup=False, emoji=False)

    @property  # type: ignore[misc] # nobody sets it
    def size(self) -> ConsoleDimensions:
        """Columns and lines of the terminal; in a file or pipe there is room for every line."""
        size = super().size
        return size if self.is_terminal else ConsoleDimensions(_WHOLE, size.height)

    def render_str(self, text: str, **given: Any) -> Text:  # noqa: ANN401 - as rich has them
        """Made harmless before columns are measured."""
        return super().render_str(harmless(text), **given)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """All segments but rich's own control codes, made harmless: whatever is printed comes through here."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=harmless(segment.text))


def confirm(question: str) -> bool:
    """A person's yes or no, asked on stderr."""
    return typer.confirm(harmless(question), err=True)
