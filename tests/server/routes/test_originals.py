"""Files of documents, and where a quotation stands in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from load import makers
from running import Running, finished, running

BASE = "/api/knowledge-bases/kb"
PDF = makers.pdf([["The warranty of the pump lasts", "24 months from delivery."], ["保修期为二十四个月。"]])
TEXT = "水泵的保修期为二十四个月。".encode("gb18030")
FILES = {"手册/泵 '1';.pdf": PDF, "a.txt": TEXT, "b.html": b"<script>alert(1)</script><p>Pump", "c.PDF": PDF}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("originals")) as server:
        server.make("kb", {})
        admin = server.client(server.key("admin"))
        sent = [("files", (name, data)) for name, data in FILES.items()]
        assert finished(admin, admin.post(f"{BASE}/documents", files=sent))["report"]["failed"] == {}
        hidden = [("files", ("hr/pay.pdf", PDF))]
        finished(admin, admin.post(f"{BASE}/documents", files=hidden, data={"metadata": '{"access": "hr"}'}))
        yield server


@pytest.fixture
def reader(library: Running) -> httpx.Client:
    return library.client(library.key("read", groups=["it"]))


def file_of(client: httpx.Client, document: str, **headers: str) -> httpx.Response:
    return client.get(f"{BASE}/file", params={"document": document}, headers=headers)


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ("手册/泵 '1';.pdf", "application/pdf"),
        ("a.txt", "text/plain"),
        ("b.html", "application/octet-stream"),
        ("c.PDF", "application/pdf"),
    ],
)
def test_a_file_comes_as_it_was_brought_and_does_nothing(reader: httpx.Client, document: str, kind: str) -> None:
    reply = file_of(reader, document)
    assert reply.content == FILES[document]
    assert reply.headers["content-type"] == kind
    assert reply.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["cache-control"] == "no-store"


def test_a_name_is_written_so_that_no_header_ends_in_it(reader: httpx.Client) -> None:
    said = file_of(reader, "手册/泵 '1';.pdf").headers["content-disposition"]
    assert said == "attachment; filename*=UTF-8''%E6%B3%B5%20%271%27%3B.pdf"


@pytest.mark.parametrize("path", ["file", "places"])
def test_what_a_caller_does_not_see_is_not_there(library: Running, reader: httpx.Client, path: str) -> None:
    def asked(client: httpx.Client, document: str) -> httpx.Response:
        return client.get(f"{BASE}/{path}", params={"document": document, "start": 0, "end": 5})

    assert asked(library.client(library.key("read", groups=["hr"])), "hr/pay.pdf").status_code == 200
    for document in ("hr/pay.pdf", "absent.pdf", "../../server.sqlite", "/etc/passwd", "a.txt/", "./a.txt", "\0"):
        reply = asked(reader, document)
        assert (reply.status_code, reply.json()["error"]["code"]) == (404, "not_found")
    assert asked(library.client(library.key("read", tenant="beta")), "a.txt").status_code == 404
    assert asked(library.client(library.key("ingest")), "a.txt").status_code == 403
    assert asked(library.client(), "a.txt").status_code == 401


def test_a_file_of_a_folder_that_was_added_is_there_until_it_changes(server: Running, tmp_path: Path) -> None:
    server.make("kb", {})
    admin, path = server.client(), tmp_path / "docs" / "a.pdf"
    path.parent.mkdir()
    path.write_bytes(PDF)
    finished(admin, admin.post(f"{BASE}/add", json={"paths": [str(path.parent)]}))
    [document] = [each["id"] for each in admin.get(f"{BASE}/documents").json()["documents"]]
    assert file_of(admin, document).content == PDF
    where = {"document": document, "start": 0, "end": 12}
    assert [each["page"] for each in admin.get(f"{BASE}/places", params=where).json()["pages"]] == [1]
    path.write_bytes(b"another")
    reply = file_of(admin, document, **{"Accept-Language": "zh"})
    assert reply.status_code == 404
    assert reply.json()["error"]["message"] == f"“{document}”的文件已经不在，或者不是当时读取的那个文件，请重新加入。"
    assert admin.get(f"{BASE}/places", params=where).json() == {"pages": []}


def test_a_quotation_stands_at_its_places(reader: httpx.Client) -> None:
    text = reader.get(f"{BASE}/documents/c.PDF").json()["text"]
    start = text.index("pump lasts")

    def places(start: int, end: int) -> list[dict[str, object]]:
        found = reader.get(f"{BASE}/places", params={"document": "c.PDF", "start": start, "end": end})
        assert found.status_code == 200, found.text
        return found.json()["pages"]

    (page,) = places(start, text.index(" from"))
    assert (page["page"], page["width"], page["height"]) == (1, 600.0, 800.0)
    assert [[round(each) for each in box] for box in page["rectangles"]] == [[160, 32, 220, 42], [40, 46, 94, 54]]
    assert [each["page"] for each in places(0, len(text))] == [1, 2]
    assert places(5, 5) == places(7, 3) == []
    other = reader.get(f"{BASE}/places", params={"document": "a.txt", "start": 0, "end": 5})
    assert other.json() == {"pages": []}


@pytest.mark.parametrize("query", ["document=c.PDF", "document=c.PDF&start=-1&end=3", "start=0&end=3", "start=x&end=3"])
def test_what_makes_no_sense_is_said(reader: httpx.Client, query: str) -> None:
    reply = reader.get(f"{BASE}/places?{query}")
    assert (reply.status_code, reply.json()["error"]["code"]) == (422, "not_valid")
