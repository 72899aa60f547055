"""Who reads what the command line says: in the language of the question, else of the locale."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from wenyuan import messages
from wenyuan.text.language import HAN, language
from wenyuan.types import Language

_HAN = re.compile(f"[{HAN}]")


@dataclass
class Reader:
    """The person at the terminal, for one command."""

    language: Language = "en"

    def arrive(self) -> None:
        """Begin a command: nothing was asked yet, so the locale says the language."""
        self.language = messages.language_of(os.environ)

    def asks(self, question: str) -> None:
        """From now on the question's language is the reader's; one that is only a code has none."""
        if _HAN.search(question) or any(word.isalpha() for word in question.split()):
            self.language = language(question)


reader = Reader()


def told(sentence: str) -> str:
    """`sentence` in the reader's language."""
    return messages.told(sentence, reader.language)
