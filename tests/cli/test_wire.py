"""HTTP with a server: events, errors and what a person is told of a connection."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from wenyuan.cli.reader import reader
from wenyuan.cli.wire import Wire, error_of, read_events
from wenyuan.errors import Busy, EndpointError, MissingExtra, NoAccess, WrongUse

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def other() -> Iterator[str]:
    """A server that is not ours; at /cut it closes the connection without a word."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/cut":
                return
            self.send_response(302 if self.path == "/away" else 200)
            self.end_headers()
            self.wfile.write(b"<html>")

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_events_have_a_name_and_a_json_object() -> None:
    lines = [": a comment", "event: text", 'data: {"text":', 'data: "x"}', "", "", "data: {}", "id: 3", ""]
    lines += ["event: odd", "data: [1]", "", "data: no JSON", "", "event: cut", 'data: {"text": "y"}']
    assert [*read_events(lines)] == [("text", {"text": "x"}), ("message", {})]


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        ({"message": "No."}, 404, WrongUse),
        ({"message": "No.", "type": "invalid_request_error"}, None, WrongUse),
        ({"message": "No.", "type": "invalid_request_error"}, 500, EndpointError),
        ({"message": "No.", "type": "server_error"}, None, EndpointError),
        ({"message": "No."}, 403, NoAccess),
    ],
)
def test_an_error_of_the_server_keeps_its_sentence(
    error: dict[str, str], status: int | None, kind: type[Exception]
) -> None:
    found = error_of(error, status)
    assert (type(found), str(found)) == (kind, "No.")


def test_where_nobody_listens_that_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(NOBODY, "")
    for ask in (lambda: wire.get("/x"), lambda: wire.post("/x", {}), lambda: [*wire.events("GET", "/x")]):
        with pytest.raises(EndpointError, match=f"No server answers at {NOBODY} .*Connection refused.*--server"):
            ask()
    wire.close()


def test_where_nobody_listens_and_somebody_should_it_is_said_what_is() -> None:
    wire, busy = Wire(NOBODY, "", refused=Busy("in use"), direct=True), "in use"
    with pytest.raises(Busy, match=busy):
        wire.get("/x")
    wire.close()


@pytest.mark.parametrize("path", ["/", "/away"])
def test_a_server_that_is_not_ours_is_named(other: str, path: str) -> None:
    wire = Wire(other, "")
    with pytest.raises(EndpointError, match=r"replied with status (200|302) and not as a server of Wenyuan"):
        wire.get(path)
    wire.close()


def test_a_connection_that_breaks_is_one_sentence(other: str) -> None:
    wire = Wire(other, "")
    with pytest.raises(EndpointError, match="broke the connection"):
        wire.get("/cut")
    wire.close()


@pytest.mark.parametrize("url", ["kb", "ftp://host", "http://host:port", "https://user:hunter2@host:x"])
def test_what_is_no_url_is_wrong_use(url: str) -> None:
    with pytest.raises(WrongUse, match="is no URL of a server") as raised:
        Wire(url, "")
    assert "hunter2" not in str(raised.value)


def test_without_httpx_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(MissingExtra, match=r"wenyuan\[server\]"):
        Wire(NOBODY, "")


def test_a_password_in_the_url_is_not_shown() -> None:
    reader.arrive()
    wire = Wire("http://user:hunter2@127.0.0.1:9", "")
    with pytest.raises(EndpointError) as raised:
        wire.get("/x")
    assert "hunter2" not in str(raised.value)
    wire.close()
