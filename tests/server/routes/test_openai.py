"""What OpenAI's own client, and others that speak like it, get from a server."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import openai
import pytest

import faults as table
from fault_server import FaultServer
from llm_server import call, llm_server
from running import Running, running, until

QUESTION = "How long does the warranty of the pump PX-200 last?"
ASKED = [{"role": "user", "content": QUESTION}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


@contextmanager
def client(server: Running, key: str | None = None, **options: Any) -> Iterator[openai.OpenAI]:
    key = key or server.key("read")
    with openai.OpenAI(api_key=key, base_url=f"{server.url}/v1", max_retries=0, timeout=60, **options) as made:
        yield made


@contextmanager
def written(
    tmp_path: Path, reply: Callable[[dict[str, Any]], Any], more: str = ""
) -> Iterator[tuple[Running, list[dict[str, Any]]]]:
    """A server whose knowledge base has a language model that replies so, and the requests that it gets."""
    with llm_server(reply) as (url, seen), running(tmp_path / "home") as server:
        prepare(server, url, more)
        yield server, seen


def prepare(server: Running, url: str, more: str = "") -> None:
    server.make("manuals", {"pump.md": "# Pump 𝒳 PX-200\n\n## Warranty 😀\n\nThe warranty lasts 24 months.\n"})
    server.set("manuals", f'[llm]\nurl = "{url}"\nmodel = "m"\nretries = 0\n{more}')


# --- models


def test_what_a_caller_may_use_is_a_model(library: Running) -> None:
    with client(library) as api:
        listed = {each.id: each for each in api.models.list()}
        one = api.models.retrieve("kb:manuals")
        with pytest.raises(openai.NotFoundError) as unknown:
            api.models.retrieve("gpt-4o")
    assert listed["manuals"].owned_by == "default"
    assert listed["manuals"].created > 1_700_000_000
    kinds = {each.model_extra["wenyuan"]["kind"] for each in listed.values() if each.model_extra}
    assert kinds >= {"knowledge_base", "encoder"}
    assert one == listed["manuals"]
    assert (unknown.value.code, unknown.value.type) == ("model_not_found", "invalid_request_error")


def test_another_tenant_s_knowledge_base_is_no_model(library: Running) -> None:
    with client(library, library.key("read", tenant="other")) as api:
        assert "manuals" not in [each.id for each in api.models.list()]
        with pytest.raises(openai.NotFoundError) as stranger:
            api.chat.completions.create(model="manuals", messages=ASKED)
        with pytest.raises(openai.NotFoundError) as nothing:
            api.chat.completions.create(model="nothing", messages=ASKED)
    assert str(stranger.value).replace("manuals", "nothing") == str(nothing.value)


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/embeddings", "/rerank"])
def test_a_key_with_the_right_to_read_is_needed(library: Running, path: str) -> None:
    bodies = {
        "/v1/chat/completions": {"model": "manuals", "messages": ASKED},
        "/v1/embeddings": {"model": "manuals", "input": "x"},
        "/rerank": {"query": "x", "documents": ["x"]},
    }
    library.key("read")
    with library.client() as nobody, library.client(library.key("ingest")) as writer:
        assert nobody.post(path, json=bodies[path]).status_code == 401
        assert writer.post(path, json=bodies[path]).status_code == 403


# --- answers that are quoted


def test_an_answer_is_a_message_with_its_citations(library: Running) -> None:
    with client(library) as api:
        done = api.chat.completions.create(model="manuals", messages=ASKED, temperature=0.2, seed=1, stop=["x"])
    message, ours = done.choices[0].message, done.model_extra["wenyuan"]
    assert "24 months" in message.content
    assert (done.object, done.choices[0].finish_reason, message.role) == ("chat.completion", "stop", "assistant")
    (note,) = message.annotations
    cited = note.url_citation
    assert message.content[cited.start_index : cited.end_index] == "[1]"
    assert cited.title == "Pump PX-200"
    assert cited.url == f"{library.url}/api/knowledge-bases/manuals/documents/en/pump.md"
    assert ours["decision"] == "ANSWERED"
    assert ours["citations"][0]["quote"] in message.content
    assert ours["confidence"] > 0.5
    assert done.usage.total_tokens == 0
    with library.client(library.key("read")) as other:
        assert other.get(f"/api/knowledge-bases/manuals/traces/{ours['trace_id']}").status_code == 404


def test_the_trace_of_an_answer_is_its_asker_s(library: Running) -> None:
    key = library.key("read")
    with library.client(key) as caller:
        ours = caller.post("/v1/chat/completions", json={"model": "manuals", "messages": ASKED}).json()["wenyuan"]
        assert caller.get(f"/api/knowledge-bases/manuals/traces/{ours['trace_id']}").status_code == 200


def test_a_stream_has_text_then_citations_then_the_end_and_the_usage(library: Running) -> None:
    with client(library) as api:
        chunks = [
            *api.chat.completions.create(
                model="kb:manuals", messages=ASKED, stream=True, stream_options={"include_usage": True}
            )
        ]
    choices = [each.choices[0] for each in chunks[:-1]]
    text = "".join(each.delta.content or "" for each in choices)
    assert choices[0].delta.role == "assistant"
    (note,) = choices[-2].delta.model_extra["annotations"]
    cited = note["url_citation"]
    assert text[cited["start_index"] : cited["end_index"]] == "[1]"
    assert chunks[-3].model_extra["wenyuan"]["answer"] == text
    assert [each.finish_reason for each in choices] == [None] * (len(choices) - 1) + ["stop"]
    assert chunks[-1].choices == []
    assert chunks[-1].usage.total_tokens == 0
    assert all(each.usage is None for each in chunks[:-1])
    assert len({each.id for each in chunks}) == 1


def test_a_stream_is_framed_as_every_client_reads_it(library: Running) -> None:
    body = {"model": "manuals", "messages": ASKED, "stream": True}
    with library.client(library.key("read")) as caller:
        response = caller.post("/v1/chat/completions", json=body)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["x-accel-buffering"] == "no"
    events = response.text.split("\n\n")
    assert events[-2:] == ["data: [DONE]", ""]
    parsed = [json.loads(event.removeprefix("data: ")) for event in events[:-2]]
    assert all("usage" not in each for each in parsed)
    assert "event:" not in response.text


def test_the_conversation_before_a_question_counts(library: Running) -> None:
    talk = [
        {"role": "system", "content": "You are a pirate."},
        {"role": "user", "content": [{"type": "text", "text": "How long does the warranty"}, *parts("of it last?")]},
        {"role": "assistant", "content": "24 months from delivery. [1]"},
        {"role": "user", "content": "保修期是多久？"},
    ]
    with client(library) as api:
        done = api.chat.completions.create(model="manuals", messages=talk)
    assert "24" in done.choices[0].message.content
    assert any("system" in note for note in done.model_extra["wenyuan"]["notes"])


def parts(text: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": text}]


def test_filters_are_ours_to_give(library: Running) -> None:
    def documents(**ours: Any) -> set[str]:
        with client(library) as api:
            extra = {"wenyuan": ours}
            done = api.chat.completions.create(model="manuals", messages=ASKED, extra_body=extra)
        return {each["document"] for each in done.model_extra["wenyuan"]["citations"]}

    assert documents() == {"en/pump.md"}
    assert documents(where=["source=zh"]) <= {"zh/泵.md"}
    assert documents(filter={"field": "source", "op": "eq", "value": "en"}, constraints=False) == {"en/pump.md"}


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"n": 2}, "n"),
        ({"logprobs": True}, "logprobs"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"functions": [{"name": "x"}]}, "functions"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages"),
        ({"tools": [{"type": "web_search"}]}, "tools"),
        ({"tools": [WEATHER], "tool_choice": "perhaps"}, "tool_choice"),
        ({"wenyuan": {"unknown": 1}}, "wenyuan.unknown"),
    ],
)
def test_what_cannot_be_done_is_refused(library: Running, change: dict[str, Any], param: str) -> None:
    with client(library) as api, pytest.raises(openai.BadRequestError) as error:
        api.chat.completions.create(model="manuals", messages=ASKED, extra_body=change)
    assert error.value.param == param
    assert error.value.type == "invalid_request_error"


def test_half_a_character_is_refused_and_errors_are_chinese_where_that_is_wanted(library: Running) -> None:
    body = rb'{"model": "manuals", "messages": [{"role": "user", "content": "\ud800"}]}'
    headers = {"content-type": "application/json", "accept-language": "zh-CN"}
    with library.client(library.key("read")) as caller:
        response = caller.post("/v1/chat/completions", content=body, headers=headers)
        unknown = caller.post("/v1/chat/completions", json={"model": "x", "messages": ASKED}, headers=headers)
    assert response.status_code == 400
    assert unknown.json()["error"]["message"].startswith("这个密钥没有模型 'x'")


def test_functions_without_a_language_model_are_left_alone_and_that_is_said(library: Running) -> None:
    with client(library) as api:
        done = api.chat.completions.create(model="manuals", messages=ASKED, tools=[WEATHER], tool_choice="auto")
    assert "24 months" in done.choices[0].message.content
    assert any("no language model" in note for note in done.model_extra["wenyuan"]["notes"])


# --- answers that a language model writes


def test_what_a_model_writes_streams_and_offsets_count_characters(tmp_path: Path) -> None:
    with (
        written(tmp_path, lambda body: {"content": "𝒳 😀 The warranty lasts 24 months [1]."}) as (server, seen),
        client(server) as api,
    ):
        whole = api.chat.completions.create(model="manuals", messages=ASKED)
        chunks = [*api.chat.completions.create(model="manuals", messages=ASKED, stream=True)]
    message = whole.choices[0].message
    cited = message.annotations[0].url_citation
    assert message.content == "𝒳 😀 The warranty lasts 24 months [1]."
    assert message.content[cited.start_index : cited.end_index] == "[1]"
    assert cited.title == "Pump 𝒳 PX-200"
    assert (whole.usage.prompt_tokens, whole.usage.completion_tokens, whole.usage.total_tokens) == (900, 20, 920)
    pieces = [each.choices[0].delta.content for each in chunks if each.choices[0].delta.content]
    assert "".join(pieces) == message.content
    assert len(pieces) > 1
    notes = [each.choices[0].delta.model_extra.get("annotations") for each in chunks]
    assert next(note for note in notes if note)[0]["url_citation"]["start_index"] == cited.start_index
    assert len(seen) == 2
    assert whole.model_extra["wenyuan"]["model"].startswith("m")


def test_what_came_from_the_web_is_cited_by_its_address(tmp_path: Path) -> None:
    with running(tmp_path / "home") as server, client(server) as api:
        page = {"pump.md": "# Pump\n\nThe warranty of the pump lasts 24 months.\n"}
        server.make("web", page, url="https://example.com/pump")
        done = api.chat.completions.create(
            model="web", messages=[{"role": "user", "content": "How long is the warranty of the pump?"}]
        )
    assert done.choices[0].message.annotations[0].url_citation.url == "https://example.com/pump"


def test_a_refusal_has_no_citation_and_stands_below_what_was_said_before(tmp_path: Path) -> None:
    with written(tmp_path, lambda body: {"content": "INSUFFICIENT"}) as (server, _), client(server) as api:
        done = api.chat.completions.create(model="manuals", messages=ASKED)
        chunks = [*api.chat.completions.create(model="manuals", messages=ASKED, stream=True)]
    assert done.choices[0].message.annotations == []
    assert done.model_extra["wenyuan"]["decision"] == "ABSTAINED"
    text = "".join(each.choices[0].delta.content or "" for each in chunks)
    assert text == done.choices[0].message.content
    assert "INSUFFICIENT" not in text


def test_a_model_calls_the_client_s_function_and_goes_on_from_its_result(tmp_path: Path) -> None:
    def reply(body: dict[str, Any]) -> dict[str, Any]:
        if body["messages"][-1]["role"] == "tool":
            return {"content": f"It is {body['messages'][-1]['content']} there; the warranty lasts 24 months [1]."}
        return {"tool_calls": [call("weather", {"city": "北京"}), call("weather", {"city": "上海"}, "call_2")]}

    with written(tmp_path, reply) as (server, seen), client(server) as api:
        first = api.chat.completions.create(model="manuals", messages=ASKED, tools=[WEATHER])
        message = first.choices[0].message
        assert first.choices[0].finish_reason == "tool_calls"
        assert message.content is None
        assert [json.loads(each.function.arguments) for each in message.tool_calls] == [
            {"city": "北京"},
            {"city": "上海"},
        ]
        results = [{"role": "tool", "tool_call_id": each.id, "content": "sunny"} for each in message.tool_calls]
        talk = [*ASKED, message.model_dump(exclude_none=True), *results]
        last = api.chat.completions.create(model="manuals", messages=talk, tools=[WEATHER])
    assert last.choices[0].finish_reason == "stop"
    assert last.choices[0].message.content == "It is sunny there; the warranty lasts 24 months [1]."
    assert last.choices[0].message.annotations[0].url_citation.title == "Pump 𝒳 PX-200"
    assert [tool["function"]["name"] for tool in seen[0]["tools"]] == ["weather"]
    again = seen[1]["messages"]
    assert [each["role"] for each in again] == ["system", "user", "assistant", "tool", "tool"]
    assert [each["id"] for each in again[2]["tool_calls"]] == [each["tool_call_id"] for each in again[3:]]


def test_a_stream_hands_over_calls_whole(tmp_path: Path) -> None:
    said = {"content": "Let me look. ", "tool_calls": [call("weather", {"city": "北京"})]}
    with (
        written(tmp_path, lambda body: dict(said)) as (server, _),
        client(server) as api,
        api.chat.completions.stream(model="manuals", messages=ASKED, tools=[WEATHER]) as stream,
    ):
        done = stream.get_final_completion()
    (called,) = done.choices[0].message.tool_calls
    assert (called.function.name, called.function.arguments) == ("weather", '{"city": "北京"}')
    assert done.choices[0].message.content == "Let me look."
    assert done.choices[0].finish_reason == "tool_calls"


@pytest.mark.parametrize(
    ("choice", "sent", "names"),
    [
        ("auto", "auto", ["calculate", "weather"]),
        ("none", "auto", ["calculate"]),
        ("required", "required", ["weather"]),
        ({"type": "function", "function": {"name": "weather"}}, "required", ["weather"]),
    ],
)
def test_the_choice_of_a_tool_is_kept(tmp_path: Path, choice: Any, sent: str, names: list[str]) -> None:
    more = '[tools]\nbuiltin = ["calculate"]\n'
    with written(tmp_path, lambda body: {"content": "24 months [1]."}, more) as (server, seen), client(server) as api:
        api.chat.completions.create(model="manuals", messages=ASKED, tools=[WEATHER], tool_choice=choice)
    assert seen[0]["tool_choice"] == sent
    assert [each["function"]["name"] for each in seen[0]["tools"]] == names


def test_functions_of_the_server_are_run_here_and_never_shown_as_the_client_s(tmp_path: Path) -> None:
    def reply(body: dict[str, Any]) -> dict[str, Any]:
        if body["messages"][-1]["role"] == "tool":
            return {"content": "24 months, 24 [1]."}
        return {"content": "A moment.", "tool_calls": [call("calculate", {"expression": "12 * 2"})]}

    with written(tmp_path, reply, '[tools]\nbuiltin = ["calculate"]\n') as (server, _), client(server) as api:
        whole = api.chat.completions.create(model="manuals", messages=ASKED)
        chunks = [*api.chat.completions.create(model="manuals", messages=ASKED, stream=True)]
    assert whole.choices[0].message.tool_calls is None
    assert [each["name"] for each in whole.model_extra["wenyuan"]["tools"]] == ["calculate"]
    text = "".join(each.choices[0].delta.content or "" for each in chunks)
    assert text == f"A moment.\n\n{whole.choices[0].message.content}"
    note = next(each for each in chunks if "wenyuan" in each.model_extra).choices[0].delta.model_extra["annotations"]
    assert text[note[0]["url_citation"]["start_index"] : note[0]["url_citation"]["end_index"]] == "[1]"


def test_a_conversation_out_of_order_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    wrong = [*ASKED, {"role": "tool", "tool_call_id": "nobody", "content": "x"}]
    with (
        written(tmp_path, lambda body: {"content": "x"}) as (server, seen),
        client(server) as api,
        pytest.raises(openai.BadRequestError, match="not a call that waits"),
    ):
        api.chat.completions.create(model="manuals", messages=wrong)
    assert seen == []


def test_a_model_that_fails_has_its_status_before_the_stream_begins(tmp_path: Path) -> None:
    with written(tmp_path, lambda body: 500, "extractive = false\n") as (server, _), client(server) as api:
        for stream in (False, True):
            with pytest.raises(openai.InternalServerError) as error:
                api.chat.completions.create(model="manuals", messages=ASKED, stream=stream)
            assert error.value.status_code == 502
            assert error.value.code.startswith("model_")


def test_a_failure_in_mid_stream_is_an_error_and_never_text(tmp_path: Path) -> None:
    more = "extractive = false\nbetween_seconds = 0.5\n"
    with FaultServer(table.FAULTS) as upstream, running(tmp_path / "home") as server:
        prepare(server, upstream.base_url("hang-mid-token"), more)
        said: list[str] = []
        with client(server) as api, pytest.raises(openai.APIError) as error:
            read(api.chat.completions.create(model="manuals", messages=ASKED, stream=True), said)
        with server.client(server.key("read")) as caller:
            body = {"model": "manuals", "messages": ASKED, "stream": True}
            raw = caller.post("/v1/chat/completions", json=body).text
    assert error.value.code == "model_timeout"
    assert "".join(said) in table.TEXT
    assert "[DONE]" not in raw


def read(chunks: Iterable[Any], said: list[str]) -> None:
    said.extend(chunk.choices[0].delta.content or "" for chunk in chunks)


# --- callers who go away


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_hangs_up_cancels_the_model_s_reply(tmp_path: Path, stream: bool) -> None:
    with FaultServer(table.FAULTS) as upstream, running(tmp_path / "home") as server:
        prepare(server, upstream.base_url("hang-mid-token"), "between_seconds = 60\n")
        warm(server)
        before = threading.active_count()
        body = {"model": "manuals", "messages": ASKED, "stream": stream}
        with server.client(server.key("read")) as caller:
            if stream:
                with caller.stream("POST", "/v1/chat/completions", json=body) as response:
                    next(response.iter_text())
                    until(lambda: upstream.seen)
            else:
                with pytest.raises(httpx.ReadTimeout):
                    caller.post("/v1/chat/completions", json=body, timeout=httpx.Timeout(60, read=1.0))
                until(lambda: upstream.seen)
        left = time.monotonic()
        assert upstream.seen[0].done.wait(30)
        assert upstream.seen[0].closed is not None
        assert upstream.seen[0].closed - left < 1
        until(lambda: server.service.asking.working == 0)
        until(lambda: threading.active_count() <= before + 3)  # idle workers of the pool, and the model's loop


def warm(server: Running) -> None:
    """Ask once, quoted, so that what is loaded once is."""
    with server.client(server.key("read")) as caller:
        body = {"model": "manuals", "messages": ASKED, "wenyuan": {"llm": False}}
        assert caller.post("/v1/chat/completions", json=body).status_code == 200


# --- embeddings


def test_embeddings_are_the_encoder_s_vectors(library: Running) -> None:
    with client(library) as api:
        done = api.embeddings.create(model="embed", input=["泵的保修期", "pump"])
        floats = api.embeddings.create(model="kb:manuals", input="pump", encoding_format="float")
        asked = api.embeddings.create(model="manuals", input="pump", extra_body={"input_type": "search_query"})
    first, second = (np.array(each.embedding) for each in done.data)
    assert np.linalg.norm(first) == pytest.approx(1, abs=1e-3)
    assert second == pytest.approx(np.array(floats.data[0].embedding), abs=1e-6)
    assert [each.index for each in done.data] == [0, 1]
    assert done.model.startswith("embed@")
    assert done.usage.total_tokens == done.usage.prompt_tokens > 1
    expected = library.service.shelf.models.encoder(_settings(library)).encode_queries(["pump"])[0]
    assert np.array(asked.data[0].embedding) == pytest.approx(expected, abs=1e-6)


def _settings(server: Running) -> Any:
    from wenyuan.settings import read_settings

    return read_settings(server.service.home.place("default", "manuals")).encoder


def test_vectors_are_sent_as_base64_where_that_is_wanted(library: Running) -> None:
    with library.client(library.key("read")) as caller:
        body = {"model": "embed", "input": "pump", "encoding_format": "base64"}
        written = caller.post("/v1/embeddings", json=body).json()["data"][0]["embedding"]
        plain = caller.post("/v1/embeddings", json=body | {"encoding_format": "float"}).json()["data"][0]["embedding"]
    assert np.frombuffer(base64.b64decode(written), "<f4").tolist() == plain


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"input": [1, 2, 3]}, "input"),  # as LangChain sends it by default
        ({"input": [[1, 2, 3]]}, "input"),
        ({"input": []}, "input"),
        ({"input": ["pump", " "]}, "input"),
        ({"input": ["x"] * 2049}, "input"),
        ({"input": "水" * 1_000_001}, "input"),
        ({"input": "pump " * 2000}, "input"),
        ({"dimensions": 64}, "dimensions"),
        ({"encoding_format": "hex"}, "encoding_format"),
    ],
)
def test_what_an_encoder_cannot_do_is_refused(library: Running, change: dict[str, Any], param: str) -> None:
    with library.client(library.key("read")) as caller:
        response = caller.post("/v1/embeddings", json={"model": "embed", "input": "x"} | change)
    assert response.status_code == 400
    assert response.json()["error"]["param"].startswith(param)


def test_an_unknown_encoder_is_no_path_to_load(library: Running, tmp_path: Path) -> None:
    with client(library) as api:
        for name in ("text-embedding-3-small", str(tmp_path), "hf:org/name", "rerank"):
            with pytest.raises(openai.NotFoundError) as error:
                api.embeddings.create(model=name, input="x")
            assert error.value.code == "model_not_found"
