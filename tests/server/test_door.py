"""What passes the door of the server, on its way in and on its way out."""

from __future__ import annotations

import contextlib
import json
import logging
import time
from collections.abc import Iterator

import pytest

from running import PATIENCE, Running, running
from wenyuan.server import door as module
from wenyuan.server.service import Limits, Options

from .wire import Reply, Wire, asked

SITE = "https://shop.example.com"
NAME = "wenyuan.example.com"
SEARCH = "/api/knowledge-bases/kb/search"
SAFE = ("x-content-type-options", "cache-control", "content-security-policy", "referrer-policy")
MB = 1 << 20


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that only programs of this machine reach, with little patience and small bodies."""
    with running(tmp_path_factory.mktemp("local"), body_mb=1, upload_mb=2, silence=0.5) as server:
        server.make("kb", {"a.md": "# A\n\nThe valve is green."})
        yield server


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that is called by a name, and by the pages of a site."""
    options = Options(origins=(SITE,), hosts=(NAME,), limits=Limits(patience=PATIENCE, body_mb=1))
    with running(tmp_path_factory.mktemp("shared"), options, keyed=True) as server:
        yield server


def is_safe(reply: Reply) -> bool:
    return all(name in reply.headers for name in SAFE)


def chunked(*parts: bytes) -> bytes:
    return b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in parts)


def question(text: str = "valve", **fields: object) -> bytes:
    return json.dumps({"question": text} | fields, ensure_ascii=False).encode()


@pytest.mark.parametrize("host", ["127.0.0.1:1", "localhost", "LOCALHOST:8642", "[::1]:8642"])
def test_this_machines_own_names_are_known(local: Running, host: str) -> None:
    assert asked(local, "GET", "/livez", host=host).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "[x]", "127.0.0.1@evil.example", "0.0.0.0", "a b"]
)
def test_a_name_that_was_made_to_lead_here_is_refused(local: Running, host: str) -> None:
    for path in ("/livez", "/api/knowledge-bases", "/openapi.json", "/nowhere"):
        reply = asked(local, "GET", path, host=host)
        assert (reply.status, reply.error["code"]) == (421, "wrong_host")
        assert is_safe(reply)


def test_without_a_name_nobody_is_let_in(local: Running) -> None:
    with Wire(local) as wire:
        wire.send(b"GET /livez HTTP/1.0\r\n\r\n")
        assert wire.reply().status == 421
    with Wire(local) as wire:
        wire.send(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
        assert wire.reply().status == 400


@pytest.mark.parametrize(
    "origin",
    ["null", "https://evil.example", "http://localhost:3000", "http://[", "file://", "http://127.0.0.1", "", "x"],
)
def test_pages_of_elsewhere_are_refused(local: Running, origin: str) -> None:
    reply = asked(local, "POST", SEARCH, question(), origin=origin)
    assert (reply.status, reply.error["code"]) == (403, "foreign_origin")
    assert "access-control-allow-origin" not in reply.headers
    assert is_safe(reply)


def test_pages_of_its_own_are_let_in(local: Running) -> None:
    assert asked(local, "GET", "/livez", origin=local.url).status == 200


def test_a_site_that_may_call_is_told_so_and_others_are_not(shared: Running) -> None:
    wanted = {"access_control_request_method": "POST", "access_control_request_headers": "authorization,content-type"}
    allowed = asked(shared, "OPTIONS", SEARCH, host=NAME, origin=SITE, **wanted)
    assert (allowed.status, allowed.headers["access-control-allow-origin"]) == (200, SITE)
    assert "authorization" in allowed.headers["access-control-allow-headers"].lower()
    assert "access-control-allow-credentials" not in allowed.headers
    assert is_safe(allowed)
    for origin in ("https://evil.example", f"{SITE}.evil.example", "null", SITE.replace("https", "http")):
        refused = asked(shared, "OPTIONS", SEARCH, host=NAME, origin=origin, **wanted)
        assert refused.status == 403
        assert "access-control-allow-origin" not in refused.headers
    assert asked(shared, "OPTIONS", SEARCH, host="evil.example", origin=SITE, **wanted).status == 421


def test_a_site_that_may_call_can_read_why_it_was_turned_away(shared: Running) -> None:
    large, keyless = question("x" * MB), question()
    for body, status in ((large, 413), (keyless, 401)):
        reply = asked(shared, "POST", SEARCH, body, host=NAME, origin=SITE)
        assert (reply.status, reply.headers["access-control-allow-origin"]) == (status, SITE)
        assert "Origin" in reply.headers["vary"]


def test_without_sites_that_may_call_no_page_is_told_anything(local: Running) -> None:
    reply = asked(local, "OPTIONS", SEARCH, origin=local.url, access_control_request_method="POST")
    assert reply.status == 405
    assert "access-control-allow-origin" not in reply.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/livez", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/nowhere", 404),
        ("PATCH", "/livez", 405),
        ("HEAD", "/nowhere", 404),
        ("OPTIONS", "/livez", 405),
        ("GET", "/api/knowledge-bases/absent", 404),
        ("GET", f"{SEARCH}/", 404),
        ("BREW", "/livez", 405),
    ],
)
def test_every_response_has_headers_that_keep_browsers_careful(
    local: Running, method: str, path: str, status: int
) -> None:
    reply = asked(local, method, path)
    assert reply.status == status
    assert is_safe(reply)
    assert "server" not in reply.headers
    assert method != "HEAD" or reply.body == b""


