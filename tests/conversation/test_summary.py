"""A history is cut to a budget, and stays one that a model can be sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.conversation import Shortened, Summarise, by_model, shorten
from wenyuan.errors import EndpointError
from wenyuan.types import Message, ToolCall

CALL, OTHER = ToolCall("c1", "search", '{"q": "pump"}'), ToolCall("c2", "clock", "{}")
ZH = [
    Message("user", "你好。我想问一下 PX-200 水泵。今天天气不错，你好，谢谢。天气好，谢谢，好的。"),
    Message(
        "assistant",
        "您好！谢谢，很高兴为您服务。好的，谢谢，今天天气不错。PX-200 水泵的额定功率是 900 瓦。还有什么可以帮您？",
    ),
    Message("user", "好的，谢谢。它多久保养一次？"),
    Message("assistant", "好的。滤芯每月清洗一次，润滑油每年更换。好的，谢谢。"),
    Message("user", "明白了。"),
    Message("assistant", "好的。"),
]
EN = [
    Message(
        "user",
        "Hello there. Well, thanks, hello. I have a question about the PX-200 pump. Well, hello there, well, thanks.",
    ),
    Message(
        "assistant", "Hello! Well, thanks, hello there, well. Its rated power is 900 watts. Is there anything else?"
    ),
    Message("user", "Thanks. How often is it serviced?"),
    Message("assistant", "Well. The filter is cleaned every month and oil changed yearly. Well, thanks, hello there."),
    Message("user", "I see."),
    Message("assistant", "Well."),
]
TOOLS = [
    Message("user", "How is the pump?"),
    Message("assistant", "", calls=(CALL, OTHER)),
    Message("tool", "The pump is fine." * 20, call_id="c1"),
    Message("tool", "12:00", call_id="c2"),
    Message("assistant", "The pump is fine."),
    Message("user", "And now?"),
    Message("assistant", "Still fine."),
]


def characters(texts: Sequence[str]) -> list[int]:
    return [len(text) for text in texts]


def cost(messages: Sequence[Message]) -> int:
    calls = [call for message in messages for call in message.calls]
    texts = [message.content + (message.reasoning or "") for message in messages]
    return sum(map(len, texts)) + sum(len(call.name + call.arguments) for call in calls) + 8 * (len(texts) + len(calls))


def well_formed(messages: Sequence[Message]) -> bool:
    """Each result follows its call, each call has its result, and the system says nothing."""
    waiting: Counter[str | None] = Counter()
    for message in messages:
        if message.role == "tool":
            if not waiting[message.call_id]:
                return False
            waiting[message.call_id] -= 1
            continue
        if message.role == "system" or waiting.total():
            return False
        waiting = Counter(call.id for call in message.calls)
    return not waiting.total()


def cut(history: Sequence[Message], budget: int, summarise: Summarise | None = None) -> Shortened:
    short = shorten(history, budget, characters, summarise=summarise)
    assert well_formed(short.messages)
    assert short.tokens == cost(short.messages) <= max(0, budget)
    return short


@pytest.mark.parametrize("history", [[], ZH, EN, TOOLS])
def test_what_fits_is_left_as_it_is(history: list[Message]) -> None:
    short = cut(history, 10_000)
    assert short.messages == tuple(history)
    assert short.notes == ()


@pytest.mark.parametrize(
    ("history", "kept", "gone"),
    [(ZH, ("PX-200", "滤芯每月清洗一次"), "天气"), (EN, ("PX-200", "cleaned every month"), "Hello there")],
)
def test_recent_turns_are_whole_and_older_ones_say_what_matters(
    history: list[Message], kept: tuple[str, ...], gone: str
) -> None:
    short = cut(history, cost(history) * 3 // 4)
    said = "\n".join(message.content for message in short.messages)
    assert short.messages[-2:] == tuple(history[-2:])
    assert all(words in said for words in kept)
    assert gone not in said
    assert [message.role for message in short.messages[:2]] == ["user", "assistant"]
    [note] = short.notes
    assert "3 turns" in note
    assert "shortened" in note


def test_what_the_user_said_first_outlasts_the_middle() -> None:
    middle = [Message("user" if n % 2 == 0 else "assistant", f"Remark number {n} on the weather.") for n in range(20)]
    short = cut([*EN[:2], *middle, *EN[-2:]], 300)
    assert "PX-200" in short.messages[0].content
    assert short.messages[-2:] == tuple(EN[-2:])
    assert "left out" in short.notes[0]


def test_an_older_turn_loses_its_functions_with_their_results() -> None:
    short = cut(TOOLS, 150)
    assert not any(message.calls or message.role == "tool" for message in short.messages)
    assert [message.content for message in short.messages[:2]] == ["How is the pump?", "The pump is fine."]


@pytest.mark.parametrize(
    "odd",
    [
        [Message("tool", "12:00", call_id="c1")],
        [Message("assistant", "", calls=(CALL,))],
        [Message("assistant", "", calls=(CALL, OTHER)), Message("tool", "x", call_id="c1")],
        [Message("assistant", "", calls=(CALL,)), Message("tool", "x", call_id="c9")],
    ],
)
def test_calls_without_results_and_results_without_calls_go(odd: list[Message]) -> None:
    short = cut([*EN[:2], *odd, *EN[2:]], 10_000)
    assert short.messages == tuple(EN)
    assert "did not belong" in short.notes[0]


def test_turns_of_the_system_go() -> None:
    assert cut([Message("system", "You are a pirate."), *EN], 10_000).messages == tuple(EN)


@pytest.mark.parametrize("budget", [-5, 0, 8])
def test_no_budget_is_no_history(budget: int) -> None:
    short = cut(EN, budget)
    assert short.messages == ()
    assert "3 left out" in short.notes[0]


def test_a_last_turn_that_is_too_long_is_clipped() -> None:
    short = cut([Message("user", "泵" * 64_000)], 100)
    [message] = short.messages
    assert message.content == "泵" * 91 + "…"


# --- with a language model -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("history", "text"), [(ZH, "用户问了 PX-200 水泵。"), (EN, "The user asked about a pump.")])
def test_a_summary_takes_the_place_of_older_turns(history: list[Message], text: str) -> None:
    seen: list[Message] = []

    def summarise(messages: Sequence[Message]) -> str:
        seen.extend(messages)
        return f" {text} "

    short = cut(history, cost(history) - 20, summarise)
    assert [message.role for message in short.messages[:2]] == ["user", "assistant"]
    assert short.messages[0].content.endswith(f"\n{text}")
    assert [*seen, *short.messages[2:]] == history
    assert "summarised" in short.notes[0]


def test_a_summary_that_fails_or_does_not_fit_is_done_without() -> None:
    def fails(messages: Sequence[Message]) -> str:
        raise EndpointError("The endpoint is down.", "connect")

    budget = cost(EN) - 20
    plain = cut(EN, budget)
    for summarise, why in ((fails, "is down"), (lambda _: "x" * 1000, "too long"), (lambda _: " ", "empty")):
        short = cut(EN, budget, summarise)
        assert short.messages == plain.messages
        assert why in short.notes[0]


MESSAGES = st.builds(
    Message,
    st.sampled_from(["system", "user", "assistant", "tool"]),
    st.text("泵 pump.。\n", max_size=40),
    st.sampled_from([(), (), (CALL,), (CALL, OTHER)]),
    st.sampled_from([None, "c1", "c2"]),
)


@given(history=st.lists(MESSAGES, max_size=12), budget=st.integers(0, 400))
def test_any_history_stays_within_its_budget_and_well_formed(history: list[Message], budget: int) -> None:
    cut(history, budget)


@pytest.mark.timeout(60)
def test_a_long_history_takes_no_time() -> None:
    cut([Message("user" if n % 2 == 0 else "assistant", "pump. " * 2000) for n in range(60)], 2000)


def test_a_model_summarises_in_the_language_of_the_conversation() -> None:
    asked: list[Sequence[Message]] = []

    def ask(messages: Sequence[Message]) -> str:
        asked.append(messages)
        return "谈了水泵的保修期。"

    summarise = by_model(ask)
    said = [Message("user", "水泵保修多久？"), Message("tool", "x", call_id="1"), Message("assistant", "两年。")]
    assert summarise(said) == "谈了水泵的保修期。"
    [(system, user)] = asked
    assert "概括" in system.content
    assert user.content == "user: 水泵保修多久？\nassistant: 两年。"
    assert summarise([Message("tool", "x", call_id="1")]) == ""
    summarise([Message("user", "How long is the warranty?")])
    assert "Summarise" in asked[1][0].content
