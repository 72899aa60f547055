"""What is shown of a draft before it is judged."""

from __future__ import annotations

from collections.abc import Iterator

from wenyuan.generate import Preview
from wenyuan.types import (
    Answer,
    Decision,
    Draft,
    DraftEvent,
    ReasoningDelta,
    Source,
    TextDelta,
    ToolCall,
    ToolCalled,
    ToolResult,
    ToolReturned,
)

TEXT = "The pump is covered for two years."
PUMP = Source(7, "a.md", "T", TEXT, 0, len(TEXT), (), None, 1.0, (1,))
CALL = ToolCall("1", "search", "{}")
ANSWERED = Answer(Decision.ANSWERED, "", "", (), 1.0)
REFUSED = Answer(Decision.ABSTAINED, "", "", (), 1.0)


def shown(*events: DraftEvent | Draft, answer: Answer = ANSWERED) -> tuple[list[DraftEvent], Draft]:
    """What is told of these events and after this answer, and the draft."""
    preview, drafts = Preview(lambda: (PUMP,)), []

    def tell() -> Iterator[DraftEvent]:
        drafts.append((yield from preview.show(iter(events))))
        yield from preview.rest(answer)

    return [*tell()], drafts[0]


def test_text_has_the_numbers_of_the_answer_and_its_end_waits() -> None:
    draft = Draft("Two years [7]", (PUMP,))
    told, same = shown(TextDelta("Two years"), TextDelta(" [7"), TextDelta("]"), draft)
    assert "".join(event.text for event in told if isinstance(event, TextDelta)) == "Two years [1]"
    assert same is draft
    told, _ = shown(TextDelta("Two years [7"), draft, answer=REFUSED)
    assert told == [TextDelta("Two years")]


def test_all_else_is_passed_on_in_its_order() -> None:
    returned = ToolReturned(ToolResult(CALL, "7", ok=True))
    events = (ReasoningDelta("hm"), TextDelta("Let me ["), ToolCalled(CALL), returned, TextDelta("7"))
    told, _ = shown(*events, Draft("7", ()))
    assert told == [
        ReasoningDelta("hm"),
        TextDelta("Let me"),
        TextDelta(" ["),
        ToolCalled(CALL),
        returned,
        TextDelta("7"),
    ]


def test_a_draft_that_stands_in_makes_void_what_was_shown_and_ends_nothing_of_it() -> None:
    instead = Draft("So.", (), (), stands_in=True, notes=("Why.",))
    told, draft = shown(TextDelta("For ever [7"), instead)
    assert told == [TextDelta("For ever")]
    assert draft.notes == ("Why.", "What had been streamed of the model's reply is void.")
    told, draft = shown(TextDelta("INSUFFI"), instead)
    assert (told, draft.notes) == ([], ("Why.",)), "nothing of it had been shown"