def test_a_body_that_says_it_is_too_large_is_not_read(local: Running) -> None:
    for length in (str(MB + 1), "9" * 15, "9" * 20, "9" * 5000):
        with Wire(local) as wire:
            wire.ask("POST", SEARCH, content_length=length, content_type="application/json")
            reply = wire.reply("POST")
            # h11 reads no length of more than 20 digits
            assert reply.status == (413 if len(length) <= 20 else 400)
            assert reply.status == 400 or (reply.error["code"] == "too_large" and is_safe(reply))


def test_a_body_that_does_not_say_is_read_until_it_is_too_large(local: Running) -> None:
    head = {"transfer_encoding": "chunked", "content_type": "application/json"}
    with Wire(local) as wire:
        wire.ask("POST", SEARCH, **head)
        wire.send(chunked(b'{"question": "', *[b"x" * 65536] * 17))
        reply = wire.reply("POST")
        assert (reply.status, reply.error["code"]) == (413, "too_large")
    with Wire(local) as wire:
        wire.ask("POST", SEARCH, **head)
        wire.send(chunked(question(), b""))
        assert wire.reply("POST").status == 200


def test_an_upload_has_a_limit_of_its_own(local: Running) -> None:
    def sent(size: int) -> Reply:
        part = b'--b\r\nContent-Disposition: form-data; name="files"; filename="big.txt"\r\n\r\n'
        with Wire(local) as wire:
            kind = "multipart/form-data; boundary=b"
            wire.ask("POST", "/api/knowledge-bases/kb/documents", transfer_encoding="chunked", content_type=kind)
            with contextlib.suppress(ConnectionError):  # turned away while it was sent
                wire.send(chunked(part, *[b"word " * 13107] * (size // 65535), b"\r\n--b--\r\n", b""))
            return wire.reply("POST")

    assert sent(MB + MB // 2).status == 202
    assert sent(3 * MB).error["code"] == "too_large"


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
def test_a_body_that_does_not_come_is_not_waited_for(local: Running, method: str) -> None:
    path = SEARCH if method == "POST" else "/api/jobs/none"
    with Wire(local) as wire:
        wire.ask(method, path, content_length="100", content_type="application/json")
        wire.send(b'{"qu')
        reply = wire.reply(method)
        assert (reply.status, reply.error["code"]) == ((408, "too_slow") if method == "POST" else (404, "not_found"))
        assert wire.ended()


def test_a_body_that_comes_byte_by_byte_is_not_waited_for(local: Running) -> None:
    with Wire(local) as wire:
        started = time.monotonic()
        wire.ask("POST", SEARCH, content_length="100", content_type="application/json")
        try:
            for byte in question("valve " * 10)[:90]:
                wire.send(bytes([byte]))
                time.sleep(0.1)
                if time.monotonic() > started + 2:
                    break
        except ConnectionError:
            pass
        reply = wire.reply("POST")
    assert (reply.status, reply.error["code"]) == (408, "too_slow")
    assert is_safe(reply)


def test_a_body_that_comes_slowly_but_steadily_is_taken(local: Running) -> None:
    body = question("valve", where=["source!=" + "x" * 2_000] * 2)
    with Wire(local) as wire:
        wire.ask("POST", SEARCH, content_length=str(len(body)), content_type="application/json")
        for at in range(0, len(body), 800):
            wire.send(body[at : at + 800])
            time.sleep(0.2)
        assert wire.reply("POST").status == 200


def test_a_caller_who_hangs_up_within_a_body_leaves_nothing(local: Running) -> None:
    for _ in range(3):
        with Wire(local) as wire:
            wire.ask("POST", SEARCH, content_length="100", content_type="application/json")
            wire.send(b'{"qu')
    assert asked(local, "POST", SEARCH, question()).status == 200
    assert local.service.asking.working == 0


def test_a_bug_is_told_without_its_traceback_and_written_to_the_log(
    local: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise LookupError("secret of the house")

    monkeypatch.setattr(local.service.home, "reached", broken)
    with caplog.at_level(logging.ERROR, module.log.name):
        reply = asked(local, "GET", "/api/knowledge-bases")
    assert (reply.status, reply.error["type"], reply.error["code"]) == (500, "server_error", "internal_error")
    assert b"secret" not in reply.body
    assert b"Traceback" not in reply.body
    assert is_safe(reply)
    [record] = [each for each in caplog.records if each.name == module.log.name]
    assert record.exc_info is not None
    assert "secret of the house" in str(record.exc_info[1])


def test_refusals_are_told_in_the_callers_language(local: Running) -> None:
    for language, chinese in (("zh-CN,zh;q=0.9", True), ("zh", True), ("en", False), ("de, zh", False)):
        for reply in (
            asked(local, "GET", "/livez", host="evil.example", accept_language=language),
            asked(local, "POST", SEARCH, content_length="99999999", accept_language=language),
            asked(local, "GET", "/nowhere", accept_language=language),
            asked(local, "PUT", "/livez", accept_language=language),
            asked(local, "POST", SEARCH, b"{", accept_language=language),
        ):
            message = reply.error["message"]
            assert any("\u4e00" <= each <= "\u9fff" for each in message) == chinese, message


def test_changes_and_who_was_turned_away_are_kept_and_questions_are_not(server: Running) -> None:
    admin = server.client(server.key("admin"))
    reader = server.client(server.key("read"))
    assert admin.post("/api/knowledge-bases", json={"name": "kb"}).status_code == 201
    assert reader.post(SEARCH, json={"question": "valve"}).status_code == 200
    assert reader.post("/api/knowledge-bases", json={"name": "other"}).status_code == 403
    assert server.client("wy-00000000-none").get("/api/knowledge-bases").status_code == 401
    assert admin.delete("/api/knowledge-bases/kb").status_code == 204
    entries = admin.get("/api/audit").json()["entries"]
    assert [(each["action"], each["target"], each["status"]) for each in reversed(entries)] == [
        ("POST", "/api/knowledge-bases", 201),
        ("POST", "/api/knowledge-bases", 403),
        ("DELETE", "/api/knowledge-bases/kb", 204),
    ]
    [(address, status)] = server.service.database.select("SELECT address, status FROM audit WHERE tenant = ''")
    assert (address, status) == ("127.0.0.1", 401)


def test_a_log_of_changes_that_cannot_be_written_costs_nobody_his_reply(
    server: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from wenyuan.errors import OutOfSpace

    def full(*_: object) -> None:
        raise OutOfSpace("The disk is full.")

    monkeypatch.setattr(server.service.audit, "add", full)
    with caplog.at_level(logging.ERROR):
        assert server.client().post("/api/knowledge-bases", json={"name": "kb"}).status_code == 201
        assert server.client().get("/livez").status_code == 200
    assert [record.name for record in caplog.records] == [module.log.name]
