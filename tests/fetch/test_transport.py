"""Connections go where the guard says, and end when the time is up."""

from __future__ import annotations

import ipaddress
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpcore
import pytest

from wenyuan.errors import FetchError
from wenyuan.fetch import FetchLimits, Guard
from wenyuan.fetch.transport import Transport
from wenyuan.fetch.url import parse

from .server import LOOPBACK, Answer, Handler, guard, serving


@contextmanager
def transport(guard: Guard, **limits: float) -> Iterator[Transport]:
    made = Transport(guard, FetchLimits(**limits))  # type: ignore[arg-type]
    made.deadline.start(limits.get("seconds", 10))
    try:
        yield made
    finally:
        made.close()


def fetch(made: Transport, url: str) -> tuple[int, bytes]:
    with made.get(parse(url), {"X-Mine": "1"}) as (status, _, chunks):
        return status, b"".join(chunks)


def test_the_name_is_asked_for_at_the_address() -> None:
    with serving({"/a?b=c": b"hello"}) as server, transport(guard()) as made:
        assert fetch(made, f"{server.root}/a?b=c") == (200, b"hello")
        [(path, headers)] = server.seen
        assert (path, headers["Host"], headers["X-Mine"]) == ("/a?b=c", f"example.com:{server.server_port}", "1")


def test_a_name_is_looked_up_once_a_connection_and_judged_then() -> None:
    """DNS rebinding: the second answer would be another address, but only what was judged is connected to."""
    asked: list[str] = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    with serving({"/": Answer(b"x", headers={"Connection": "close"})}) as server:
        with transport(Guard(LOOPBACK, resolve=rebinding)) as made:
            assert fetch(made, f"{server.root}/") == (200, b"x")
            assert asked == ["example.com"]
            with pytest.raises(FetchError, match=r"at 10.0.0.1, which is no public address"):
                fetch(made, f"{server.root}/")
        assert server.asked() == ["/"]


def test_the_next_address_is_tried_where_one_refuses() -> None:
    closed = Guard(LOOPBACK, resolve=lambda host, port: ["127.0.0.2", "127.0.0.1"])
    with serving({"/": b"x"}) as server, transport(closed) as made:
        assert fetch(made, f"{server.root}/") == (200, b"x")


def test_connections_are_kept_for_the_same_name_only() -> None:
    with serving({"/": b"x"}) as server, transport(guard()) as made:
        assert fetch(made, f"{server.root}/") == (200, b"x")
        assert fetch(made, f"{server.root}/".replace("example.com", "other.example")) == (200, b"x")
        assert {headers["Host"].partition(":")[0] for _, headers in server.seen} == {"example.com", "other.example"}


def drip(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for _ in range(100):  # headers without end
        handler.wfile.write(b"X: y\r\n")
        handler.wfile.flush()
        time.sleep(0.2)


def test_headers_that_drip_are_not_waited_for_beyond_the_deadline() -> None:
    with serving({"/": drip}) as server, transport(guard(), seconds=0.5) as made:
        began = time.monotonic()
        with pytest.raises(httpcore.TimeoutException):
            fetch(made, f"{server.root}/")
        assert time.monotonic() - began < 15


def test_a_silent_server_is_left_after_the_idle_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, transport(guard(), idle_seconds=0.3) as made:
        url = f"http://example.com:{listener.getsockname()[1]}/"
        with pytest.raises(httpcore.TimeoutException):
            fetch(made, url)


def test_tls_is_for_the_name() -> None:
    """The certificate of a server that speaks no TLS cannot be checked: no plain connection is made instead."""
    with serving({"/": b"x"}) as server, transport(guard()) as made:
        with pytest.raises((httpcore.NetworkError, httpcore.TimeoutException)):
            fetch(made, f"{server.root}/".replace("http:", "https:"))
        assert server.seen == []


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Key and certificate of example.com, which is its own authority."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not on this machine")
    path = tmp_path / "tls.pem"
    name = ["-subj", "/CN=example.com", "-addext", "subjectAltName=DNS:example.com"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *name]
    subprocess.run([*made, "-keyout", str(path), "-out", f"{path}.crt"], check=True, capture_output=True)
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


def test_a_certificate_is_checked_for_the_name_at_the_address(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", f"{certificate}.crt")
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _, name, __: names.append(name)
    with serving({"/": b"x"}) as server, transport(guard()) as made:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        url = f"https://example.com:{server.server_port}/"
        assert fetch(made, url) == (200, b"x")
        assert names == ["example.com"]
        with pytest.raises(httpcore.ConnectError, match=r"not valid for 'other\.example'"):
            fetch(made, url.replace("example.com", "other.example"))
        with pytest.raises(httpcore.ConnectError, match="IP address mismatch"):
            fetch(made, url.replace("example.com", "127.0.0.1"))
        assert server.asked() == ["/"]


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with serving({"/": b"x"}) as server, transport(guard()) as made:
        assert fetch(made, f"{server.root}/") == (200, b"x")


def test_an_address_in_the_url_is_judged_too() -> None:
    with transport(Guard([ipaddress.ip_network("10.0.0.0/8")])) as made:
        for host in ("127.0.0.1", "[::1]", "[::ffff:169.254.169.254]", "[64:ff9b::7f00:1]"):
            with pytest.raises(FetchError, match="no public address"):
                fetch(made, f"http://{host}/")
