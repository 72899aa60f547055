"""Single pages of the web."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fetch.server import Answer, serving
from wenyuan.errors import FetchError
from wenyuan.server.errors import Refused
from wenyuan.server.identity import Identity
from wenyuan.server.pages import Pages

from .followed import Followed

WHO = Identity("me", "default", frozenset(["ingest"]))


class Fetching:
    def __init__(self, followed: Followed) -> None:
        self.followed = followed
        self.pages = Pages(followed.place, followed.following.lent)

    def __call__(self, url: str, fields: dict[str, Any] | None = None, groups: list[str] | None = None) -> list[str]:
        spec = {"url": url, "fields": fields or {}, "groups": groups}
        job = self.followed.jobs.put(WHO, "kb", "url", spec)
        report = self.pages.url(job, self.followed.told.append)
        return [*report.added, *report.changed]

    def sidecar(self, document: str) -> dict[str, Any]:
        file: Path = self.followed.home.place("default", "kb") / "files" / f"{document}.meta.json"
        found: dict[str, Any] = json.loads(file.read_text("utf-8"))
        return found


@pytest.fixture
def fetch(followed: Followed) -> Fetching:
    return Fetching(followed)


def test_a_page_is_a_document_with_a_readable_name(fetch: Fetching) -> None:
    with serving({"/docs/a": b"<p>Alpha</p>"}) as server:
        url = f"http://127.0.0.1:{server.server_port}/docs/a"
        document = f"127.0.0.1-{server.server_port}/docs/a.html"
        assert fetch(url, {"product": "X100", "url": "forged"}) == [document]
        assert fetch.sidecar(document) == {"product": "X100", "url": url}
        server.pages["/docs/a"] = b"<p>Beta</p>"
        assert fetch(url) == [document]
        assert "Beta" in fetch.followed.text(document)
    assert not [*fetch.followed.home.staging.iterdir()]


def test_two_pages_of_one_name_are_two_documents(fetch: Fetching) -> None:
    with serving({"/a": b"<p>Alpha</p>", "/a.html": b"<p>Beta</p>"}) as server:
        root = f"http://127.0.0.1:{server.server_port}"
        one, other = fetch(f"{root}/a") + fetch(f"{root}/a.html")
        assert fetch(f"{root}/a.html") == [], "it is as it was"
        server.pages["/a.html"] = b"<p>Gamma</p>"
        assert fetch(f"{root}/a.html") == [other]
        assert "Alpha" in fetch.followed.text(one)
        assert "Gamma" in fetch.followed.text(other)


def test_a_page_of_others_is_not_replaced(fetch: Fetching) -> None:
    with serving({"/a": b"<p>Alpha</p>"}) as server:
        url = f"http://127.0.0.1:{server.server_port}/a"
        [document] = fetch(url, {"access": ["hr"]}, ["hr"])
        with pytest.raises(Refused, match="another document"):
            fetch(url, {"access": ["sales"]}, ["sales"])
        assert fetch.sidecar(document)["access"] == ["hr"]
        assert fetch.followed.documents(("sales",)) == []


def test_what_cannot_be_had_says_why(fetch: Fetching) -> None:
    with serving({"/film": Answer(b"x", "video/mp4")}) as server:
        root = f"http://127.0.0.1:{server.server_port}"
        for path, why in (("/gone", "not there"), ("/film", "video/mp4")):
            with pytest.raises(FetchError, match=why):
                fetch(f"{root}{path}")
    with pytest.raises(FetchError, match="no public address"):
        fetch("http://10.0.0.1/")
