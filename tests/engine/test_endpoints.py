"""The endpoints of the settings: those that are asked, in which order, as what was found out of each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from llm_server import llm_server
from wenyuan.chat.profile import Profile, Profiles
from wenyuan.engine.endpoints import chat_model, check_url, examine, make_endpoint
from wenyuan.engine.portal import Portal
from wenyuan.errors import WrongUse
from wenyuan.settings import LlmSettings
from wenyuan.types import Message, Piece, Reply, Request


def llm(**given: Any) -> LlmSettings:
    return LlmSettings.model_validate({"url": "http://127.0.0.1:9/v1", "model": "m", "retries": 0} | given)


def pong(body: dict[str, Any]) -> dict[str, Any]:
    return {"content": "pong"}


def last_piece(settings: LlmSettings, folder: Path) -> Piece:
    model, portal = chat_model(settings, folder), Portal()
    assert model
    try:
        *_, last = portal.iterate(lambda: model.stream(Request([Message("user", "ping")])))
        return last
    finally:
        portal.close(model.aclose)


def test_no_url_is_no_model(tmp_path: Path) -> None:
    assert chat_model(LlmSettings(), tmp_path) is None


def test_each_endpoint_needs_the_name_of_its_model(tmp_path: Path) -> None:
    for given in ({"model": ""}, {"fallbacks": [{"url": "http://user:hunter2@b/v1", "model": ""}]}):
        with pytest.raises(WrongUse, match="needs the name of its model") as caught:
            chat_model(llm(**given), tmp_path)
        assert "hunter2" not in str(caught.value)


def test_the_window_is_that_of_the_settings_then_that_which_was_found(tmp_path: Path) -> None:
    known = chat_model(llm(), tmp_path)
    assert known
    assert known.window == Profile().window
    endpoint = make_endpoint("http://127.0.0.1:9/v1", "m", SecretStr(""), llm())
    Profiles.read(tmp_path).write(endpoint.id, Profile(window=4096))
    found, told = chat_model(llm(), tmp_path), chat_model(llm(window=2048), tmp_path)
    assert found
    assert told
    assert (found.window, told.window) == (4096, 2048)


def test_a_stand_in_is_asked_where_the_first_says_nothing(tmp_path: Path) -> None:
    with llm_server(lambda body: 500) as (out_of_order, seen), llm_server(pong) as (url, _):
        said = last_piece(llm(url=out_of_order, fallbacks=[{"url": url, "model": "n"}]), tmp_path)
    assert isinstance(said, Reply)
    assert said.text == "pong"
    assert [body["model"] for body in seen] == ["m"]


@pytest.mark.parametrize("url", ["", "127.0.0.1:8080/v1", "ftp://x/v1", "http:///v1", "http://x:0/v1", "http://[::1"])
def test_what_is_no_base_url_is_refused(url: str) -> None:
    with pytest.raises(WrongUse, match="is no base URL"):
        check_url(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/v1", "https://api.example/v1?key=1", "http://[::1]:8080/v1"])
def test_what_is_one_is_not(url: str) -> None:
    check_url(url)


def test_what_is_found_out_is_kept_with_the_knowledge_base_and_nowhere_else(tmp_path: Path) -> None:
    with llm_server(pong) as (url, _):
        secret = url.replace("://", "://user:hunter2@")
        shown = url.replace("://", "://***@")
        nowhere = examine(tmp_path / "absent", secret)
        kept = examine(tmp_path, secret)
    assert (nowhere.file, nowhere.url, nowhere.probed.model) == (None, shown, "m")
    assert not (tmp_path / "absent").exists()
    assert kept.file == tmp_path / "endpoints.json"
    assert Profiles.read(tmp_path).get(f"m@{shown}") == kept.probed.profile
    assert kept.probed.profile.tools == "none"
    assert "hunter2" not in kept.file.read_text()
