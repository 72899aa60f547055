"""A real server on a free port: a home in a folder, tenants with keys, and clients that call it over the wire."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
from sse_starlette.sse import AppStatus

from wenyuan.server.home import Home
from wenyuan.server.run import Server
from wenyuan.server.service import Limits, Options, Service
from wenyuan.server.shelf import Models

PATIENCE = 60.0
MODELS = Models()  # of all servers of a process of tests: they load once


class Running:
    """The server, and who calls it."""

    def __init__(self, service: Service, url: str) -> None:
        self.service, self.url = service, url
        self._clients: list[httpx.Client] = []

    def key(self, *rights: str, tenant: str = "default", groups: list[str] | None = None) -> str:
        """A new key."""
        return self.service.keys.add("test", tenant, rights or ("admin",), groups)[1]

    def client(self, key: str | None = None, **headers: str) -> httpx.Client:
        """Calls with this key."""
        known = {"Authorization": f"Bearer {key}"} if key else {}
        made = httpx.Client(base_url=self.url, headers=known | headers, timeout=PATIENCE, trust_env=False, verify=False)
        self._clients.append(made)
        return made

    def close(self) -> None:
        """Close what its clients hold open."""
        for client in self._clients:
            client.close()

    def make(self, name: str, documents: Mapping[str, str], tenant: str = "default", **fields: object) -> None:
        """A knowledge base of these files, which have these fields."""
        self.service.shelf.make(tenant, name)
        folder = self.service.home.place(tenant, name)
        self.put(folder, documents, fields)
        with self.service.shelf.lent(tenant, name) as base:
            base.take(*documents)

    def set(self, name: str, toml: str, tenant: str = "default") -> None:
        """Give a knowledge base these settings."""
        folder = self.service.home.place(tenant, name)
        with self.service.shelf.closed(tenant, name):
            (folder / "wenyuan.toml").write_text(toml, "utf-8")

    def put(self, folder: Path, documents: Mapping[str, str], fields: Mapping[str, object]) -> None:
        """Write a knowledge base's own files."""
        for document, text in documents.items():
            file = folder / "files" / document
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
            if fields:
                file.with_name(f"{file.name}.meta.json").write_text(json.dumps(dict(fields)), "utf-8")


@contextmanager
def running(
    folder: Path,
    options: Options | None = None,
    models: Models = MODELS,
    *,
    served: Mapping[str, Path] = MappingProxyType({}),
    keyed: bool = False,
    routes: Mapping[str, Callable[..., Any]] = MappingProxyType({}),
    **given: Any,
) -> Iterator[Running]:
    """A server over the home in `folder`, and over the knowledge bases `served`; `given` is what `Limits` are to be.

    `keyed`: there is a key, unused; `routes` are paths beside those that it has, for GET and POST.
    """
    AppStatus.should_exit = False  # what a server of before was told, sse-starlette keeps for the whole process
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # replies are sent without delay
    listening.bind(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    wanted = options or Options(limits=Limits(**{"patience": PATIENCE} | given))
    service = Service(Home(folder, served), replace(wanted, port=port), models=models)
    if keyed:
        service.keys.add("unused", "default", ["read"])
    service.start()
    server = Server(service, last=5)
    for path, endpoint in routes.items():
        server.config.app.add_api_route(path, endpoint, methods=["GET", "POST"], response_model=None)  # type: ignore[union-attr]
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        until(lambda: server.started)
        made = Running(service, f"http://127.0.0.1:{port}")
        yield made
        made.close()
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        service.close()
        listening.close()


def until(true: Any) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "waited for too long"
        time.sleep(0.01)


def finished(client: httpx.Client, response: httpx.Response) -> dict[str, Any]:
    """The job that a response names, once it is over."""
    assert response.status_code == 202, response.text
    job: dict[str, Any] = {}

    def over() -> bool:
        nonlocal job
        job = client.get(f"/api/jobs/{response.json()['job']}").json()
        return job["state"] in ("done", "failed", "cancelled")

    until(over)
    return job
