"""Who is let in, and what is left of a process that died."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from running import MODELS
from wenyuan.errors import WrongUse
from wenyuan.server.errors import Refused
from wenyuan.server.home import Home
from wenyuan.server.identity import DEFAULT_TENANT, Identity, rights_of
from wenyuan.server.keys import Pages
from wenyuan.server.peer import Peer
from wenyuan.server.pointers import SERVER_FILE
from wenyuan.server.service import Options, Service, require

NOBODY = Peer(None)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home", {})


@pytest.fixture
def service(home: Home) -> Iterator[Service]:
    made = Service(home, Options(), models=MODELS)
    yield made
    made.close()


def status(service: Service, header: str | None) -> int:
    with pytest.raises(Refused) as refused:
        service.identify(header, NOBODY)
    return refused.value.status


def test_without_a_key_in_the_house_this_machines_programs_are_its_owners(service: Service) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        with socket.create_connection(listening.getsockname()) as caller:
            identity = service.identify(None, Peer(caller.getsockname()))
    assert (identity.tenant, identity.owner, identity.groups) == (DEFAULT_TENANT, True, None)
    assert status(service, None) == 401, "of another user, or from nowhere"
    assert status(service, "Bearer something") == 401
    service.keys.add("a", "acme", ["read"])
    assert status(service, None) == 401


def test_a_key_says_who_calls_and_nothing_else_does(service: Service) -> None:
    secret = service.keys.add("a", "acme", ["read"], ["hr"])[1]
    for header in (f"Bearer {secret}", f"bearer {secret}", f"BEARER  {secret} "):
        identity = service.identify(header, NOBODY)
        assert (identity.tenant, identity.groups, identity.owner) == ("acme", frozenset({"hr"}), False)
    for header in (secret, f"Basic {secret}", "Bearer", "Bearer ", f"Bearer {secret} x", ""):
        assert status(service, header) == 401


@pytest.mark.parametrize(
    ("options", "local", "keyless"),
    [
        (Options(), True, True),
        (Options("::1"), True, True),
        (Options("localhost"), True, True),
        (Options("0.0.0.0"), False, False),
        (Options("192.168.1.5"), False, False),
        (Options("example.com"), False, False),
        (Options(hosts=("wenyuan.example.com",)), True, False),
        (Options(origins=("https://example.com",)), True, False),
    ],
)
def test_who_lets_others_in_needs_a_key(home: Home, options: Options, local: bool, keyless: bool) -> None:
    assert (options.local, options.keyless) == (local, keyless)
    service = Service(home, options, models=MODELS)
    try:
        if not keyless:
            with pytest.raises(WrongUse, match="there is no key"):
                service.start()
            assert status(service, None) == 401
            service.keys.add("a", "acme", ["read"])
        service.start()
    finally:
        service.close()


def test_where_it_is_found_on_this_machine() -> None:
    assert Options().url == "http://127.0.0.1:8642"
    assert Options("0.0.0.0", 80).url == "http://127.0.0.1:80"
    assert Options("::", 80).url == "http://[::1]:80"


def test_a_knowledge_base_says_where_its_server_is_to_who_may_read_its_folder(home: Home) -> None:
    service = Service(home, Options(), models=MODELS)
    service.shelf.make("acme", "kb")
    service.start()
    file = home.place("acme", "kb") / SERVER_FILE
    note = json.loads(file.read_text())
    assert file.stat().st_mode & 0o077 == 0
    assert (note["url"], note["kb"]) == ("http://127.0.0.1:8642", "kb")
    identity = service.identify(f"Bearer {note['token']}", NOBODY)
    assert (identity.tenant, identity.only, identity.owner) == ("acme", "kb", True)
    with service.lent(identity, "kb") as base:
        assert base.documents() == []
    service.shelf.make("acme", "other")
    with pytest.raises(Refused), service.lent(identity, "other"):
        pass
    service.close()
    assert not file.exists()


def test_what_was_staged_for_no_job_is_swept_away_and_the_rest_is_not(home: Home, service: Service) -> None:
    job = service.jobs.put(Identity("k", "acme", rights_of(["ingest"])), "kb", "none", {})
    for name in ("orphan", job.id):
        (home.staging / name).mkdir()
        (home.staging / name / "0").write_text("x")
    service._sweep()
    assert [each.name for each in home.staging.iterdir()] == [job.id]
    service.jobs.cancel(job.id)


def test_a_right_that_is_missing_is_named() -> None:
    reader = Identity("k", "acme", rights_of(["read"]))
    assert require(reader, "ingest", "read") is reader
    with pytest.raises(Refused, match="the right 'ingest'") as refused:
        require(reader, "ingest")
    assert refused.value.status == 403


def test_a_key_for_pages_is_one_in_a_page_of_their_site_only(service: Service) -> None:
    site = "https://shop.example.com"
    secret = service.keys.add("a", "acme", ["read"], None, Pages.of("kb", [site]))[1]
    visitor = service.identify(f"Bearer {secret}", NOBODY, site)
    for origin in (None, "null", "https://other.example.com"):
        with pytest.raises(Refused, match="for pages of other sites"):
            service.identify(f"Bearer {secret}", NOBODY, origin)
    with pytest.raises(Refused, match="may only ask"):
        require(visitor, "read")
    assert require(visitor, "read", visiting=True) is visitor
    with pytest.raises(Refused, match="needs the right 'admin'"):
        require(visitor, "admin", visiting=True)
