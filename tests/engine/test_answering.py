"""Answers written by a language model over HTTP: streamed, cited, with functions, and what happens when it fails."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fakes import word_encoder
from fault_server import FaultServer
from faults import FAULTS
from llm_server import call, llm_server
from wenyuan.chat.client import Endpoint
from wenyuan.chat.profile import Profile
from wenyuan.engine import KnowledgeBase
from wenyuan.engine.writing import JOURNAL, Tools
from wenyuan.errors import EndpointError, WrongUse
from wenyuan.settings import Settings
from wenyuan.tools import tool
from wenyuan.tools.journal import Journal
from wenyuan.trace import Trace
from wenyuan.types import (
    AnswerEvent,
    Decision,
    Draft,
    Generator,
    Message,
    Prompt,
    TextDelta,
    ToolCall,
    ToolCalled,
    ToolReturned,
)

PUMP = "# PX-200\n\nThe warranty of the PX-200 pump lasts two years. It weighs 12 kg.\n"
SHOP = "# Shop\n\nThe shop in Berlin opens at nine o'clock. Returns are taken within 30 days.\n"
SURE = {"confidence": 0}  # it was fitted on another encoder
QUESTION = "How long does the warranty of the PX-200 pump last?"


@contextmanager
def opened(tmp_path: Path, url: str, **sections: Any) -> Iterator[KnowledgeBase]:
    docs = tmp_path / "docs"
    docs.mkdir(exist_ok=True)
    (docs / "pump.md").write_text(PUMP, "utf-8")
    (docs / "shop.md").write_text(SHOP, "utf-8")
    llm = {"url": url, "model": "m", "key": "a-very-secret-key", "retries": 0} | sections.pop("llm", {})
    sections = {"understand": {"intent": "none"}} | sections
    settings = Settings(llm=llm, rerank={"model": "none"}, **sections)
    with KnowledgeBase.open(tmp_path / "kb", settings=settings, encoder=word_encoder()) as kb:
        kb.add(docs)
        yield kb


def says(text: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda body: {"content": text}


def last(body: dict[str, Any]) -> dict[str, Any]:
    return body["messages"][-1]


def test_an_answer_is_written_from_the_sources_and_its_citation_checked(tmp_path: Path) -> None:
    with llm_server(says("The warranty lasts two years [1].")) as (url, seen), opened(tmp_path, url) as kb:
        events = [*kb.stream(QUESTION)]
    answer = events[-1]
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == answer.text
    assert answer.decision is Decision.ANSWERED
    assert answer.model == "m"
    [citation] = answer.citations
    assert citation.quote in PUMP
    assert "two years" in citation.quote
    assert answer.usage.prompt == 900
    assert [message["role"] for message in seen[0]["messages"]] == ["system", "user"]
    assert QUESTION in last(seen[0])["content"]
    assert "tools" not in seen[0]


def test_earlier_turns_are_told_to_the_model(tmp_path: Path) -> None:
    said = [Message("user", "What is the PX-200 pump?"), Message("assistant", "A pump [1].")]
    with llm_server(says("Two years [1].")) as (url, seen), opened(tmp_path, url) as kb:
        kb.ask(QUESTION, history=said)
    roles = [message["role"] for message in seen[0]["messages"]]
    assert roles == ["system", "user", "assistant", "user"]


def test_calls_of_earlier_answers_may_have_had_the_same_ids(tmp_path: Path) -> None:
    asked = ToolCall("call_1", "refund", '{"order": "A-1"}')
    turn = [
        Message("user", "Pay back A-1"),
        Message("assistant", "", (asked,)),
        Message("tool", "ok", call_id="call_1"),
    ]
    with llm_server(pays) as (url, seen), opened(tmp_path, url) as kb:
        answer = kb.ask("Once more", history=[*turn, Message("assistant", "Done.")] * 2, tools=[refund])
    assert answer.tools[0].content == "paid back A-1"
    ids = [each["id"] for message in seen[-1]["messages"] for each in message.get("tool_calls", ())]
    assert len({*ids}) == len(ids) == 3


def test_reasoning_that_the_template_opens_is_no_text(tmp_path: Path) -> None:
    with llm_server(says("It says so there.</think>Two years [1].")) as (url, _):
        (tmp_path / "kb").mkdir()
        (tmp_path / "kb" / "endpoints.json").write_text(json.dumps({f"m@{url}": {"opened": True}}), "utf-8")
        with opened(tmp_path, url) as kb:
            events = [*kb.stream(QUESTION)]
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "Two years [1]."


def test_headers_of_tables_do_not_overrun_the_window(tmp_path: Path) -> None:
    columns = " | ".join(f"measured property number {n} of the pump" for n in range(12))
    rows = "\n".join(f"| PX-{n} " + "| weight 12 kg " * 11 + "|" for n in range(60))
    docs = tmp_path / "docs"
    docs.mkdir()
    for n in range(8):
        (docs / f"table{n}.md").write_text(f"# PX weights {n}\n\n| {columns} |\n{'|---' * 12}|\n{rows}\n", "utf-8")
    with llm_server(says("INSUFFICIENT")) as (url, seen), opened(tmp_path, url, llm={"window": 3000}) as kb:
        kb.ask("Which weight has PX-7?")
    assert Profile().tokens("".join(message["content"] for message in seen[0]["messages"])) < 3000 - 1024


def test_a_question_that_leaves_no_room_is_one_sentence(tmp_path: Path) -> None:
    with opened(tmp_path, "http://127.0.0.1:9/v1") as kb, pytest.raises(WrongUse, match="question"):
        kb.ask((QUESTION + " ") * 1300)


def test_a_result_of_ten_megabytes_is_cut_to_what_the_window_holds(tmp_path: Path) -> None:
    @tool(readonly=True)
    def everything() -> list[str]:
        """All there is."""
        return ["PX-200 水泵"] * 1_000_000

    def reply(body: dict[str, Any]) -> dict[str, Any]:
        return {"content": "Much."} if last(body)["role"] == "tool" else {"tool_calls": [call("everything", {})]}

    with llm_server(reply) as (url, seen), opened(tmp_path, url) as kb:
        answer = kb.ask(QUESTION, tools=[everything])
    assert "cut" in answer.tools[0].content
    assert len(str(seen[-1])) < 40_000


def test_a_marker_of_insufficiency_is_a_refusal(tmp_path: Path) -> None:
    with llm_server(says("INSUFFICIENT")) as (url, _), opened(tmp_path, url) as kb:
        events = [*kb.stream(QUESTION)]
    assert events[-1].decision is Decision.ABSTAINED
    assert not [event for event in events if isinstance(event, TextDelta)]


def test_a_number_that_proves_nothing_is_removed(tmp_path: Path) -> None:
    with llm_server(says("Cats sleep at night [1]. So they do [7].")) as (url, _), opened(tmp_path, url) as kb:
        answer = kb.ask(QUESTION)
    assert answer.citations == ()
    assert "[" not in answer.text
    assert any("7" in note for note in answer.notes)


def test_a_function_is_called_and_its_result_told(tmp_path: Path) -> None:
    called: list[str] = []

    @tool(readonly=True)
    def stock(product: str) -> dict[str, int]:
        """How many of a product are in stock."""
        called.append(product)
        return {"pieces": 7}

    def reply(body: dict[str, Any]) -> dict[str, Any]:
        if last(body)["role"] == "tool":
            return {"content": f"There are 7 pieces: {last(body)['content']}"}
        return {"content": None, "tool_calls": [call("stock", {"product": "PX-200"})]}

    trace = Trace()
    with llm_server(reply) as (url, seen), opened(tmp_path, url) as kb:
        events = [*kb.stream("How many PX-200 are in stock?", tools=[stock], trace=trace)]
    assert called == ["PX-200"]
    kinds = [type(event) for event in events]
    assert kinds.index(ToolCalled) < kinds.index(ToolReturned) < kinds.index(TextDelta)
    assert events[-1].tools[0].content == '{"pieces": 7}'
    assert seen[0]["tools"][0]["function"]["name"] == "stock"
    assert "7 pieces" in events[-1].text
    record = str(trace.as_json())
    assert "stock" in record
    assert "very-secret" not in record


def test_retrieval_is_a_function_and_what_it_finds_can_be_cited(tmp_path: Path) -> None:
    def reply(body: dict[str, Any]) -> dict[str, Any]:
        if last(body)["role"] != "tool":
            return {"tool_calls": [call("search_knowledge", {"query": "When does the shop in Berlin open?", "k": 1})]}
        number = last(body)["content"].split("]")[0].strip("[")
        return {"content": f"The shop in Berlin opens at nine o'clock [{number}]."}

    tools = {"builtin": ["search_knowledge", "calculate"]}
    one = {"sources": 1}
    with llm_server(reply) as (url, _), opened(tmp_path, url, tools=tools, answer=one) as kb:
        answer = kb.ask("What is the weight of the PX-200 pump, and when does its shop open?")
    assert answer.tools[0].ok
    [citation] = answer.citations
    assert citation.document.endswith("shop.md")
    assert citation.quote in SHOP


def test_a_function_with_effects_that_nobody_agreed_to_is_not_run(tmp_path: Path) -> None:
    ran: list[str] = []

    @tool(approval=True)
    def refund(order: str) -> str:
        """Pay an order back."""
        ran.append(order)
        return "paid back"

    def reply(body: dict[str, Any]) -> dict[str, Any]:
        if last(body)["role"] == "tool":
            return {"content": f"Result: {last(body)['content']}"}
        return {"tool_calls": [call("refund", {"order": "A-1"})]}

    with llm_server(reply) as (url, _), opened(tmp_path, url) as kb:
        kb.ask("Pay back order A-1", tools=[refund])
        assert ran == []
        kb.ask("Pay back order A-1", tools=Tools([refund], approve=lambda asked: asked.name == "refund", run_id="one"))
        assert ran == ["A-1"]
        kb.ask("Pay back order A-1", tools=Tools([refund], approve=lambda asked: True, run_id="one"))
        assert ran == ["A-1"], "the same run again: what was done is not done twice"


@tool
def refund(order: str) -> str:
    """Pay an order back."""
    return f"paid back {order}"


def pays(body: dict[str, Any]) -> dict[str, Any]:
    if last(body)["role"] == "tool":
        return {"content": f"Result: {last(body)['content']}"}
    return {"tool_calls": [call("refund", {"order": "A-1"})]}


def test_whoever_stops_listening_leaves_no_call_in_doubt_that_has_happened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, finishing = Journal.finish, threading.Event()

    def slowly(journal: Journal, *given: Any, **named: Any) -> None:
        finishing.set()
        time.sleep(0.3)  # a disk that is busy
        finish(journal, *given, **named)

    monkeypatch.setattr(Journal, "finish", slowly)
    with llm_server(pays) as (url, _), opened(tmp_path, url) as kb:
        events = kb.stream("Pay back order A-1", tools=[refund])
        assert isinstance(next(events), ToolCalled)
        assert finishing.wait(60)
        events.close()
    with Journal(tmp_path / "kb" / JOURNAL) as journal:
        assert journal.in_doubt() == []


def test_a_run_that_is_taken_up_is_told_what_the_model_said_before(tmp_path: Path) -> None:
    paid: list[int] = []

    @tool
    def pay(amount: int) -> str:
        """Pay."""
        paid.append(amount)
        return "paid"

    down = True

    def reply(body: dict[str, Any]) -> dict[str, Any] | int:
        if last(body)["role"] == "tool":
            return 500 if down else {"content": "Done."}
        return {"tool_calls": [call("pay", {"amount": 12 if down else 13})]}

    run = Tools([pay], run_id="7c1e")
    with llm_server(reply) as (url, _), opened(tmp_path, url, llm={"extractive": False}) as kb:
        with pytest.raises(EndpointError):
            kb.ask("Pay the 12 euros", tools=run)
        down = False
        answer = kb.ask("Pay the 12 euros", tools=run)
    assert paid == [12]
    assert [each.executed for each in answer.tools] == [False]


def test_what_was_called_is_in_the_answer_that_is_quoted_instead(tmp_path: Path) -> None:
    def reply(body: dict[str, Any]) -> dict[str, Any] | int:
        return 500 if last(body)["role"] == "tool" else pays(body)

    with llm_server(reply) as (url, _), opened(tmp_path, url, answer=SURE) as kb:
        answer = kb.ask(QUESTION, tools=[refund])
    assert answer.model is None
    assert [each.content for each in answer.tools] == ["paid back A-1"]


def test_a_knowledge_base_that_is_closed_ends_the_answers_that_are_being_written(tmp_path: Path) -> None:
    asked, leave = threading.Event(), threading.Event()

    def reply(body: dict[str, Any]) -> dict[str, Any]:
        asked.set()
        leave.wait(60)
        return {"content": "Too late [1]."}

    said: list[str] = []

    def ask(kb: KnowledgeBase) -> None:
        try:
            said.append(kb.ask(QUESTION).text)
        except WrongUse as error:
            said.append(str(error))

    with llm_server(reply) as (url, _):
        with opened(tmp_path, url) as kb:
            asker = threading.Thread(target=ask, args=(kb,))
            asker.start()
            assert asked.wait(60)
            started = time.monotonic()
        assert time.monotonic() - started < 30
        leave.set()
        asker.join(60)
    assert "closed in the middle" in said[0]


def test_a_function_may_search_the_knowledge_base_and_ask_it(tmp_path: Path) -> None:
    def reply(body: dict[str, Any]) -> dict[str, Any]:
        if "tools" in body and last(body)["role"] != "tool":
            return {"tool_calls": [call("look", {"what": "warranty"})]}
        return {"content": f"Two years [1]. {last(body)['content'][:4] if 'tools' in body else ''}"}

    with llm_server(reply) as (url, _), opened(tmp_path, url) as kb:

        @tool(readonly=True)
        def look(what: str) -> str:
            """Look something up."""
            return f"{len(kb.search(what, k=1).hits)} hit, {kb.ask(what).decision}"

        assert kb.ask(QUESTION, tools=[look]).tools[0].content.startswith("1 hit, ")


HANGS = """
import sys, threading
from pathlib import Path
from test_answering import QUESTION, call, last, llm_server, opened, tool

