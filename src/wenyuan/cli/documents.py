"""`wenyuan add`, `sync`, `delete`, `list` and `show`: what is in a knowledge base."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wenyuan.cli import holdings
from wenyuan.cli.filters import parse_filter, parse_metadata, parse_stretch
from wenyuan.cli.holder import desk
from wenyuan.cli.options import KB, AsJson, Server, Tree, Where, place
from wenyuan.desk import Shape


def add(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH", help="Files, and folders with all files in them.", parser=place)
    ],
    kb: KB = Path("kb"),
    server: Server = None,
    meta: Annotated[
        list[str], typer.Option("--meta", help="A field for every document: product=X100. Repeatable.")
    ] = [],
    exclude: Annotated[
        list[str], typer.Option("--exclude", help="Leave out what fits, as in .gitignore: 'drafts/', '*.bak.md'.")
    ] = [],
    as_json: AsJson = False,
) -> None:
    """Bring documents in. What has not changed since is skipped; what cannot be read is named and the rest goes on."""
    metadata = parse_metadata(meta)
    with desk(kb, server) as holder:
        report = holder.add(paths, metadata=metadata, exclude=exclude)
    _print(report, as_json)


def sync(
    kb: KB = Path("kb"),
    server: Server = None,
    rebuild: Annotated[
        bool, typer.Option(help="Read and encode everything again, as after a change of model.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look at everything that was ever added again: new, changed, moved and deleted files."""
    with desk(kb, server) as holder:
        report = holder.sync(rebuild=rebuild)
    _print(report, as_json)


def delete(
    documents: Annotated[
        list[str],
        typer.Argument(metavar="DOCUMENT", help="Documents and folders, by id (docs/faq.md) or path."),
    ],
    kb: KB = Path("kb"),
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Remove documents or folders of documents. Nothing of them is found from then on."""
    with desk(kb, server) as holder:
        report = holder.delete(documents)
    holdings.report(report, as_json)


def list_(
    folder: Annotated[str | None, typer.Argument(help="Only what lies in this folder, by id or path.")] = None,
    where: Where = [],
    tree: Tree = None,
    kb: KB = Path("kb"),
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Which documents are in the knowledge base: id, type, date, number of passages, title."""
    narrowed = parse_filter(where, tree)
    with desk(kb, server) as holder:
        found = holder.documents(folder, filter=narrowed)
    holdings.documents(found, as_json)


def show(
    document: Annotated[str, typer.Argument(help="A document, by id (docs/faq.md) or path.")],
    at: Annotated[
        str | None, typer.Option("--at", help="Only these characters of its text, as a citation names them: 129-184.")
    ] = None,
    kb: KB = Path("kb"),
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """What a document has become: its title, time, fields and warnings, then its text as it is searched and quoted."""
    stretch = parse_stretch(at)
    with desk(kb, server) as holder:
        shown = holder.document(document)
    holdings.document(shown, stretch, as_json)


def _print(report: Shape, as_json: bool) -> None:
    holdings.report(report, as_json)
    if report["failed"]:
        raise typer.Exit(1)
