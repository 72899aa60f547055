"""`wenyuan serve` and `wenyuan keys`: a server for programs, and who may call it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wenyuan.cli import holdings, printing
from wenyuan.cli.options import AsJson, place
from wenyuan.cli.progress import progress
from wenyuan.cli.reader import told
from wenyuan.cli.terminal import one_line
from wenyuan.errors import MissingExtra, WrongUse

if TYPE_CHECKING:
    from wenyuan.fetch import Network
    from wenyuan.server.keys import Keys, Pages
    from wenyuan.server.service import Service

Home = Annotated[
    Path,
    typer.Option("--home", help="The server's folder.", envvar="WENYUAN_HOME", parser=place, metavar="FOLDER"),
]
HOME = Path("wenyuan-home")
SAMPLE_HOME = Path("wenyuan-sample")


def serve(
    context: typer.Context,
    home: Home = HOME,
    kb: Annotated[
        list[Path],
        typer.Option("--kb", help="A knowledge base that lies elsewhere. Repeatable.", parser=place, metavar="FOLDER"),
    ] = [],
    host: Annotated[str, typer.Option(help="The address to listen on; any other than this machine's needs a key.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=1, max=65_535)] = 8642,
    allow_origin: Annotated[
        list[str], typer.Option("--allow-origin", help="A site whose pages may call: https://example.com. Repeatable.")
    ] = [],
    allow_host: Annotated[
        list[str], typer.Option("--allow-host", help="A name that it is called by. Repeatable.")
    ] = [],
    allow_network: Annotated[
        list[str],
        typer.Option(
            "--allow-network", help="Addresses that may be reached though they are not public: 10.1.0.0/16. Repeatable."
        ),
    ] = [],
    workers: Annotated[int, typer.Option(min=1, max=256, help="Questions at work at once.")] = 2,
    waiting: Annotated[int, typer.Option(min=1, max=10_000, help="Questions that may wait.")] = 64,
    deadline: Annotated[float, typer.Option(min=1, help="Seconds of a question at most.")] = 300.0,
    sample: Annotated[
        bool,
        typer.Option("--sample", help="Open a company's documents to try it on, in a folder of its own."),
    ] = False,
) -> None:
    """Serve knowledge bases over HTTP: to programs, and to this command line while the server holds them."""
    require_server()
    from wenyuan.server.run import serve as run
    from wenyuan.server.service import Limits, Options, Service
    from wenyuan.store.ledger import is_in

    places = kb or ([Path("kb")] if is_in(Path("kb")) and not sample else [])
    for each in places:
        if not is_in(each):
            raise WrongUse(f"There is no knowledge base in {each}; make one with `wenyuan add`.")
    served = {each.resolve().name: each for each in places}
    if len(served) < len(places):
        raise WrongUse("Two of the knowledge bases have one name; rename the folder of one.")
    if sample:
        home = _home_of_sample(context, home, served)
    limits = Limits(workers=workers, waiting=waiting, deadline=deadline)
    hosts, networks = tuple(name.lower() for name in allow_host), parse_networks(allow_network)
    options = Options(host, port, tuple(allow_origin), hosts, limits, networks)
    start = _start_with_sample if sample else Service.start
    run(home, served, options, _listening_on(host), start=start)


def _listening_on(host: str) -> Callable[[str], None]:
    """What says where a server is found."""

    def tell(url: str) -> None:
        everywhere = host in ("0.0.0.0", "::")  # noqa: S104 - it is asked, not bound
        also = f"Serving {url} and all other addresses of this machine; end it with Ctrl-C."
        printing.say_aside(also if everywhere else f"Serving {url}; end it with Ctrl-C.")

    return tell


def _home_of_sample(context: typer.Context, home: Path, served: Mapping[str, Path]) -> Path:
    """Where the sample company's documents are kept: never in a folder that a variable names for one's own.

    Raises:
        WrongUse: a knowledge base that is to be served beside it has its name.
    """
    from wenyuan.server.sample import NAME

    if NAME in served:
        raise WrongUse(f"--sample opens a knowledge base '{NAME}', and --kb names another; rename the folder of that.")
    source = context.get_parameter_source("home")
    return home if source is not None and source.name == "COMMANDLINE" else SAMPLE_HOME


def _start_with_sample(service: Service) -> None:
    """Start a service with the sample company's documents, read on its first start."""
    from wenyuan.cli.wire import error_of
    from wenyuan.server.sample import NAME, bring, followed

    job = bring(service)
    service.start()
    if job is None:
        return printing.say_aside(f"The knowledge base '{NAME}' is in {service.home.folder} since an earlier start.")
    printing.say_aside(f"Reading the documents of the sample company into {service.home.folder}; this is done once.")
    with progress() as on_progress:
        done = followed(service, job, on_progress)
    if done.report is None:
        raise error_of(done.error or {})
    return holdings.report(done.report, as_json=False)


