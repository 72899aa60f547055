"""The served model through raw chat completions: it answers, and calls a function where replies fit a schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from wenyuan.errors import WrongUse
from wenyuan.models.llama_server import Serving, serve

pytestmark = pytest.mark.timeout(900)  # one thread, beside other work

FORECAST = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "day": {"enum": ["today", "tomorrow"]}},
    "required": ["city", "day"],
    "additionalProperties": False,
}
SCHEMA = {
    "anyOf": [
        {
            "type": "object",
            "properties": {"tool": {"const": "get_weather"}, "arguments": FORECAST},
            "required": ["tool", "arguments"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {"answer": {"type": "string"}},
            "required": ["answer"],
            "additionalProperties": False,
        },
    ]
}
ENGLISH = (
    "You may call this tool:\n"
    f'{{"tool": "get_weather", "description": "Weather forecast of a city.", "parameters": {json.dumps(FORECAST)}}}\n'
    'To call it, reply {"tool": "get_weather", "arguments": {…}}; once you know enough, reply {"answer": "…"}.'
)
CHINESE = (
    "你可以调用下面的工具：\n"
    f'{{"tool": "get_weather", "description": "查询城市的天气预报。", "parameters": {json.dumps(FORECAST)}}}\n'
    '需要调用时，回复 {"tool": "get_weather", "arguments": {…}}；知道答案以后，回复 {"answer": "…"}。'
)


@pytest.fixture(scope="module")
def client(served: Any) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=served.url, api_key="none", max_retries=0, timeout=600) as made:
        yield made


def say(client: openai.OpenAI, model: str, messages: list[Any], **options: Any) -> str:
    reply = client.chat.completions.create(model=model, messages=messages, temperature=0, max_tokens=128, **options)
    assert reply.choices[0].finish_reason == "stop"
    assert reply.usage is not None
    assert reply.usage.prompt_tokens > 0
    return reply.choices[0].message.content or ""


def test_the_model_has_the_name_that_was_printed(client: openai.OpenAI, served: Any) -> None:
    assert [model.id for model in client.models.list()] == [served.model]


@pytest.mark.parametrize(
    ("question", "answer"), [("法国的首都是哪里？只回答城市名。", "巴黎"), ("Capital of France? One word.", "Paris")]
)
def test_it_answers(client: openai.OpenAI, served: Any, question: str, answer: str) -> None:
    assert answer in say(client, served.model, [{"role": "user", "content": question}])


@pytest.mark.parametrize(
    ("system", "question", "city", "result", "said"),
    [
        (CHINESE, "明天成都的天气怎么样？", "成都", "工具 get_weather 的结果：小雨，17 度。", "雨"),
        (ENGLISH, "How will the weather be in Oslo tomorrow?", "Oslo", "Result of get_weather: snow, -3 °C.", "snow"),
    ],
)
def test_a_function_is_called_and_its_result_becomes_the_answer(
    client: openai.OpenAI, served: Any, system: str, question: str, city: str, result: str, said: str
) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "reply", "schema": SCHEMA}}
    messages: list[Any] = [{"role": "system", "content": system}, {"role": "user", "content": question}]
    call = say(client, served.model, messages, response_format=form)
    assert json.loads(call) == {"tool": "get_weather", "arguments": {"city": city, "day": "tomorrow"}}
    messages += [{"role": "assistant", "content": call}, {"role": "user", "content": result}]
    answer = json.loads(say(client, served.model, messages, response_format=form))
    assert said in answer["answer"].lower()


def test_a_file_that_is_cut_off_is_refused_in_one_sentence(gguf: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    with gguf.open("rb") as whole:
        cut.write_bytes(whole.read(2**24))
    with (
        pytest.raises(WrongUse, match=r"llama\.cpp cannot run .*cut\.gguf: it is cut off"),
        serve(Serving(cut, port=0)),
    ):
        pass
