"""A language model's reply becomes an answer with checked citations, or a refusal; never an error as text."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import word_encoder
from wenyuan.cite.verdict import Shown, read_verdict
from wenyuan.errors import EndpointError
from wenyuan.generate import DraftJudge, Extractive, LanguageModel, Preview
from wenyuan.generate.language_model import Rounds
from wenyuan.prompt import build_prompt
from wenyuan.types import (
    Answer,
    AnswerEvent,
    ChatModel,
    Context,
    Decision,
    Draft,
    DraftEvent,
    Finish,
    Generator,
    Message,
    Piece,
    Prompt,
    ReasoningDelta,
    Reply,
    Request,
    Source,
    TextDelta,
    ToolCall,
    ToolCalled,
    ToolResult,
    ToolReturned,
    Usage,
)
from wenyuan.understand import understand

ZH, EN = "水泵保修多久？", "How long is the pump covered?"
PUMP = "水泵保修两年。滤芯型号是 PPR-9087。"
CARE = "The pump is covered for two years. Oil is changed yearly."


def source(n: int, text: str) -> Source:
    return Source(n, f"d{n}.md", f"T{n}", text, 0, len(text), ("Care",), 1.0, (n,))


SOURCES = (source(1, CARE), source(2, PUMP))
JUDGE = DraftJudge()


def prompt(question: str, *sources: Source) -> Prompt:
    return build_prompt(understand(question), Context(sources or SOURCES, tokens=0), nonce="abcd1234")


class Scripted:
    """A chat model that says what it was told to, in pieces of `size` characters."""

    id, window = "scripted@test", 4096

    def __init__(
        self, text: str, *, finish: Finish = "stop", size: int = 3, fail: bool = False, reply: bool = True
    ) -> None:
        self.text, self.finish, self.size, self.fail, self.reply = text, finish, size, fail, reply
        self.requests: list[Request] = []
        self.closed = False

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text) for text in texts]

    async def stream(self, request: Request) -> AsyncIterator[Piece]:
        self.requests.append(request)
        try:
            yield ReasoningDelta("INSUFFICIENT? no.")
            for at in range(0, len(self.text), self.size):
                await anyio.lowlevel.checkpoint()
                yield TextDelta(self.text[at : at + self.size])
            if self.fail:
                raise EndpointError("The endpoint at http://127.0.0.1:1 closed the stream; ask again.", "closed")
            if self.reply:
                yield Reply(self.text, finish=self.finish, usage=Usage(10, 5), notes=("Odd.",))
        finally:
            self.closed = True


def model(text: str, *, finish: Finish = "stop", size: int = 3, fail: bool = False, reply: bool = True) -> Scripted:
    """One that mypy has seen to be a `ChatModel`."""
    scripted = Scripted(text, finish=finish, size=size, fail=fail, reply=reply)
    _: ChatModel = scripted
    return scripted


def drafting(generator: LanguageModel, asked: Prompt, sources: Sequence[Source]) -> list[DraftEvent | Draft]:
    async def collect() -> list[DraftEvent | Draft]:
        return [event async for event in generator.events(asked, lambda: sources)]

    return anyio.run(collect)


def events_of(generator: LanguageModel, asked: Prompt, *found: Source, judge: DraftJudge = JUDGE) -> list[AnswerEvent]:
    """Draft → judge → answer, as the house does it."""
    sources = (*asked.context.sources, *found)
    preview = Preview(lambda: sources)

    def show() -> Iterator[AnswerEvent]:
        draft = yield from preview.show(iter(drafting(generator, asked, sources)))
        answer = judge.judge(asked, draft)
        yield from preview.rest(answer)
        yield answer

    return [*show()]


def answer_of(generator: LanguageModel, judge: DraftJudge = JUDGE) -> Answer:
    answer = events_of(generator, prompt(EN), judge=judge)[-1]
    assert isinstance(answer, Answer)
    return answer


def ask(question: str, text: str, *, finish: Finish = "stop", size: int = 3) -> tuple[Answer, str]:
    """The answer, and the text as it was streamed."""
    events = events_of(LanguageModel(model(text, finish=finish, size=size)), prompt(question))
    answer = events[-1]
    assert isinstance(answer, Answer)
    assert sum(isinstance(event, Answer) for event in events) == 1
    texts = {each.document: each.text for each in SOURCES}
    assert all(each.quote == texts[each.document][each.start : each.end] for each in answer.citations)
    return answer, "".join(event.text for event in events if isinstance(event, TextDelta))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    ("question", "text", "written"),
    [
        (ZH, "水泵保修两年[2]。", "水泵保修两年[1]。"),
        (EN, "The pump is covered for two years [1].", "The pump is covered for two years [1]."),
        (EN, "**Two years**, the pump is covered 【2】[1]", "**Two years**, the pump is covered [1][2]"),
        (EN, "Use `a[1]` for the pump covered two years [1][9].\n", "Use `a[1]` for the pump covered two years [1]."),
    ],
)
def test_an_answer_with_its_citations(question: str, text: str, written: str, size: int) -> None:
    answer, streamed = ask(question, text, size=size)
    if "【2】" in text:  # 水泵 is not found by words in an English claim
        assert [citation.document for citation in answer.citations] == ["d1.md"]
        assert streamed == written
        return
    assert answer.decision is Decision.ANSWERED
    assert answer.text == streamed == written
    assert [citation.n for citation in answer.citations] == [1]
    assert answer.confidence == 1
    assert answer.model == "scripted@test"
    assert answer.usage == Usage(10, 5)
    assert answer.notes[0] == "Odd."


@pytest.mark.parametrize("size", [1, 4, 1000])
@pytest.mark.parametrize(
    "text",
    [
        "INSUFFICIENT",
        " **INSUFFICIENT**.\n",
        "Insufficient.",
        "“INSUFFICIENT”。",
        "INSUFFICIENT\n\nThe passages do not name a price [1].",
        "INSUFFICIENT: no price.",
        "INSUFFICIENT。资料中没有价格。",
        "INSUFFICIENT 资料中没有价格。",
        "[INSUFFICIENT]",
        "资料没有提到价格。\nINSUFFICIENT",
        "The price is not stated. INSUFFICIENT",
    ],
)
@pytest.mark.parametrize("question", [ZH, EN])
def test_insufficient_is_a_refusal_and_never_flashes(question: str, text: str, size: int) -> None:
    answer, streamed = ask(question, text, size=size)
    assert answer.decision is Decision.ABSTAINED
    assert answer.citations == ()
    assert ("资料中没有" in answer.reason) == (question == ZH)
    assert answer.text.startswith(answer.reason)
    assert "d1.md › Care" in answer.text
    assert "INSUFFICIENT" not in streamed.upper()
    assert "INSUFFICIENT" not in answer.text


@pytest.mark.parametrize("size", [1, 5, 1000])
@pytest.mark.parametrize(
    "text",
    [
        "INSUFFICIENT FUNDS means that two years of cover for the pump are unpaid [1].",
        "INSUFFICIENT_QUOTA is covered: the pump, two years [1].",
        "`INSUFFICIENT` is what the pump covered two years shows [1].",
        "It shows INSUFFICIENT while the pump is covered, two years [1].",
        "In two years the pump is covered. INS is covered. INSUFFICIENTLY so, the pump [1].",
        "I",
    ],
)
def test_the_word_in_a_sentence_is_a_word(text: str, size: int) -> None:
    answer, streamed = ask(EN, text, size=size)
    assert answer.decision is Decision.ANSWERED
    assert answer.text == streamed == text


def test_what_was_answered_in_part_says_so() -> None:
    answer, streamed = ask(EN, "The pump is covered for two years [1].\n\nINSUFFICIENT")
    assert answer.decision is Decision.ANSWERED
    assert answer.text == streamed == "The pump is covered for two years [1]."
    assert "part only" in answer.reason


@pytest.mark.parametrize(
    ("text", "finish", "zh", "en"),
    [
        ("", "stop", "没有给出任何回答", "gave no answer"),
        (" \n** ", "stop", "没有给出任何回答", "gave no answer"),
        ("[9]", "stop", "没有给出任何回答", "gave no answer"),
        ("", "length", "用完了允许的长度", "used up the length"),
        ("", "tool_calls", "没有给出任何回答", "gave no answer"),
        ("The pump is", "content_filter", "过滤器", "filter"),
    ],
)
def test_no_answer_is_a_refusal_with_its_reason(text: str, finish: Finish, zh: str, en: str) -> None:
    for question, words in ((ZH, zh), (EN, en)):
        answer, _ = ask(question, text, finish=finish)
        assert answer.decision is Decision.ABSTAINED
        assert words in answer.reason
        assert answer.text.startswith(answer.reason)


def test_a_reply_that_was_cut_off_is_noted() -> None:
    answer, _ = ask(EN, "The pump is covered for two years [1]. And the oil", finish="length")
    assert answer.decision is Decision.ANSWERED
    assert any("cut off" in note for note in answer.notes)
    assert answer.confidence == 0.5


@pytest.mark.parametrize(("question", "words"), [(ZH, "没有一句"), (EN, "no sentence")])
def test_an_answer_without_sources_has_no_confidence_and_no_citation(question: str, words: str) -> None:
    answer, streamed = ask(question, "巴黎是法国的首都 [1]. Paris is the capital of France [2][7].")
    assert answer.citations == ()
    assert answer.confidence == 0
    assert words in answer.reason
    assert "[" not in answer.text
    assert "[7]" not in streamed
    assert any("[7]" in note for note in answer.notes)


def test_confidence_is_the_evidence_where_every_sentence_is_cited() -> None:
    extractive = Extractive(word_encoder())
    judge = DraftJudge(evidence=extractive.confidence)
    answer = answer_of(LanguageModel(model("The pump is covered for two years [1].")), judge)
    assert answer.confidence == extractive.confidence(prompt(EN))
    refused = answer_of(LanguageModel(model("INSUFFICIENT")), judge)
    assert refused.confidence == answer.confidence


# --- failures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("question", "words"), [(ZH, "语言模型未能作答"), (EN, "did not answer")])
@pytest.mark.parametrize("said", ["", "The pump is covered for ever [1]. "])
def test_where_the_endpoint_fails_the_fallback_answers_and_is_marked(question: str, words: str, said: str) -> None:
    fallback: Generator = Extractive(word_encoder())
    judge = DraftJudge(confidence=0.0)
    scripted = model(said, fail=True)
    events = events_of(LanguageModel(scripted, fallback=fallback), prompt(question), judge=judge)
    answer = events[-1]
    assert isinstance(answer, Answer)
    quoted = judge.judge(prompt(question), fallback.draft(prompt(question)))
    assert (answer.text, answer.citations, answer.confidence) == (quoted.text, quoted.citations, quoted.confidence)
    assert answer.model is None
    assert words in answer.reason
    assert quoted.reason in answer.reason
    assert "closed the stream" in answer.notes[0]
    assert "endpoint" not in answer.text
    assert ("void" in answer.notes[-1]) == bool(said)
    assert scripted.closed


def test_without_a_fallback_the_error_is_raised() -> None:
    with pytest.raises(EndpointError, match="closed the stream"):
        answer_of(LanguageModel(model("The pump", fail=True)))


def test_a_stream_without_a_reply_is_an_error() -> None:
    with pytest.raises(EndpointError, match="without a reply") as caught:
        answer_of(LanguageModel(model("The pump", reply=False)))
    assert caught.value.fault == "protocol"


def test_other_errors_are_not_taken_for_the_endpoint_s() -> None:
    class Broken(Scripted):
        async def stream(self, request: Request) -> AsyncIterator[Piece]:
            raise ZeroDivisionError
            yield TextDelta("")

    generator = LanguageModel(Broken(""), fallback=Extractive(word_encoder()))
    with pytest.raises(ZeroDivisionError):
        answer_of(generator)


def test_closing_the_events_closes_the_model_s_stream() -> None:
    scripted = model("The pump is covered for two years [1]." * 10)

    async def leave() -> None:
        events = LanguageModel(scripted).events(prompt(EN))
        async for event in events:
            if isinstance(event, TextDelta):
                break
        await events.aclose()  # type: ignore[attr-defined]
        assert scripted.closed

    anyio.run(leave)


def test_the_request_is_the_prompt() -> None:
    scripted = model("x")
    answer_of(LanguageModel(scripted, max_tokens=77))
    assert scripted.requests == [Request(prompt(EN).messages, max_tokens=77)]


def test_importing_it_does_not_load_anyio() -> None:
    script = f"import sys\nsys.path[:] = {sys.path!r}\nimport wenyuan.generate\nprint('anyio' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "False\n"
    )


# --- functions -----------------------------------------------------------------------------------------------------

CALL = ToolCall("1", "search", "{}")
USAGE = Usage(30, 7)
FOUND = source(3, "The fan is covered for ten years.")


@dataclass
class Run:
    reply: Reply | None
    results: tuple[ToolResult, ...] = (ToolResult(CALL, "[3] …", ok=True),)
    usage: Usage = USAGE
    outcome: str = "answered"
    calls: tuple[ToolCall, ...] = ()
    notes: tuple[str, ...] = ("Two rounds.",)


def rounds(*pieces: object) -> Rounds:
    async def run(messages: Sequence[Message]) -> AsyncIterator[object]:
        assert messages == prompt(EN).messages
        for piece in pieces:
            yield piece

    return run  # type: ignore[return-value]


def test_functions_are_passed_on_and_what_they_found_can_be_cited() -> None:
    text = "The fan is covered for ten years [3]."
    told = ToolReturned(ToolResult(CALL, "[3] …", ok=True))
    run = rounds(TextDelta("Let me look"), ToolCalled(CALL), told, TextDelta(text), Run(Reply(text)))
    *events, answer = events_of(LanguageModel(model(""), run=run), prompt(EN), FOUND)
    assert events[:3] == [TextDelta("Let me look"), ToolCalled(CALL), told]
    assert isinstance(answer, Answer)
    assert answer.text == "The fan is covered for ten years [1]."
    assert answer.citations[0].document == "d3.md"
    assert answer.tools[0].call == CALL
    assert answer.usage == Usage(30, 7)
    assert answer.notes == ("Two rounds.",)


@pytest.mark.parametrize(
    "ended", [Run(None), Run(Reply(""), outcome="budget"), Run(Reply("Still looking"), outcome="budget")]
)
def test_a_budget_used_up_is_a_refusal(ended: Run) -> None:
    answer = events_of(LanguageModel(model(""), run=rounds(ended)), prompt(EN))[-1]
    assert isinstance(answer, Answer)
    assert answer.decision is Decision.ABSTAINED
    assert "within its limits" in answer.reason


def test_calls_of_the_asker_s_functions_are_the_end_of_a_draft() -> None:
    run = rounds(TextDelta("A moment."), ToolCalled(CALL), Run(Reply("A moment.", (CALL,)), results=(), calls=(CALL,)))
    *events, answer = events_of(LanguageModel(model(""), run=run), prompt(EN))
    assert events == [TextDelta("A moment."), ToolCalled(CALL)]
    assert isinstance(answer, Answer)
    assert (answer.decision, answer.calls, answer.text) == (Decision.CALLED, (CALL,), "A moment.")


# --- what is shown while it arrives ---------------------------------------------------------------------------------


def shown(text: str, size: int) -> str:
    view = Shown(lambda: SOURCES)
    return "".join([*(view.feed(text[at : at + size]) for at in range(0, len(text), size)), view.close()])


@given(text=st.text("INSUFICET aZ.。\n*`[]129,(泵😀", max_size=60) | st.text(), size=st.integers(1, 9))
def test_any_text_is_shown_without_the_marker(text: str, size: int) -> None:
    verdict = read_verdict(text)
    out = shown(text, size)
    if verdict.insufficient == "wholly":
        assert out == ""
    if not any(mark in text for mark in "[［【") and verdict.insufficient == "no":
        assert out.strip() == verdict.text


def test_many_lines_with_code_and_citations_are_shown_as_they_are_answered() -> None:
    text = "# Care\n\nThe pump is covered for two years [2].\nOil [1].\n\n```py\na[1] [9]\n\nb [9]\n```\n"
    text += "\nSee `x [9]` [2][9].\n- [9] The pump\n- [1] Oil\n~~~\n[9]\n~~~\nlast [2]"
    written = "# Care\n\nThe pump is covered for two years [1].\nOil [2].\n\n```py\na[1] [9]\n\nb [9]\n```\n"
    written += "\nSee `x [9]` [1].\n- The pump\n- [2] Oil\n~~~\n[9]\n~~~\nlast [1]"
    for size in (1, 2, 3, 5, 8, 13, 1000):
        assert shown(text, size) == written


def test_plain_text_is_not_held_back() -> None:
    view = Shown(lambda: SOURCES)
    assert [view.feed(piece) for piece in ("The", " pump", " is", " red")] == ["The", " pump", " is", " red"]
    assert [view.feed(piece) for piece in (".", " It", " [", "1", "]", ".")][-1] == " [1]."


@pytest.mark.timeout(60)
@pytest.mark.parametrize("evil", ["[", "`", "INSUFFICIEN", "。INSUFFICIENT ", "[1", "*", " ", "[1] ", "(("])
def test_hostile_replies_take_no_time(evil: str) -> None:
    shown(evil * (8000 // len(evil)), 8)
    read_verdict(evil * 50_000)


def test_usage_that_is_not_known_is_none() -> None:
    answer = events_of(LanguageModel(model(""), run=rounds(replace(Run(Reply("x")), usage=Usage()))), prompt(EN))[-1]
    assert isinstance(answer, Answer)
    assert answer.usage is None
