"""The writer that quotes: one generator for every question, its own budget, no functions."""

from __future__ import annotations

import pytest

from fakes import word_encoder
from wenyuan.engine.writing import Library, Quoter, Tools
from wenyuan.errors import WrongUse
from wenyuan.trace import Trace
from wenyuan.types import Context, Draft, Generator, Message, Prompt, Source, ToolSchema
from wenyuan.understand import understand

TEXT = "The pump is covered for two years."
PUMP = Source(1, "pump.md", "Pump", TEXT, 0, len(TEXT), (), 1.0, (1,))
LIBRARY = Library(lambda query, k: (), lambda document, start, end: None, lambda context: {})
QUERY = understand("How long is the pump covered?")


class First:
    """Says what the first source says, and keeps the prompts."""

    def __init__(self) -> None:
        self.asked: list[Prompt] = []

    def draft(self, prompt: Prompt) -> Draft:
        self.asked.append(prompt)
        return Draft(prompt.context.sources[0].text, prompt.context.sources)


@pytest.fixture
def generator() -> First:
    made = First()
    _: Generator = made
    return made


def test_a_draft_is_what_the_generator_made_of_the_sources(generator: First) -> None:
    drafting = Quoter(generator, word_encoder(), 300).begin(QUERY, (), Tools(), LIBRARY)
    assert drafting.budget == 300
    assert drafting.count_tokens(["two years"]) == [2]
    trace = Trace()
    prompt = drafting.prompt(Context((PUMP,), 7), trace)
    assert [*drafting.draft(prompt, trace)] == [Draft(TEXT, (PUMP,))]
    assert generator.asked == [prompt]
    assert list(drafting.sources(prompt)) == [PUMP]
    assert set(trace.timings_ms) == {"prompt", "generate"}


def test_earlier_turns_are_none_of_its_business(generator: First) -> None:
    said = [Message("user", "And the valve?")]
    drafting = Quoter(generator, word_encoder(), 300).begin(QUERY, said, Tools(), LIBRARY)
    assert "valve" not in str(drafting.prompt(Context((PUMP,), 7), Trace()))


def test_functions_need_a_language_model(generator: First) -> None:
    quoter = Quoter(generator, word_encoder(), 300)
    with pytest.raises(WrongUse, match=r"\[llm\] url"):
        quoter.begin(QUERY, (), Tools([print]), LIBRARY)
    quoter.close()


def test_functions_of_the_asker_s_are_left_alone_and_that_is_said(generator: First) -> None:
    trace, tools = Trace(), Tools(handed=[ToolSchema("weather", "", {})])
    drafting = Quoter(generator, word_encoder(), 300).begin(QUERY, (), tools, LIBRARY)
    drafting.prompt(Context((PUMP,), 3), trace)
    assert [note for note in trace.notes if "no language model" in note]
