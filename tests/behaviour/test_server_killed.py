"""A server that is killed, ended, or started over what is broken: what it acknowledged is there, the rest is told."""

from __future__ import annotations

import json
import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from llm_server import llm_server

from .serving import PATIENCE, Served, free_port, until

pytestmark = pytest.mark.slow

KB = "/api/knowledge-bases/kb"


def body(name: str, code: str) -> bytes:
    return f"# {name}\n\nThe code of {name} is {code}.\n\n## More\n\n{'水泵的保修期为两年。' * 20}\n".encode()


class Caller:
    """Uploads, deletes and syncs without end, and remembers what each document may be by what was acknowledged."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.may_be: dict[str, set[str | None]] = {}  # codes; None: absent
        self.acknowledged = 0

    def go_on(self, served: Served) -> None:
        """Until the connection breaks."""
        try:
            with httpx.Client(base_url=served.url, timeout=PATIENCE, trust_env=False) as client:
                while True:
                    self._step(client)
        except httpx.TransportError:
            return

    def _step(self, client: httpx.Client) -> None:
        kind = self.dice.choice(["upload", "upload", "upload", "delete", "sync", "rebuild"])
        known = [name for name, codes in self.may_be.items() if None not in codes]
        if kind in ("sync", "rebuild"):
            self._over(client, client.post(f"{KB}/sync", json={"rebuild": kind == "rebuild"}))
        elif kind == "delete" and known:
            name = self.dice.choice(known)
            self.may_be[name] |= {None}
            assert client.post(f"{KB}/delete", json={"documents": [name]}).json()["deleted"] == [name]
            self.may_be[name] = {None}
            self.acknowledged += 1
        else:
            self._upload(client)

    def _upload(self, client: httpx.Client) -> None:
        names = {f"d{self.dice.randrange(8)}.md" for _ in range(self.dice.choice([1, 1, 3]))}
        codes = {name: f"c{self.dice.getrandbits(40)}x" for name in names}
        for name, code in codes.items():
            self.may_be[name] = self.may_be.get(name, {None}) | {code}
        files = [("files", (name, body(name, code))) for name, code in codes.items()]
        reply = client.post(f"{KB}/documents", files=files, data={"metadata": json.dumps({"product": "X"})})
        assert reply.status_code == 202, reply.text
        for name, code in codes.items():
            self.may_be[name] = {code}
        self.acknowledged += 1
        if self.dice.random() < 0.7:  # else it is deleted, or brought anew, while it waits
            self._over(client, reply)
        else:
            until(lambda: client.get("/api/jobs").json()["jobs"][0]["state"] in ("done", "failed"))

    def _over(self, client: httpx.Client, reply: httpx.Response) -> None:
        job = f"/api/jobs/{reply.json()['job']}"
        until(lambda: client.get(job).json()["state"] in ("done", "failed"))

    def check(self, served: Served) -> None:
        """See that every document is what it may be, whole."""
        for job in served.idle():
            assert job["state"] == "done", job
        listed = {each["id"] for each in served.client.get(f"{KB}/documents").json()["documents"]}
        for name, codes in self.may_be.items():
            if name not in listed:
                assert None in codes, f"{name} was acknowledged and is gone"
                continue
            text = served.client.get(f"{KB}/documents/{name}").json()["text"]
            [now] = [code for code in codes if code is not None and code in text] or [None]
            assert now is not None, f"{name} is none of {codes}: {text[:60]}"
            found = served.client.post(f"{KB}/search", json={"question": f"code of {name} {now}"}).json()["hits"]
            assert any(now in hit["text"] and hit["document"] == name for hit in found), name
            assert served.client.get(f"{KB}/documents/{name}").json()["metadata"]["product"] == "X"
            self.may_be[name] = {now}
        for name in set(self.may_be) - listed:
            self.may_be[name] = {None}
        health = served.client.get(f"{KB}/health").json()
        assert health["problems"] == [], health
        until(lambda: list((served.home / "staging").iterdir()) == [])


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(3))
def test_killed_at_many_moments(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    home, caller = tmp_path / "home", Caller(dice)
    served = Served(home).up()
    assert served.client.post("/api/knowledge-bases", json={"name": "kb"}).status_code == 201
    for _ in range(10):
        asking = threading.Thread(target=caller.go_on, args=[served])
        asking.start()
        time.sleep(dice.choice([0.3, 1, 3, 6]) * dice.random() + 0.05)
        served.kill()
        asking.join(PATIENCE)
        assert not asking.is_alive()
        assert (home / "tenants" / "default" / "kb" / "server.json").exists()  # stale, and in nobody's way
        served = Served(home).up()
        caller.check(served)
    assert caller.acknowledged > 3
    assert served.end() == 0


def test_an_upload_that_was_acknowledged_survives_a_kill_at_once(tmp_path: Path) -> None:
    served = Served(tmp_path / "home").up()
    assert served.client.post("/api/knowledge-bases", json={"name": "kb"}).status_code == 201
    files = [("files", (f"{n}.md", body(f"{n}.md", f"c{n}x"))) for n in range(20)]
    assert served.client.post(f"{KB}/documents", files=files).status_code == 202
    served.kill()
    served = Served(tmp_path / "home").up()
    [job] = served.idle()
    assert (job["state"], len(job["report"]["added"]) + job["report"]["unchanged"]) == ("done", 20)
    assert served.client.get(f"{KB}/health").json()["problems"] == []
    assert list((tmp_path / "home" / "staging").iterdir()) == []
    hits = served.client.post(f"{KB}/search", json={"question": "code of 7.md c7x"}).json()["hits"]
    assert hits[0]["document"] == "7.md"
    served.kill()


def test_told_to_end_it_answers_who_asked_and_leaves_in_good_order(tmp_path: Path) -> None:
    asked = threading.Event()

    def reply(_: object) -> dict[str, str]:
        asked.set()
        time.sleep(1.5)
        return {"content": "The code is c0x [1]."}

    home = tmp_path / "home"
    with llm_server(reply) as (url, _):
        served = Served(home).up()
        assert served.client.post("/api/knowledge-bases", json={"name": "kb"}).status_code == 201
        served.client.post(f"{KB}/documents", files={"files": ("0.md", body("0.md", "c0x"))})
        served.idle()
        toml = f'[llm]\nurl = "{url}"\nmodel = "m"\n'
        assert served.client.put(f"{KB}/settings", json={"toml": toml}).status_code == 200
        with httpx.Client(base_url=served.url, timeout=PATIENCE, trust_env=False) as client:
            files = [("files", (f"more{n}.md", body(f"more{n}.md", f"m{n}x") * 20)) for n in range(60)]
            job = client.post(f"{KB}/documents", files=files).json()["job"]
            answers: list[httpx.Response] = []
            watched: list[str] = []
            threads = [
                threading.Thread(target=lambda: answers.append(_ask(served))),
                threading.Thread(target=lambda: watched.extend(_watch(served, job))),
            ]
            for thread in threads:
                thread.start()
            assert asked.wait(PATIENCE)
            until(lambda: watched)
            started = time.monotonic()
            assert served.end() == 0, served.said
            took = time.monotonic() - started
            for thread in threads:
                thread.join(PATIENCE)
        [answer] = answers
        assert answer.status_code == 200
        assert "c0x" in answer.json()["answer"]
        assert took < 15
        assert not (home / "tenants" / "default" / "kb" / "server.json").exists()
        assert "Traceback" not in served.said
        served = Served(home).up()
        assert {each["state"] for each in served.idle()} == {"done"}
        assert len(served.client.get(f"{KB}/documents").json()["documents"]) == 61
        assert served.client.get(f"{KB}/health").json()["problems"] == []
        assert served.end() == 0


def _ask(served: Served) -> httpx.Response:
    with httpx.Client(base_url=served.url, timeout=PATIENCE, trust_env=False) as client:
        return client.post(f"{KB}/ask", json={"question": "What is the code of 0.md?"})


def _watch(served: Served, job: str) -> Iterator[str]:
    with (
        httpx.Client(base_url=served.url, timeout=PATIENCE, trust_env=False) as client,
        client.stream("GET", f"/api/jobs/{job}/events") as events,
    ):
        yield from (line for line in events.iter_lines() if line.startswith("event"))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three knowledge bases of one document each."""
    home = tmp_path_factory.mktemp("prepared") / "home"
    served = Served(home).up()
    for name in ("kb", "other", "third"):
        assert served.client.post("/api/knowledge-bases", json={"name": name}).status_code == 201
        place = f"/api/knowledge-bases/{name}/documents"
        assert served.client.post(place, files={"files": ("a.md", body("a.md", "c1x"))}).status_code == 202
    served.idle()
    assert served.end() == 0
    return home


