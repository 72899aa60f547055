"""What a client of a stream has on its screen, and what must be added to it for the answer to stand there.

OpenAI's stream only adds: what was sent cannot be taken back. The engine's text before the verdict can turn out void,
so where the answer is another one, it is put below in a paragraph of its own.
"""

from __future__ import annotations

from wenyuan.cite.markers import without_markers
from wenyuan.types import Answer, Decision

_BREAK = "\n\n"


class Told:
    """The text of one stream."""

    def __init__(self) -> None:
        self.text = ""
        self._own = ""  # what may be the answer's: all since the last call of a function

    def more(self, text: str) -> str:
        """A piece of text arrives; what to send for it."""
        added = (_BREAK if self.text and not self._own else "") + text
        self.text += added
        self._own += text
        return added

    def called(self) -> None:
        """A function is called: what was said was a word on the way."""
        self._own = ""

    def ended(self, answer: Answer) -> str:
        """What to send so that the answer stands at the end of the text."""
        if answer.decision is Decision.CALLED and self.text:
            return ""
        if answer.text.startswith(self._own):
            rest = answer.text[len(self._own) :]
            return self.more(rest) if rest else ""
        if without_markers(answer.text).split() == without_markers(self._own).split():
            return ""  # only numbers that prove nothing are gone
        self._own = ""
        return self.more(answer.text)
