"""From options to a process that listens, and ends when it is told to."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from running import MODELS, Running, running, until
from wenyuan.errors import Busy, Damaged, NoAccess, WrongUse
from wenyuan.server import pointers as pointers_module
from wenyuan.server.home import DATABASE, LOCK, Home
from wenyuan.server.identity import Identity, rights_of
from wenyuan.server.run import serve
from wenyuan.server.service import Options, Service

from .wire import Wire, asked

CALLER = Identity("local", "default", rights_of(["admin"]))


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_good_order(tmp_path: Path, port: int, number: signal.Signals) -> None:
    before, told = signal.getsignal(number), []

    def listening(url: str) -> None:
        told.append(url)
        os.kill(os.getpid(), number)

    serve(tmp_path / "home", {}, Options(port=port), listening)
    assert told == [f"http://127.0.0.1:{port}"]
    assert signal.getsignal(number) is before
    Home(tmp_path / "home", {}).hold().release()


def test_it_listens_when_it_says_so(tmp_path: Path, port: int) -> None:
    reached = []

    def listening(_: str) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            reached.append(port)
        os.kill(os.getpid(), signal.SIGTERM)

    serve(tmp_path / "home", {}, Options(port=port), listening)
    assert reached == [port]


def test_an_address_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(NoAccess, match=f"127.0.0.1:{port} cannot be listened on"):
            serve(tmp_path / "home", {}, Options(port=port))
    for host in ("203.0.113.1", "2001:db8::1"):
        with pytest.raises(NoAccess, match="cannot be listened on"):
            serve(tmp_path / "home", {}, Options(host, port))
    Home(tmp_path / "home", {}).hold().release()


def test_a_name_of_no_host_is_named_too(tmp_path: Path, port: int) -> None:
    with pytest.raises(NoAccess, match=r"nowhere\.invalid"):
        serve(tmp_path / "home", {}, Options("nowhere.invalid", port))


def test_what_is_not_safe_is_not_begun(tmp_path: Path, port: int) -> None:
    with pytest.raises(WrongUse, match="there is no key"):
        serve(tmp_path / "home", {}, Options("0.0.0.0", port))
    Home(tmp_path / "home", {}).hold().release()


def test_a_home_has_one_server(tmp_path: Path, port: int) -> None:
    with running(tmp_path / "home") as server:
        with pytest.raises(Busy, match=rf"is served by process {os.getpid()} already; stop that, or name another"):
            serve(tmp_path / "home", {}, Options(port=port))
        assert asked(server, "GET", "/livez").status == 200
    with running(tmp_path / "home") as server:
        assert asked(server, "GET", "/livez").status == 200


def test_a_lock_that_nobody_holds_does_no_harm(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", {})
    (home.folder / LOCK).write_text("1")
    service = Service(home, Options(), models=MODELS)
    service.start()
    service.close()


def test_a_database_that_is_damaged_is_named(tmp_path: Path, port: int) -> None:
    home = Home(tmp_path / "home", {})
    for content in (b"no database" * 1000, b"SQLite format 3\0" + b"\xff" * 8192):
        home.database.write_bytes(content)
        with pytest.raises(Damaged, match=rf"{DATABASE} is damaged \(.*\); restore it from a backup\.$"):
            serve(home.folder, {}, Options(port=port))
    home.database.unlink()
    home.database.mkdir()
    with pytest.raises(NoAccess, match=DATABASE):
        serve(home.folder, {}, Options(port=port))


def test_a_folder_that_takes_no_note_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(Home(tmp_path / "home", {}), Options(), models=MODELS)
    try:
        service.shelf.make("default", "kb")

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(pointers_module.os, "replace", full)
        with pytest.raises(NoAccess, match=r"server.json \(No space left on device\)"):
            service.start()
        monkeypatch.undo()
    finally:
        service.close()


class Slow:
    """A question that a test holds in its hand."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()

    async def ask(self) -> dict[str, bool]:
        """The path `/slow`."""
        import anyio

        self.begun.set()
        while not self.go.is_set():
            await anyio.sleep(0.01)
        return {"answered": True}


@pytest.fixture
def ending(tmp_path: Path) -> Iterator[tuple[Running, Slow, threading.Thread]]:
    """A server that a thread will end, with a question under way and one who watches a job."""
    slow = Slow()
    with contextlib.ExitStack() as last:
        server = last.enter_context(running(tmp_path / "home", routes={"/slow": slow.ask}))
        closing = threading.Thread(target=last.pop_all().close)
        yield server, slow, closing
        slow.go.set()
        if closing.ident is None:
            closing.start()
        closing.join(60)


def test_who_is_in_is_answered_and_nobody_else_is_let_in(ending: tuple[Running, Slow, threading.Thread]) -> None:
    server, slow, closing = ending
    job = server.service.jobs.put(CALLER, "absent", "sync", {})
    until(lambda: server.service.jobs.get(job.id).state == "failed")  # type: ignore[union-attr]
    server.service.worker.close()
    job = server.service.jobs.put(CALLER, "absent", "sync", {})
    with Wire(server) as asking, Wire(server) as watching, Wire(server) as idle:
        asking.ask("GET", "/slow")
        watching.ask("GET", f"/api/jobs/{job.id}/events")
        assert slow.begun.wait(60)
        until(lambda: server.service.watching.working == 1)
        closing.start()
        assert b"event: progress" in watching.reply().body  # it has an end
        assert idle.ended()

        address = watching.socket.getpeername()

        def refused() -> bool:
            try:
                socket.create_connection(address, timeout=5).close()
            except ConnectionError:
                return True
            return False

        until(refused)
        time.sleep(0.2)
        slow.go.set()
        reply = asking.reply()
        assert (reply.status, json.loads(reply.body)) == (200, {"answered": True})
        assert asking.ended()


def test_a_question_without_end_is_broken_off(ending: tuple[Running, Slow, threading.Thread]) -> None:
    server, slow, closing = ending
    with Wire(server) as asking:
        asking.ask("GET", "/slow")
        assert slow.begun.wait(60)
        closing.start()
        assert asking.ended()
        closing.join(30)
        assert not closing.is_alive()
