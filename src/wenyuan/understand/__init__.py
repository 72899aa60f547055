"""Raw question → Query: normal form, language, intent, conditions on documents; whether anything is asked at all."""

from __future__ import annotations

from wenyuan.errors import WrongUse
from wenyuan.text.courtesy import courtesy, without_courtesy
from wenyuan.text.language import language
from wenyuan.text.normalise import is_text, normalise
from wenyuan.trace import Trace
from wenyuan.types import Classifier, Encoder, Filter, Query
from wenyuan.understand.constraints import Named, constraints
from wenyuan.understand.intent import recognise
from wenyuan.understand.parts import parts

__all__ = ["understand"]

_STATED = 500  # characters of a question in which conditions and comparisons are looked for


def understand(
    text: str,
    filter: Filter | None = None,
    *,
    encoder: Encoder | None = None,
    intents: Classifier | None = None,
    named: Named | None = None,
    trace: Trace | None = None,
) -> Query:
    """The question as the stages after this one see it.

    The greeting and thanks around what is asked are left out; what holds nothing else is marked as a `courtesy`.
    Its intent is known with `encoder` and `intents`, the conditions that it states with `named`. The vector that the
    intent is read from is timed in `trace` as the stage "encode", for recall needs it anyway.

    Raises:
        WrongUse: the question holds no visible character, or bytes that are no text.
    """
    if not is_text(text):
        raise WrongUse("The question is no UTF-8; set the terminal, or the program that asks, to UTF-8.")
    normalised = without_courtesy(normalise(text))
    if not normalised:
        raise WrongUse("The question is empty; write at least one word.")
    intent = None
    if encoder and intents:
        with (trace or Trace()).stage("encode"):
            vector = encoder.encode_queries([normalised])
        intent = recognise(vector, intents)
    begin = normalised[:_STATED]
    stated = constraints(begin, named) if named else ()
    said = courtesy(normalised)
    read_in = language(normalised if any(map(str.isalnum, normalised)) else text)  # marks are narrow once normalised
    return Query(text, read_in, normalised, filter, intent, stated, parts(begin), courtesy=said)
