"""`wenyuan sources`: what knowledge bases of a server's home are kept in step with.

Where a server runs it does what is asked for; else this process works on the home itself.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, Self
from urllib.parse import quote

import typer

from wenyuan.cli import holdings, printing
from wenyuan.cli.filters import parse_metadata
from wenyuan.cli.holder import server_of
from wenyuan.cli.options import AsJson
from wenyuan.cli.progress import progress
from wenyuan.cli.reader import told
from wenyuan.cli.serving import HOME, Home, parse_networks, require_server
from wenyuan.cli.terminal import one_line
from wenyuan.cli.wire import Wire, error_of
from wenyuan.desk import Shape
from wenyuan.errors import Busy, EndpointError, WrongUse

if TYPE_CHECKING:
    from wenyuan.engine.progress import OnProgress
    from wenyuan.server.aside import Aside

_LOOK = 0.3  # seconds between two looks at a job
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}

sources = typer.Typer(help="What a knowledge base is kept in step with: folders, web pages, sites, trees of files.")

Kb = Annotated[
    str, typer.Option("--kb", help="The knowledge base: its name in the home, or its folder.", envvar="WENYUAN_KB")
]
Tenant = Annotated[str, typer.Option(help="Whose knowledge base it is.")]
Allowed = Annotated[
    list[str],
    typer.Option(
        "--allow-network", help="Addresses that may be reached though they are not public: 10.1.0.0/16. Repeatable."
    ),
]
Name = Annotated[str, typer.Argument(help="The source, as `wenyuan sources list` names it.")]


class Keeper(AbstractContextManager["Keeper"], Protocol):
    """Who keeps the sources of a knowledge base: a server that runs, or this process."""

    def all(self) -> Shape:
        """`{"sources": [...]}`."""
        ...

    def add(self, body: Mapping[str, Any]) -> Shape:
        """A new source, as it then stands."""
        ...

    def run(self, name: str, tell: OnProgress) -> Shape:
        """The report of a look at one."""
        ...

    def remove(self, name: str, tell: OnProgress, *, keep: bool) -> Shape:
        """The report of its removal."""
        ...


@sources.command(name="add")
def add(
    location: Annotated[
        str, typer.Argument(help="A folder, https://example.com/docs/, …/page.html, …/sitemap.xml, s3://bucket/folder.")
    ],
    name: Annotated[str | None, typer.Option(help="What it is called, and the folder of its documents.")] = None,
    kind: Annotated[str | None, typer.Option(help="folder, web (one page), site, sitemap or fsspec.")] = None,
    every: Annotated[str, typer.Option(help="How often it is looked at: 90s, 30m, 6h, 1d.")] = "1d",
    meta: Annotated[
        list[str], typer.Option("--meta", help="A field for every document: product=X100. Repeatable.")
    ] = [],
    group: Annotated[
        list[str], typer.Option("--group", help="A group that may see its documents. Repeatable. Default: everyone.")
    ] = [],
    exclude: Annotated[
        list[str], typer.Option("--exclude", help="Leave out what fits, as in .gitignore: 'drafts/', '*.bak.md'.")
    ] = [],
    host: Annotated[
        list[str], typer.Option("--host", help="Of a site map: whose pages belong to it beside its own. Repeatable.")
    ] = [],
    credentials: Annotated[
        Path | None, typer.Option(help='A JSON file of what a tree of files needs: {"key": "…", "secret": "…"}.')
    ] = None,
    home: Home = HOME,
    kb: Kb = "kb",
    tenant: Tenant = "default",
    allow_network: Allowed = [],
    as_json: AsJson = False,
) -> None:
    """Keep in step with a source from now on: what appears there, changes or goes does so here."""
    whole = location if "://" in location else str(Path(location).resolve())
    metadata: dict[str, Any] = {**parse_metadata(meta), **({"access": group} if group else {})}
    body = {
        "name": name or _name_of(whole),
        "location": whole,
        "kind": kind,
        "metadata": metadata,
        "exclude": exclude,
        "hosts": host,
        "every": _seconds(every),
        "credentials": {} if credentials is None else _read(credentials),
    }
    with _keeper(home, kb, tenant, allow_network) as keeper:
        shape = keeper.add(body)
    if as_json:
        return printing.json_document(shape)
    printing.say(f"The source {shape['name']} ({shape['kind']}) is kept in step with.")
    if "job" not in shape:
        printing.say_aside(f"No server runs: read it with `wenyuan sources run {shape['name']}`, or start the server.")
    return None


@sources.command(name="list")
def list_(home: Home = HOME, kb: Kb = "kb", tenant: Tenant = "default", as_json: AsJson = False) -> None:
    """The sources there are: name, kind, documents, failures, location, and what was wrong at the last look."""
    with _keeper(home, kb, tenant, []) as keeper:
        shape = keeper.all()
    if as_json:
        return printing.json_document(shape)
    for each in shape["sources"]:
        counts = told(f"{each['documents']} documents"), told(f"{each['failures']} failed")
        wrong = [told(each["error"])] if each["error"] else []
        printing.out.print(one_line("  ".join((each["name"], each["kind"], *counts, each["location"], *wrong))))
    printing.say(f"{len(shape['sources'])} sources")
    return None


@sources.command(name="run")
def run(
    name: Name,
    home: Home = HOME,
    kb: Kb = "kb",
    tenant: Tenant = "default",
    allow_network: Allowed = [],
    as_json: AsJson = False,
) -> None:
    """Look at a source now: what is new, changed or gone there, and what failed before."""
    with _keeper(home, kb, tenant, allow_network) as keeper, progress() as tell:
        report = keeper.run(name, tell)
    holdings.report(report, as_json)
    if report["failed"]:
        raise typer.Exit(1)


@sources.command(name="remove")
def remove(
    name: Name,
    keep: Annotated[bool, typer.Option("--keep", help="Leave its documents in the knowledge base.")] = False,
    home: Home = HOME,
    kb: Kb = "kb",
    tenant: Tenant = "default",
    as_json: AsJson = False,
) -> None:
    """Remove a source and, unless they are kept, its documents."""
    with _keeper(home, kb, tenant, []) as keeper, progress() as tell:
        report = keeper.remove(name, tell, keep=keep)
    holdings.report(report, as_json)


class _Here:
    """This process."""

    def __init__(self, aside: Aside) -> None:
        self._aside = aside

    def all(self) -> Shape:
        return self._aside.all()

    def add(self, body: Mapping[str, Any]) -> Shape:
        from pydantic import ValidationError

        from wenyuan.server.bodies import SourceBody

        try:
            return self._aside.add(SourceBody.model_validate(body))
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            raise WrongUse(f"The source's '{first['loc'][0]}' does not fit ({first['msg']}).") from None

    def run(self, name: str, tell: OnProgress) -> Shape:
        return self._aside.run(name, tell)

    def remove(self, name: str, tell: OnProgress, *, keep: bool) -> Shape:
        return self._aside.remove(name, tell, keep=keep)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._aside.__exit__()


class _There:
    """A server that runs, by what it left in the knowledge base's folder."""

    def __init__(self, said: Mapping[str, str], gone: Busy) -> None:
        self._wire = Wire(said["url"], said["token"], refused=gone, direct=True)
        self._path = f"/api/knowledge-bases/{quote(said['kb'], safe='')}/sources"

    def all(self) -> Shape:
        return self._wire.get(self._path)

    def add(self, body: Mapping[str, Any]) -> Shape:
        return self._wire.post(self._path, body)

    def run(self, name: str, tell: OnProgress) -> Shape:
        return self._done(self._wire.post(f"{self._path}/{quote(name, safe='')}/run", {}), tell)

    def remove(self, name: str, tell: OnProgress, *, keep: bool) -> Shape:
        params = {"keep": str(keep).lower()}
        return self._done(self._wire.delete(f"{self._path}/{quote(name, safe='')}", params), tell)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._wire.close()

    def _done(self, queued: Shape, tell: OnProgress) -> Shape:
        """The report of a job, once it is done."""
        from wenyuan.engine.progress import Progress

        while (job := self._wire.get(f"/api/jobs/{queued['job']}"))["state"] != "done":
            if job["state"] == "failed":
                raise error_of(job["error"])
            if job["state"] == "cancelled":
                raise EndpointError("The work was cancelled at the server; begin it again.", "closed")
            if job["progress"]:
                tell(Progress(**job["progress"]))
            time.sleep(_LOOK)
        report: Shape = job["report"]
        return report