@tool(readonly=True, seconds=0.2)
def hang() -> str:
    threading.Event().wait()

def reply(body):
    return {"content": "Two years [1]."} if last(body)["role"] == "tool" else {"tool_calls": [call("hang", {})]}

with llm_server(reply) as (url, _), opened(Path(sys.argv[1]), url) as kb:
    print(kb.ask(QUESTION, tools=[hang]).tools[0].content)
"""


def test_a_function_that_never_returns_does_not_hold_the_process(tmp_path: Path) -> None:
    here = Path(__file__).parent
    told = subprocess.run(
        [sys.executable, "-c", HANGS, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([*sys.path, str(here), str(here.parent)])},
        timeout=60,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Out of time" in told.stdout


@pytest.mark.parametrize("question", [QUESTION, "水泵保修多久？"])
def test_an_empty_knowledge_base_is_answered_without_sources(tmp_path: Path, question: str) -> None:
    settings = {"rerank": {"model": "none"}, "understand": {"intent": "none"}}
    with llm_server(says("INSUFFICIENT")) as (url, _):
        llm = Settings(llm={"url": url, "model": "m"}, **settings)
        with KnowledgeBase.open(tmp_path / "kb", settings=llm, encoder=word_encoder()) as kb:
            answer = kb.ask(question)
    assert (answer.decision, answer.citations) == (Decision.ABSTAINED, ())


def test_where_the_endpoint_fails_the_answer_is_quoted_and_says_so(tmp_path: Path) -> None:
    with llm_server(lambda body: 500) as (url, _), opened(tmp_path, url, answer=SURE) as kb:
        answer = kb.ask(QUESTION)
    assert answer.model is None
    assert "two years" in answer.text
    assert "out of order" not in answer.text
    assert any("out of order" in note for note in answer.notes)


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_no_error_tells_the_key_or_the_password_of_an_address(tmp_path: Path, status: int) -> None:
    with llm_server(lambda body: status) as (url, _):
        address = url.replace("http://", "http://user:pass-word@")
        with opened(tmp_path, address, answer=SURE) as kb:
            trace = Trace()
            answer = kb.ask(QUESTION, trace=trace)
    said = f"{answer} {trace.as_json()}"
    assert "out of order" in said
    assert "very-secret" not in said
    assert "pass-word" not in said


def test_or_it_is_an_error_where_that_is_wanted(tmp_path: Path) -> None:
    with (
        llm_server(lambda body: 500) as (url, _),
        opened(tmp_path, url, llm={"extractive": False}) as kb,
        pytest.raises(EndpointError, match="out of order"),
    ):
        kb.ask(QUESTION)


def test_a_fallback_replies_in_its_place(tmp_path: Path) -> None:
    with llm_server(lambda body: 500) as (broken, _), llm_server(says("Two years [1].")) as (url, _):
        fallbacks = [{"url": url, "model": "other"}]
        with opened(tmp_path, broken, llm={"fallbacks": fallbacks}) as kb:
            assert kb.ask(QUESTION).text == "Two years [1]."


def test_nobody_listens_and_nothing_is_lost(tmp_path: Path) -> None:
    with opened(tmp_path, "http://127.0.0.1:9/v1", answer=SURE) as kb:
        answer = kb.ask(QUESTION)
    assert "two years" in answer.text
    assert any("cannot be reached" in note for note in answer.notes)


def test_whoever_stops_listening_leaves_no_thread(tmp_path: Path) -> None:
    before = threading.active_count()
    with llm_server(says("The warranty lasts two years [1]. " * 20)) as (url, _), opened(tmp_path, url) as kb:
        for _ in range(3):
            events = kb.stream(QUESTION)
            next(events)
            events.close()
        assert kb.ask(QUESTION).decision is Decision.ANSWERED
    assert threading.active_count() <= before + 1  # the pool of anyio ends when it is idle


def test_functions_need_a_language_model(tmp_path: Path) -> None:
    with opened(tmp_path, "") as kb, pytest.raises(WrongUse, match=r"\[llm\]"):
        kb.ask(QUESTION, tools=[lambda: 1])


def test_a_window_without_room_is_one_sentence(tmp_path: Path) -> None:
    with (
        opened(tmp_path, "http://127.0.0.1:9/v1", llm={"window": 1024}) as kb,
        pytest.raises(WrongUse, match="no room"),
    ):
        kb.ask(QUESTION)


def test_the_model_rewrites_a_follow_up_where_that_is_wanted(tmp_path: Path) -> None:
    def reply(body: dict[str, Any]) -> dict[str, Any]:
        rewriting = "Rewrite" in body["messages"][0]["content"]
        return {"content": QUESTION if rewriting else "Two years [1]."}

    understand = {"intent": "none", "rewriter": "llm"}
    said = [Message("user", "What is the PX-200 pump?"), Message("assistant", "A pump.")]
    with llm_server(reply) as (url, _), opened(tmp_path, url, understand=understand) as kb:
        assert kb.ask("And its warranty?", history=said).notes[0] == f"Asked as: {QUESTION}"


def test_a_prompt_that_the_server_cut_is_not_answered_from(tmp_path: Path) -> None:
    long = "The warranty of the PX-200 pump is explained here at length, with many conditions. " * 120
    with llm_server(says("Two years [1].")) as (url, _), opened(tmp_path, url, answer=SURE) as kb:
        (tmp_path / "docs" / "long.md").write_text(f"# PX-200 warranty\n\n{long}", "utf-8")
        kb.add(tmp_path / "docs")
        answer = kb.ask(QUESTION + " " + long)
    assert answer.model is None
    assert any("num_ctx" in note for note in answer.notes)


def test_a_reply_that_is_the_question_is_no_answer(tmp_path: Path) -> None:
    with llm_server(says(f"{QUESTION} [1]")) as (url, _), opened(tmp_path, url) as kb:
        answer = kb.ask(QUESTION)
    assert answer.decision is Decision.ABSTAINED
    assert answer.citations == ()


def test_older_turns_are_summarised_where_that_is_wanted(tmp_path: Path) -> None:
    def reply(body: dict[str, Any]) -> dict[str, Any]:
        summary = "Summarise" in body["messages"][0]["content"]
        if summary:
            return {"content": "They spoke of the PX-200.", "prompt_tokens": 9000}
        return {"content": "Two years [1]."}

    long = "The PX-200 pump is blue and heavy, and it stands in the cellar of the old house. " * 30
    said = [Message(role, f"{n} {long}") for n in range(6) for role in ("user", "assistant")]
    llm = {"summarise": True, "window": 6000}
    with llm_server(reply) as (url, seen), opened(tmp_path, url, llm=llm) as kb:
        answer = kb.ask(QUESTION, history=said)
    assert "They spoke of the PX-200." in str(seen[-1]["messages"])
    assert any("summarised" in note for note in answer.notes)


# --- the events and their order --------------------------------------------------------------------------------------


def kinds(events: Iterable[AnswerEvent]) -> str:
    """The kinds of the events in their order, neighbours of one kind once."""
    return " ".join(kind for kind, _ in itertools.groupby(type(event).__name__ for event in events))


def test_the_order_of_a_plain_answer(tmp_path: Path) -> None:
    def reply(body: dict[str, Any]) -> dict[str, Any]:
        return {"content": "<think>It says so.</think>The warranty lasts two years [1]."}

    with llm_server(reply) as (url, _), opened(tmp_path, url) as kb:
        events = [*kb.stream(QUESTION)]
    assert kinds(events) == "ReasoningDelta TextDelta Answer"
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == events[-1].text


def test_the_order_of_an_answer_with_calls(tmp_path: Path) -> None:
    @tool(readonly=True)
    def stock(product: str) -> int:
        """How many of a product are in stock."""
        return 7

    def reply(body: dict[str, Any]) -> dict[str, Any]:
        if last(body)["role"] == "tool":
            return {"content": "There are 7 of both."}
        both = [call("stock", {"product": name}, id=name) for name in ("PX-200", "PX-300")]
        return {"content": "Let me look", "tool_calls": both}

    with llm_server(reply) as (url, _), opened(tmp_path, url) as kb:
        events = [*kb.stream("How many are in stock?", tools=[stock])]
    assert kinds(events) == "TextDelta ToolCalled ToolReturned TextDelta Answer"
    assert [event.call.id for event in events if isinstance(event, ToolCalled)] == ["PX-200", "PX-300"]
    assert [event.result.call.id for event in events if isinstance(event, ToolReturned)] == ["PX-200", "PX-300"]
    assert events[-1].text == "There are 7 of both."


def test_the_order_of_a_refusal(tmp_path: Path) -> None:
    with llm_server(says("INSUFFICIENT: no word of cats.")) as (url, _), opened(tmp_path, url) as kb:
        assert kinds(kb.stream("Do cats sleep?")) == "Answer"
    with llm_server(says("No word of it. INSUFFICIENT")) as (url, _), opened(tmp_path, url) as kb:
        events = [*kb.stream("Do cats sleep?")]
    assert kinds(events) == "TextDelta Answer"
    assert events[-1].decision is Decision.ABSTAINED
    assert events[-1].text.startswith(events[-1].reason), "it replaces what was streamed"


def test_the_order_where_the_endpoint_fails(tmp_path: Path) -> None:
    with llm_server(lambda body: 500) as (url, _), opened(tmp_path, url, answer=SURE) as kb:
        assert kinds(kb.stream(QUESTION)) == "Answer"
    with FaultServer(FAULTS) as server, opened(tmp_path, server.base_url("close-mid-stream"), answer=SURE) as kb:
        events = [*kb.stream(QUESTION)]
    assert kinds(events) == "TextDelta Answer"
    assert "two years" in events[-1].text
    assert events[-1].notes[-1] == "What had been streamed of the model's reply is void."


def test_the_order_of_a_curated_answer(tmp_path: Path) -> None:
    (tmp_path / "kb").mkdir()
    rule = "[[rule]]\nname = 'written'\nanswer = { text = 'So.', url = 'https://a.b', expires = 2999-01-01 }\n"
    (tmp_path / "kb" / "rules.toml").write_text(rule, "utf-8")
    with llm_server(says("Two years [1].")) as (url, seen), opened(tmp_path, url) as kb:
        events = [*kb.stream(QUESTION)]
    assert kinds(events) == "Answer"
    assert (events[-1].text, events[-1].curated, seen) == ("So. [1]", "written", [])


@pytest.mark.parametrize("leave", ["close", "break", "another thread"])
def test_whoever_leaves_closes_the_connection(tmp_path: Path, leave: str) -> None:
    with FaultServer(FAULTS) as server, opened(tmp_path, server.base_url("hang-mid-token")) as kb:
        events = kb.stream(QUESTION)
        heard: list[AnswerEvent] = []
        if leave == "another thread":
            reader = threading.Thread(target=lambda: heard.extend(events))
            reader.start()
            until(lambda: bool(server.seen) and server.seen[0].sent > 200)
            time.sleep(0.1)
            events.close()
            reader.join(2)
            assert not reader.is_alive()
        else:
            heard.append(next(events))
            del events
        assert kinds(heard) == "TextDelta", "no answer comes after it"
        until(lambda: server.seen[0].closed is not None)
        assert len(server.seen) == 1


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_reader_is_woken_while_its_question_is_rewritten(tmp_path: Path) -> None:
    understand = {"intent": "none", "rewriter": "llm"}
    said = [Message("user", "What is the PX-200 pump?"), Message("assistant", "A pump.")]
    with FaultServer(FAULTS) as server:
        url = server.base_url("hang-before-headers")
        with opened(tmp_path, url, understand=understand) as kb:
            events = kb.stream("And its warranty?", history=said)
            heard: list[AnswerEvent] = []
            reader = threading.Thread(target=lambda: heard.extend(events))
            reader.start()
            until(lambda: bool(server.seen))
            events.close()
            reader.join(2)
            assert not reader.is_alive()
    assert heard == []


def test_a_connection_that_cannot_be_closed_leaves_no_lock_and_no_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(endpoint: Endpoint) -> None:
        await close(endpoint)
        raise OSError("gone")

    close = Endpoint.aclose
    monkeypatch.setattr(Endpoint, "aclose", breaks)
    before = threading.active_count()
    with llm_server(says("Two years [1].")) as (url, _):
        with pytest.raises(OSError, match="gone"), opened(tmp_path, url) as kb:
            assert kb.ask(QUESTION).decision is Decision.ANSWERED
        monkeypatch.undo()
        with opened(tmp_path, url) as kb:
            assert kb.ask(QUESTION).decision is Decision.ANSWERED
    assert threading.active_count() <= before + 1  # the pool of anyio ends when it is idle


def test_the_functions_of_an_answer_are_looked_at_once(tmp_path: Path) -> None:
    class Offered(list[Any]):
        looked = 0

        def __iter__(self) -> Iterator[Any]:
            self.looked += 1
            return super().__iter__()

    offered = Offered([refund])
    with llm_server(pays) as (url, _), opened(tmp_path, url) as kb:
        assert kb.ask("Pay back order A-1", tools=Tools(offered)).tools[0].content == "paid back A-1"
    assert offered.looked == 1


class Poet:
    """A generator of somebody's own, which does not quote."""

    def draft(self, prompt: Prompt) -> Draft:
        return Draft("The warranty lasts two years [1]. Roses are red [9].", prompt.context.sources)