def test_a_second_server_is_turned_away(prepared: Path) -> None:
    served = Served(prepared).up()
    second = Served(prepared, port=free_port())
    assert second.wait() != 0
    assert f"is served by process {served.process.pid} already; stop that" in " ".join(second.said.split())
    assert "Traceback" not in second.said
    assert served.client.get(KB).status_code == 200
    served.kill()
    served = Served(prepared).up()  # the lock went with the process
    assert served.end() == 0


def test_another_model_and_damage_are_told_of_each_and_the_others_work(prepared: Path) -> None:
    place = prepared / "tenants" / "default"
    settings = place / "other" / "wenyuan.toml"
    before = settings.read_text() if settings.exists() else None
    settings.write_text('[encoder]\nmodel = "no-such-model"\n', "utf-8")
    hidden = {file: file.read_bytes() for file in (place / "third").glob("*.sqlite*")}
    assert hidden
    for file in hidden:
        file.write_bytes(b"\xff" * 4096)
    served = Served(prepared).up()
    try:
        listed = {each["name"]: each for each in served.client.get("/api/knowledge-bases").json()["knowledge_bases"]}
        assert (listed["kb"]["documents"], "error" in listed["kb"]) == (1, False)
        for name in ("other", "third"):
            assert "\n" not in listed[name]["error"]["message"]
            reply = served.client.post(f"/api/knowledge-bases/{name}/search", json={"question": "code"})
            error = reply.json()["error"]
            assert (reply.status_code, error["message"]) == (reply.status_code, listed[name]["error"]["message"])
            assert reply.status_code in (400, 503)
            assert error["code"] != "internal_error"
        assert served.client.get(f"{KB}/health").json()["problems"] == []
        assert served.client.post(f"{KB}/search", json={"question": "code"}).json()["hits"]
        assert "Traceback" not in served.said
        assert served.end() == 0
    finally:
        served.kill()
        for file, content in hidden.items():
            file.write_bytes(content)
        settings.unlink() if before is None else settings.write_text(before)


def test_a_database_that_is_damaged_is_told_in_one_sentence(tmp_path: Path) -> None:
    home = tmp_path / "home"
    served = Served(home).up()
    assert served.end() == 0
    for damage in (b"\xff" * 4096, None):
        if damage is None:  # a table of another make
            (home / "server.sqlite").unlink()
            with sqlite3.connect(home / "server.sqlite") as other:
                other.execute("CREATE TABLE jobs (n INTEGER)")
            other.close()
        else:
            (home / "server.sqlite").write_bytes(damage)
        served = Served(home)
        assert served.wait() != 0
        assert "Traceback" not in served.said, served.said
        assert "server database" in served.said
        assert len([line for line in served.said.split(". ") if line.strip()]) == 1
