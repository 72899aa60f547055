"""Sources over HTTP, with a real server and pages of a real one."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from fetch.server import LOOPBACK, Answer, Handler, Server, serving
from running import PATIENCE, Running, finished, running, until
from wenyuan.server.service import Limits, Options

from ..followed import with_words

SOURCES = "/api/knowledge-bases/kb/sources"
OPTIONS = Options(limits=Limits(patience=PATIENCE), networks=LOOPBACK)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """A server that may reach this machine, with an empty knowledge base."""
    with running(tmp_path / "home", OPTIONS, with_words(monkeypatch)) as server:
        server.service.shelf.make("default", "kb")
        yield server


def page(text: str) -> bytes:
    return f"<html><title>{text}</title><body><p>All of {text}.</p></body></html>".encode()


def site_of(server: Server, **pages: Any) -> str:
    root = f"http://127.0.0.1:{server.server_port}"
    server.pages = {f"/{name}": each for name, each in pages.items()}
    urls = "".join(f"<url><loc>{root}/{name}</loc></url>" for name in pages)
    server.pages["/sitemap.xml"] = Answer(f"<urlset>{urls}</urlset>".encode(), "application/xml")
    return f"{root}/sitemap.xml"


def documents(client: httpx.Client) -> list[str]:
    found = client.get("/api/knowledge-bases/kb/documents").json()["documents"]
    return [each["id"].rpartition("/")[2] for each in found]


def test_a_source_from_its_making_to_its_end(house: Running) -> None:
    with serving({}) as web, house.client() as client:
        location = site_of(web, a=page("Alpha"), b=Answer(status=500))
        made = client.post(SOURCES, json={"name": "web", "location": location, "metadata": {"product": "X100"}})
        assert made.status_code == 201
        assert (made.json()["kind"], made.json()["every"]) == ("sitemap", 86_400)
        until(lambda: client.get(f"{SOURCES}/web").json()["state"] == "done")
        [listed] = client.get(SOURCES).json()["sources"]
        assert (listed["documents"], listed["failures"], listed["error"]) == (1, 1, None)
        [failure] = client.get(f"{SOURCES}/web/failures").json()["failures"]
        assert (failure["item"], failure["tries"]) == (location.replace("sitemap.xml", "b"), 1)
        assert "(500)" in failure["why"]
        site_of(web, b=page("Beta"))
        job = finished(client, client.post(f"{SOURCES}/web/run"))
        assert (len(job["report"]["added"]), len(job["report"]["deleted"])) == (1, 1)
        assert documents(client) == ["b.html"]
        assert client.post(SOURCES, json={"name": "web", "location": location}).status_code == 409
        assert client.patch(f"{SOURCES}/web", json={"paused": True}).json()["paused"] is True
        job = finished(client, client.delete(f"{SOURCES}/web"))
        assert (len(job["report"]["deleted"]), documents(client)) == (1, [])
        assert client.get(f"{SOURCES}/web").status_code == 404


def test_a_look_is_cancelled_and_told_of_while_it_goes_on(house: Running) -> None:
    released = threading.Event()

    def slow(handler: Handler) -> None:
        released.wait(10)
        handler.send(Answer(page("Omega")))

    with serving({}) as web, house.client() as client:
        made = client.post(SOURCES, json={"name": "web", "location": site_of(web, a=page("Alpha"), b=slow, c=slow)})
        job = f"/api/jobs/{made.json()['job']}"
        until(lambda: (client.get(job).json()["progress"] or {}).get("done") == 1)
        assert client.post(f"{SOURCES}/web/run").json()["job"] == made.json()["job"], "one at a time"
        client.delete(job)
        released.set()
        until(lambda: client.get(job).json()["state"] == "cancelled")
        assert "/c" not in web.asked()
        finished(client, client.delete(f"{SOURCES}/web?keep=true"))


def test_what_is_not_public_is_refused_by_every_way_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"models": with_words(monkeypatch)}
    with (
        serving({"/a": page("Alpha")}) as web,
        running(tmp_path / "home", **given) as server,
        server.client() as client,
    ):
        server.service.shelf.make("default", "kb")
        for url in (f"http://127.0.0.1:{web.server_port}/a", "http://169.254.169.254/", "http://[::ffff:10.0.0.1]/"):
            for path, body in ((SOURCES, {"name": "x", "location": url}),
                               ("/api/knowledge-bases/kb/documents/url", {"url": url})):  # fmt: skip
                refused = client.post(path, json=body)
                assert (refused.status_code, refused.json()["error"]["code"]) == (422, "unreadable")
        named = {"url": f"http://localhost:{web.server_port}/a"}
        job = finished(client, client.post("/api/knowledge-bases/kb/documents/url", json=named))
        assert (job["state"], "no public address" in job["error"]["message"]) == ("failed", True)
        allow = {"name": "x", "location": "https://example.com/", "allow": ["127.0.0.0/8"]}
        assert client.post(SOURCES, json=allow).status_code == 422, "nobody allows it himself"
        assert web.asked() == []


def test_who_may_do_what(house: Running, tmp_path: Path) -> None:
    body = {"name": "web", "location": "https://example.com/docs/", "paused": True}
    with house.client(house.key("admin")) as admin:
        assert admin.post(SOURCES, json=body).status_code == 201
        for location in (str(tmp_path), "file:///etc", "memory://x"):
            assert admin.post(SOURCES, json={"name": "x", "location": location}).status_code == 403
    with house.client(house.key("ingest")) as ingest:
        assert [each["name"] for each in ingest.get(SOURCES).json()["sources"]] == ["web"]
        assert ingest.get(f"{SOURCES}/web/failures").status_code == 200
        for refused in (ingest.post(SOURCES, json=body), ingest.delete(f"{SOURCES}/web")):
            assert refused.status_code == 403
    with house.client(house.key("read")) as reader:
        assert reader.get(SOURCES).status_code == 403
    with house.client(house.key("ingest", groups=["hr"])) as narrow:
        assert {each.status_code for each in (narrow.get(SOURCES), narrow.get(f"{SOURCES}/web"))} == {404}
    others = (house.key("admin", tenant="other"),)
    for key in others:
        with house.client(key) as other:
            ways = (other.get(SOURCES), other.post(SOURCES, json=body), other.get(f"{SOURCES}/web"),
                    other.post(f"{SOURCES}/web/run"), other.delete(f"{SOURCES}/web"))  # fmt: skip
            assert {each.status_code for each in ways} == {404}


def test_documents_of_a_source_are_seen_by_its_groups_alone(house: Running) -> None:
    with serving({}) as web, house.client() as client:
        body = {"name": "hr", "location": site_of(web, a=page("Alpha")), "metadata": {"access": ["hr"]}}
        client.post(SOURCES, json=body)
        until(lambda: documents(client) == ["a.html"])
        keys = [house.key("read", groups=groups) for groups in (["hr"], ["sales"])]
    for key, seen in zip(keys, (1, 0), strict=True):
        with house.client(key) as reader:
            assert len(documents(reader)) == seen
            found = reader.post("/api/knowledge-bases/kb/search", json={"question": "Alpha"}).json()["hits"]
            assert len(found) == seen


def test_credentials_are_in_no_reply(house: Running) -> None:
    body = {
        "name": "files", "location": "s3://bucket/x", "paused": True,
        "credentials": {"key": "AKIA1234", "secret": "s3cret!", "endpoint_url": "http://127.0.0.1:1"},
    }  # fmt: skip
    with house.client() as client:
        said = [client.post(SOURCES, json=body).text, client.get(SOURCES).text, client.get(f"{SOURCES}/files").text]
        assert all('"credentials":true' in each.replace(" ", "") for each in said)
        finished(client, client.post(f"{SOURCES}/files/run"))
        said += [client.get(f"{SOURCES}/files/failures").text, client.get("/api/jobs").text]
        said += [client.get("/api/audit").text]
    assert "s3cret!" not in "".join(said)
    assert "AKIA1234" not in "".join(said)


def test_one_page_is_fetched_for_a_caller(house: Running) -> None:
    with serving({"/docs/a": page("Alpha")}) as web:
        url = f"http://127.0.0.1:{web.server_port}/docs/a"
        with house.client(house.key("ingest", "read", groups=["hr"])) as client:
            path = "/api/knowledge-bases/kb/documents/url"
            job = finished(client, client.post(path, json={"url": url, "metadata": {"product": "X100"}}))
            assert job["report"]["added"] == [f"127.0.0.1-{web.server_port}/docs/a.html"]
            assert documents(client) == ["a.html"]
            foreign = client.post(path, json={"url": url, "metadata": {"access": ["sales"]}})
            assert foreign.status_code == 403
        with house.client(house.key("read", groups=["sales"])) as other:
            assert documents(other) == []


def test_a_change_in_a_folder_shows_within_two_seconds(house: Running, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.md").write_text("# Alpha", "utf-8")
    with house.client() as client:
        assert client.post(SOURCES, json={"name": "docs", "location": str(docs)}).status_code == 201
        until(lambda: documents(client) == ["a.md"])
        time.sleep(1.5)  # until it is watched
        begun = time.monotonic()
        (docs / "b.md").write_text("# Beta", "utf-8")
        until(lambda: documents(client) == ["a.md", "b.md"])
        took = time.monotonic() - begun
        (docs / "a.md").unlink()
        until(lambda: documents(client) == ["b.md"])
        assert took < 10, "2 s are meant; a machine at work for others is given more"
        finished(client, client.delete(f"{SOURCES}/docs"))
        assert documents(client) == []


def test_a_knowledge_base_that_is_deleted_takes_its_sources_along(house: Running) -> None:
    with house.client() as client:
        client.post(SOURCES, json={"name": "web", "location": "https://example.com/", "paused": True})
        assert client.delete("/api/knowledge-bases/kb").status_code == 204
        assert client.post("/api/knowledge-bases", json={"name": "kb"}).status_code == 201
        assert client.get(SOURCES).json() == {"sources": []}


CHILD = """
import sys
from ipaddress import ip_network
from pathlib import Path
from fakes import word_encoder
import wenyuan.server.shelf as shelf
encoder = word_encoder()
shelf.load_encoder = lambda name, threads: encoder
from wenyuan.server.run import serve
from wenyuan.server.service import Options
serve(Path(sys.argv[1]), {}, Options(port=int(sys.argv[2]), networks=(ip_network("127.0.0.0/8"),)))
"""


@contextmanager
def child(home: Path) -> Iterator[tuple[httpx.Client, subprocess.Popen[bytes]]]:
    """A server in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    paths = os.pathsep.join([*sys.path, str(Path(__file__).parents[2])])
    environment = os.environ | {"PYTHONPATH": paths, "WENYUAN_RERANK__MODEL": "none"}
    process = subprocess.Popen([sys.executable, "-c", CHILD, str(home), str(port)], env=environment)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE, trust_env=False) as client:

            def lives() -> bool:
                try:
                    return client.get("/livez").is_success
                except httpx.TransportError:
                    return False

            until(lives)
            yield client, process
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
def test_a_server_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    stalled = threading.Event()

    def stall(handler: Handler) -> None:
        stalled.set()
        time.sleep(30)

    names = [f"p{n:02}" for n in range(50)]
    with serving({}) as web:
        pages: dict[str, Any] = {name: page(f"Page {name}") for name in names}
        location = site_of(web, **pages | {"p40": stall})
        with child(tmp_path / "home") as (client, process):
            assert client.post("/api/knowledge-bases", json={"name": "kb"}).status_code == 201
            body = {"name": "web", "location": location, "kind": "sitemap"}
            job = client.post(SOURCES, json=body).json()["job"]
            assert stalled.wait(PATIENCE)
            until(lambda: documents(client))
            process.send_signal(signal.SIGKILL)
            process.wait()
        site_of(web, **pages)
        with child(tmp_path / "home") as (client, _):
            until(lambda: client.get(f"/api/jobs/{job}").json()["state"] == "done")
            assert documents(client) == [f"{name}.html" for name in names]
            health = client.get("/api/knowledge-bases/kb/health").json()
            assert health["problems"] == []
            assert json.loads(client.get(f"{SOURCES}/web").text)["failures"] == 0