def _keeper(home: Path, kb: str, tenant: str, networks: list[str]) -> Keeper:
    require_server()
    from wenyuan.store.ledger import is_in

    allowed, place = parse_networks(networks), Path(kb)
    served = {place.resolve().name: place} if is_in(place) else {}
    name = next(iter(served), kb)
    folder = place if served else home / "tenants" / tenant / kb
    if (found := server_of(folder)) is not None:
        if networks:
            raise WrongUse("A server runs, which was told what it may reach; restart it with --allow-network.")
        return _There(*found)
    from wenyuan.server.aside import Aside
    from wenyuan.server.home import Home as Place

    return _Here(Aside(Place(home, served), tenant, name, allowed))


def _name_of(location: str) -> str:
    """A name for a source that was given none: its host, or its folder."""
    host = location.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0]
    return re.sub(r"[^\w-]+", "-", host or Path(location).name).strip("-_")[:64] or "source"


def _seconds(every: str) -> float:
    found = re.fullmatch(r"(\d{1,9})\s*([smhd])", every.strip())
    if found is None:
        raise WrongUse(f"--every '{every}' is no time; write for example 30m, 6h or 1d.")
    return float(found[1]) * _UNITS[found[2]]


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise WrongUse(f"{file} cannot be read ({error.strerror}); check the path.") from error
    except ValueError as error:
        raise WrongUse(f"{file} is not valid JSON; mend it.") from error
    if not isinstance(found, dict):
        raise WrongUse(f"{file} holds no JSON object; mend it.")
    return found
