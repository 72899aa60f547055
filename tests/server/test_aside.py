"""Sources of a home that no server holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from fetch.server import LOOPBACK, serving
from wenyuan.errors import Busy, FetchError, WrongUse
from wenyuan.server.aside import Aside
from wenyuan.server.bodies import SourceBody
from wenyuan.server.home import Home
from wenyuan.server.shelf import Shelf

from .followed import with_words


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    with_words(monkeypatch)
    made = Home(tmp_path / "home", {})
    Shelf(made).make("default", "kb")
    return made


def test_it_keeps_looks_and_removes(home: Home) -> None:
    told: list[object] = []
    with serving({"/a": b"<p>Alpha</p>"}) as server, Aside(home, "default", "kb", LOOPBACK) as aside:
        url = f"http://127.0.0.1:{server.server_port}/a"
        made = aside.add(SourceBody(name="web", location=url, metadata={"access": ["hr"]}))
        assert (made["kind"], made["documents"]) == ("web", 0)
        [document] = aside.run("web", told.append)["added"]
        [listed] = aside.all()["sources"]
        assert (listed["documents"], listed["failures"], bool(told)) == (1, 0, True)
        assert aside.remove("web", told.append, keep=False)["deleted"] == [document]
        assert aside.all() == {"sources": []}
        with pytest.raises(WrongUse, match="no source 'web'"):
            aside.run("web", told.append)


def test_what_is_not_public_is_not_reached(home: Home) -> None:
    with Aside(home, "default", "kb") as aside, pytest.raises(FetchError, match="no public address"):
        aside.add(SourceBody(name="web", location="http://127.0.0.1/a"))


def test_a_knowledge_base_must_be_there(home: Home) -> None:
    with pytest.raises(WrongUse, match="no knowledge base 'none'"):
        Aside(home, "default", "none")


def test_one_that_another_process_holds_is_waited_for(home: Home) -> None:
    waited: list[object] = []

    def tell(progress: object) -> None:
        waited.append(progress)
        if len(waited) > 2:
            raise Busy("It is still held.")

    with (
        serving({"/a": b"<p>Alpha</p>"}) as server,
        Shelf(home).lent("default", "kb"),
        Aside(home, "default", "kb", LOOPBACK) as aside,
    ):
        aside.add(SourceBody(name="web", location=f"http://127.0.0.1:{server.server_port}/a"))
        with pytest.raises(Busy, match="still held"):
            aside.run("web", tell)