def test_what_another_generator_writes_is_judged_as_well(tmp_path: Path) -> None:
    settings = Settings(rerank={"model": "none"}, understand={"intent": "none"})
    generator: Generator = Poet()
    with KnowledgeBase.open(tmp_path / "kb", settings=settings, encoder=word_encoder(), generator=generator) as kb:
        (tmp_path / "pump.md").write_text(PUMP, "utf-8")
        kb.add(tmp_path / "pump.md")
        [answer] = kb.stream(QUESTION)
    assert answer.text == "The warranty lasts two years [1]. Roses are red."
    assert answer.citations[0].quote in PUMP


@pytest.mark.parametrize("turn", ["Thanks!", "你好", "exit", "ok"])
def test_a_courtesy_is_returned_without_a_search_and_without_the_model(tmp_path: Path, turn: str) -> None:
    said = [Message("user", "What is the PX-200 pump?"), Message("assistant", "A pump [1].")]
    trace = Trace()
    with llm_server(says("Two years [1].")) as (url, seen), opened(tmp_path, url) as kb:
        events = [*kb.stream(turn, history=said, trace=trace)]
    [answer] = events
    assert (answer.decision, answer.citations, answer.model) == (Decision.REPLIED, (), None)
    assert answer.text
    assert "nearest" not in answer.text
    assert seen == []
    assert "recall" not in trace.timings_ms
    assert answer.notes == ()


