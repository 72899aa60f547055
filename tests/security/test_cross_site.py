"""Pages of elsewhere that speak through a browser of this machine, and names that are not the server's."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from running import Running, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One without keys: every request that is let in is the owner's."""
    with running(tmp_path_factory.mktemp("open")) as made, closing(made):
        yield made


KBS = "/api/knowledge-bases"
FORMS = [
    {"data": {"name": "x"}},
    {"files": {"name": ("x", b"x")}},
    {"content": b'{"name": "x"}', "headers": {"content-type": "text/plain"}},
    {"content": b'{"name": "x"}', "headers": {"content-type": "application/x-www-form-urlencoded"}},
    {"content": b'{"name": "x"}', "headers": {}},
    {"content": b'{"name": "x", "a": "="}', "headers": {"content-type": "text/plain;charset=UTF-8"}},
]
"""What a page may send without asking first."""


@pytest.mark.parametrize("form", FORMS, ids=range(len(FORMS)))
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "file://", None])
def test_a_page_of_elsewhere_makes_nothing_on_a_server_without_keys(
    server: Running, form: dict[str, object], origin: str | None
) -> None:
    headers = {**form.get("headers", {}), **({"origin": origin} if origin else {})}  # type: ignore[dict-item]
    reply = server.client().post(KBS, **(form | {"headers": headers}))  # type: ignore[arg-type]
    assert reply.status_code == 403 if origin else reply.status_code in (415, 422), reply.text
    assert "x" not in server.service.home.names("default")
    assert "access-control-allow-origin" not in reply.headers


def test_a_page_of_elsewhere_uploads_nothing(server: Running) -> None:
    server.make("files", {})
    for origin in ("http://evil.example", "null"):
        reply = server.client(origin=origin).post(f"{KBS}/files/documents", files={"files": ("a.md", b"x")})
        assert reply.status_code == 403
    assert list(server.service.home.staging.iterdir()) == []


def test_a_page_is_not_told_that_it_may_ask(server: Running) -> None:
    asked = {"origin": "http://evil.example", "access-control-request-method": "POST"}
    reply = server.client(**asked).options(KBS)
    assert reply.status_code == 403
    assert not [name for name in reply.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "evil.example@[::1", "[", "[::1", "]",
        "", "127.0.0.1 .evil.example", "0x7f000001", "2130706433", "127.1", "[::ffff:127.0.0.1]",
        "127.0.0.1,evil.example", "evil.example#127.0.0.1", "evil.example/127.0.0.1", "evil.example?@127.0.0.1",
    ],
)  # fmt: skip
def test_a_name_that_was_pointed_here_is_refused(server: Running, host: str) -> None:
    reply = raw(server, f"GET {KBS} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert reply.startswith((b"HTTP/1.1 421", b"HTTP/1.1 400")), reply


def test_a_request_without_a_name_and_one_with_two_are_refused(server: Running) -> None:
    for head in (b"GET /api/jobs HTTP/1.0\r\n\r\n", b"GET /api/jobs HTTP/1.1\r\nHost: a\r\nHost: 127.0.0.1\r\n\r\n"):
        assert raw(server, head).split(b" ")[1] in (b"421", b"400")


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "//", "http://", "javascript:alert(1)", "x" * 5000])
def test_an_origin_that_is_none_is_refused(server: Running, origin: str) -> None:
    assert server.client(origin=origin).get(KBS).status_code == 403


def test_the_servers_own_pages_and_programs_are_let_in(server: Running) -> None:
    for headers in ({}, {"origin": server.url}, {"host": f"localhost:{server.url.rsplit(':', 1)[1]}"}):
        assert server.client(**headers).get(KBS).status_code == 200


def raw(server: Running, request: bytes) -> bytes:
    """What the server says to these bytes."""
    host, port = httpx.URL(server.url).host, httpx.URL(server.url).port
    with socket.create_connection((host, port or 0), timeout=20) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        told = b""
        while part := connection.recv(65_536):
            told += part
    return told


def test_a_note_for_the_owner_is_readable_by_the_owner_alone(server: Running) -> None:
    server.client().post(KBS, json={"name": "note"})
    note = server.service.home.place("default", "note") / "server.json"
    assert note.stat().st_mode & 0o077 == 0
    assert Path(server.service.home.folder / "tenants").stat().st_mode & 0o077 == 0
