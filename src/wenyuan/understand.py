"""Raw question → Query: normal form and language. Intent, time constraints and conversation join here later."""

from __future__ import annotations

from wenyuan.errors import WrongUse
from wenyuan.text.language import language
from wenyuan.text.normalise import normalise
from wenyuan.types import Filter, Query


def understand(text: str, filter: Filter | None = None) -> Query:
    """Raises WrongUse where the question holds no visible character."""
    normalised = normalise(text)
    if not normalised:
        raise WrongUse("The question is empty; write at least one word.")
    return Query(text=text, language=language(normalised), normalised=normalised, filter=filter)