keys = typer.Typer(help="Who may call the server: keys are shown once, and only hashes of them are kept.")


@keys.command(name="add")
def add(
    name: Annotated[str, typer.Argument(help="Who uses it.")],
    right: Annotated[list[str], typer.Option("--right", help="read, ingest or admin. Repeatable. Default: read.")] = [],
    tenant: Annotated[str, typer.Option(help="Whose knowledge bases it is for.")] = "default",
    group: Annotated[
        list[str], typer.Option("--group", help="A group whose documents it sees. Repeatable. Default: all documents.")
    ] = [],
    origin: Annotated[
        list[str],
        typer.Option(
            "--origin", help="A site whose pages alone may use it, to ask: https://shop.example.com. Repeatable."
        ),
    ] = [],
    only: Annotated[
        str | None, typer.Option(help="The one knowledge base that these pages may ask.", metavar="NAME")
    ] = None,
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """Make a key. Its secret is printed now, and never again."""
    keys, pages = _keys(home), _pages(origin, only)
    key, secret = keys.add(name, tenant, right or ["read"], group or None, pages)
    if as_json:
        from wenyuan.server.routes.keys import key_shape

        return printing.json_document(key_shape(key) | {"secret": secret})
    printing.out.print(secret)
    printing.say_aside("Keep it now: it is not shown again.")
    return None


@keys.command(name="list")
def list_(home: Home = HOME, as_json: AsJson = False) -> None:
    """The keys there are, without their secrets."""
    from wenyuan.server.routes.keys import key_shape

    shown = [key_shape(key) for key in _keys(home, made=True).all()]
    if as_json:
        return printing.json_document({"keys": shown})
    for each in shown:
        groups = told("all documents") if each["groups"] is None else ", ".join(each["groups"]) or told("no group")
        state = told(f"revoked {each['revoked']}") if each["revoked"] else told("in force")
        sites = [*(each["origins"] or ()), each["only"]] if each["only"] else []
        facts = (each["id"], each["name"], each["tenant"], " ".join(each["rights"]), groups, *sites, state)
        printing.out.print(one_line("  ".join(facts)))
    printing.say(f"{len(shown)} keys in all")
    return None


@keys.command(name="revoke")
def revoke(
    key: Annotated[str, typer.Argument(help="Its id, as `wenyuan keys list` has it.")], home: Home = HOME
) -> None:
    """Let a key be none from now on, in a server that runs, too."""
    if not _keys(home, made=True).revoke(key):
        raise WrongUse(f"There is no key {key!r} in force; `wenyuan keys list` names those that are.")
    printing.say(f"The key {key} is revoked.")


def parse_networks(names: Sequence[str]) -> tuple[Network, ...]:
    """--allow-network.

    Raises:
        WrongUse: one is none.
    """
    try:
        return tuple(ip_network(name) for name in names)
    except ValueError as error:
        raise WrongUse(f"--allow-network names no network ({error}); write for example 10.1.0.0/16.") from error


def _pages(origins: list[str], kb: str | None) -> Pages | None:
    from wenyuan.server.keys import pages_of

    return pages_of(origins or None, kb)


def _keys(home: Path, *, made: bool = False) -> Keys:
    """The keys of a server's folder, which is made where there is none, unless it is to be there."""
    require_server()
    from wenyuan.server.database import Database
    from wenyuan.server.home import DATABASE
    from wenyuan.server.home import Home as Place
    from wenyuan.server.keys import Keys

    if made and not (home / DATABASE).is_file():
        raise WrongUse(f"There is no server's folder in {home}; name it with --home.")
    return Keys(Database(Place(home, {}).database))


def require_server() -> None:
    """See that what a server needs is installed."""
    try:
        import fastapi  # noqa: F401 - whether it is there
        import prometheus_client  # noqa: F401
        import python_multipart  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise MissingExtra("A server needs the extra: `pip install 'wenyuan[server]'`.") from error