def test_what_answers_a_question_of_the_model_is_no_courtesy(tmp_path: Path) -> None:
    said = [Message("user", "Is there a shop?"), Message("assistant", "Shall I tell you when it opens?")]
    with llm_server(says("At nine o'clock [1].")) as (url, seen), opened(tmp_path, url) as kb:
        answer = kb.ask("yes", history=said)
    assert answer.decision is not Decision.REPLIED
    assert len(seen) == 1


def test_a_question_after_a_greeting_is_answered(tmp_path: Path) -> None:
    with llm_server(says("Two years [1].")) as (url, _), opened(tmp_path, url) as kb:
        assert kb.ask(f"Hi, {QUESTION}").decision is Decision.ANSWERED


def test_a_curated_answer_to_a_greeting_is_given(tmp_path: Path) -> None:
    (tmp_path / "kb").mkdir()
    rule = '[[rule]]\nname = "hi"\nwhen = { any = ["hello"] }\n'
    rule += 'answer = { text = "Welcome.", expires = 2999-01-01, document = "docs/shop.md" }\n'
    (tmp_path / "kb" / "rules.toml").write_text(rule, "utf-8")
    with llm_server(says("")) as (url, _), opened(tmp_path, url) as kb:
        assert kb.ask("Hello").curated == "hi"


def test_what_was_declined_is_not_carried_into_the_next_turn(tmp_path: Path) -> None:
    with llm_server(says("")) as (url, _), opened(tmp_path, url) as kb:
        refused = kb.ask("Who built the Zeppelin museum?")
        assert refused.decision is Decision.ABSTAINED
        said = [Message("user", "Who built the Zeppelin museum?"), Message("assistant", refused.text)]
        query = kb.understand("How heavy is it?", history=said)
    assert (query.rewritten, query.context) == (None, "")
