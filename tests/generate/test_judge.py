"""A draft becomes an answer or a refusal, whoever wrote it."""

from __future__ import annotations

import pytest

from wenyuan.generate import DraftJudge, is_refusal
from wenyuan.prompt import build_prompt
from wenyuan.types import Citation, Context, Decision, Draft, Prompt, Source, ToolCall, ToolResult, Usage
from wenyuan.understand import understand

TEXT = "The pump is covered for two years."
FAN = "The fan is covered for ten years."
PUMP = Source(1, "a.md", "T", TEXT, 0, len(TEXT), ("Care",), 1.0, (1,))
FOUND = Source(2, "b.md", "T", FAN, 0, len(FAN), (), 1.0, (2,))
PROMPT = build_prompt(understand("How long is the pump covered?"), Context((PUMP,), tokens=0))
QUOTE = Citation(1, "a.md", None, "Care", 0, len(TEXT), TEXT)


@pytest.mark.parametrize(("evidence", "confidence", "decision"), [(0.7, 0.5, "ANSWERED"), (0.4, 0.5, "ABSTAINED")])
def test_what_quotes_is_an_answer_where_its_evidence_suffices(
    evidence: float, confidence: float, decision: str
) -> None:
    draft = Draft(f"{TEXT} [1]", (PUMP,), (QUOTE,), evidence=evidence)
    answer = DraftJudge(confidence=confidence).judge(PROMPT, draft)
    assert answer.decision == decision
    assert answer.confidence == evidence
    assert answer.citations == ((QUOTE,) if decision == "ANSWERED" else ())
    assert ("a.md › Care" in answer.text) == (decision == "ABSTAINED")


def test_without_a_quote_there_is_no_answer() -> None:
    answer = DraftJudge(confidence=0.0).judge(PROMPT, Draft("", (), (), evidence=0.0))
    assert (answer.decision, answer.confidence) == (Decision.ABSTAINED, 0)


@pytest.mark.parametrize(
    ("question", "said"), [("???!!!", "holds no words"), ("？？！！", "没有文字"), ("😀 — …", "holds no words")]
)
def test_what_asks_nothing_gets_no_quote(question: str, said: str) -> None:
    prompt = build_prompt(understand(question), Context((PUMP,), tokens=0))
    answer = DraftJudge(confidence=0.0).judge(prompt, Draft(f"{TEXT} [1]", (PUMP,), (QUOTE,), evidence=0.9))
    assert (answer.decision, answer.confidence, answer.citations) == (Decision.ABSTAINED, 0, ())
    assert said in answer.text
    assert is_refusal(answer.text)


def test_the_citations_of_what_a_model_wrote_are_checked_against_all_that_it_saw() -> None:
    seen: list[Prompt] = []

    def evidence(prompt: Prompt) -> float:
        seen.append(prompt)
        return 0.5

    draft = Draft("The fan is covered for ten years [2]. Cats sleep [1].", (PUMP, FOUND), model="m")
    answer = DraftJudge(evidence=evidence).judge(PROMPT, draft)
    assert answer.text == "The fan is covered for ten years [1]. Cats sleep."
    assert [citation.document for citation in answer.citations] == ["b.md"]
    assert answer.confidence == 0.25
    assert seen[0].context.sources == (PUMP, FOUND)


def test_evidence_that_the_writer_weighed_is_not_weighed_again() -> None:
    def evidence(prompt: Prompt) -> float:
        raise AssertionError

    answer = DraftJudge(evidence=evidence).judge(PROMPT, Draft(f"{TEXT[:-1]} [1].", (PUMP,), evidence=0.4))
    assert answer.confidence == 0.4


def test_the_record_of_a_draft_is_the_answer_s() -> None:
    result = ToolResult(ToolCall("1", "stock", "{}"), "7", ok=True)
    draft = Draft("x", (PUMP,), model="m", usage=Usage(1, 2), tools=(result,), notes=("Odd.",))
    answer = DraftJudge().judge(PROMPT, draft)
    assert (answer.model, answer.usage, answer.tools, answer.notes) == ("m", Usage(1, 2), (result,), ("Odd.",))


@pytest.mark.parametrize(
    ("question", "words"), [("水泵保修多久？", "语言模型未能作答"), ("Two years?", "did not answer")]
)
def test_what_stands_in_says_so(question: str, words: str) -> None:
    asked = build_prompt(understand(question), Context((PUMP,), tokens=0))
    draft = Draft(f"{TEXT} [1]", (PUMP,), (QUOTE,), evidence=1.0, stands_in=True)
    assert words in DraftJudge().judge(asked, draft).reason


@pytest.mark.parametrize("question", ["How long is the pump covered?", "水泵保修多久？"])
@pytest.mark.parametrize(
    "draft",
    [
        Draft("", (PUMP,), (), evidence=0.0),
        Draft("", (), (), evidence=0.0),
        Draft("", (PUMP,), model="m"),
        Draft("Two", (PUMP,), ended="content_filter", model="m"),
        Draft("", (PUMP,), ended="length", model="m"),
        Draft("", (), ended="budget", model="m"),
        Draft("", (PUMP,), (), evidence=0.0, stands_in=True),
    ],
)
def test_a_refusal_is_known_by_its_text(question: str, draft: Draft) -> None:
    answer = DraftJudge().judge(build_prompt(understand(question), Context((PUMP,), tokens=0)), draft)
    assert answer.decision is Decision.ABSTAINED
    assert is_refusal(answer.text)


def test_an_answer_is_no_refusal() -> None:
    assert not is_refusal(f"{TEXT} [1]")
    assert not is_refusal("")


def test_what_calls_functions_of_the_asker_s_is_no_answer_yet() -> None:
    call = ToolCall("1", "weather", "{}")
    draft = Draft("As it lasts two years [1], a moment [2].", (PUMP,), calls=(call,), model="m", usage=Usage(1, 2))
    answer = DraftJudge().judge(PROMPT, draft)
    assert (answer.decision, answer.calls, answer.confidence) == (Decision.CALLED, (call,), 0)
    assert "[2]" not in answer.text
    assert answer.usage == Usage(1, 2)
    assert DraftJudge().judge(PROMPT, Draft("INSUFFICIENT", (PUMP,), calls=(call,))).text == ""
