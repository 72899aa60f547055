"""`wenyuan add`, `sync`, `delete`, `list` and `show`: what is in a knowledge base."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wenyuan.cli import holdings, printing
from wenyuan.cli.filters import parse_filter, parse_metadata, parse_stretch
from wenyuan.cli.options import KB, AsJson, Tree, Where, place
from wenyuan.cli.progress import progress
from wenyuan.errors import WenyuanError

if TYPE_CHECKING:
    from wenyuan.engine import KnowledgeBase


def add(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH", help="Files, and folders with all files in them.", parser=place)
    ],
    kb: KB = Path("kb"),
    meta: Annotated[
        list[str], typer.Option("--meta", help="A field for every document: product=X100. Repeatable.")
    ] = [],
    exclude: Annotated[
        list[str], typer.Option("--exclude", help="Leave out what fits, as in .gitignore: 'drafts/', '*.bak.md'.")
    ] = [],
    as_json: AsJson = False,
) -> None:
    """Bring documents in. What has not changed since is skipped; what cannot be read is named and the rest goes on."""
    from wenyuan.engine import KnowledgeBase
    from wenyuan.store.ledger import is_in

    metadata, new = parse_metadata(meta), not is_in(kb)
    with KnowledgeBase.open(kb) as base, progress() as on_progress, _stopped(base, kb):
        try:
            report = base.add(*paths, metadata=metadata, exclude=exclude, on_progress=on_progress)
        except WenyuanError:
            if new:
                base.discard()
            raise
        if new and report.failed and not base.version:
            base.discard()
    holdings.report(report, as_json)
    if report.failed:
        raise typer.Exit(1)


def sync(
    kb: KB = Path("kb"),
    rebuild: Annotated[
        bool, typer.Option(help="Read and encode everything again, as after a change of model.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look at everything that was ever added again: new, changed, moved and deleted files."""
    from wenyuan.engine.standing import nothing_new
    from wenyuan.settings import read_settings

    report = None if rebuild else nothing_new(kb, read_settings(kb))
    if report is None:
        from wenyuan.engine import KnowledgeBase

        with (
            KnowledgeBase.open(kb, create=False, repair="all" if rebuild else None) as base,
            progress() as on_progress,
            _stopped(base, kb),
        ):
            report = base.sync(on_progress=on_progress)
    holdings.report(report, as_json)
    if report.failed:
        raise typer.Exit(1)


def delete(
    documents: Annotated[
        list[str],
        typer.Argument(metavar="DOCUMENT", help="Documents and folders, by id (docs/faq.md) or path."),
    ],
    kb: KB = Path("kb"),
    as_json: AsJson = False,
) -> None:
    """Remove documents or folders of documents. Nothing of them is found from then on."""
    from wenyuan.engine import KnowledgeBase

    with KnowledgeBase.open(kb, create=False) as base:
        report = base.delete(*documents)
    holdings.report(report, as_json)


def list_(
    folder: Annotated[str | None, typer.Argument(help="Only what lies in this folder, by id or path.")] = None,
    where: Where = [],
    tree: Tree = None,
    kb: KB = Path("kb"),
    as_json: AsJson = False,
) -> None:
    """Which documents are in the knowledge base: id, type, date, number of passages, title."""
    from wenyuan.engine import KnowledgeBase

    narrowed = parse_filter(where, tree)
    with KnowledgeBase.open(kb, create=False) as base:
        found = base.documents(folder, filter=narrowed)
    holdings.documents(found, as_json)


def show(
    document: Annotated[str, typer.Argument(help="A document, by id (docs/faq.md) or path.")],
    at: Annotated[
        str | None, typer.Option("--at", help="Only these characters of its text, as a citation names them: 129-184.")
    ] = None,
    kb: KB = Path("kb"),
    as_json: AsJson = False,
) -> None:
    """What a document has become: its title, time, fields and warnings, then its text as it is searched and quoted."""
    from wenyuan.engine import KnowledgeBase

    stretch = parse_stretch(at)
    with KnowledgeBase.open(kb, create=False) as base:
        shown = base.document(document)
    holdings.document(shown, stretch, as_json)


@contextmanager
def _stopped(base: KnowledgeBase, kb: Path) -> Iterator[None]:
    """Where a person stops the work: say what is kept."""
    try:
        yield
    except KeyboardInterrupt:
        kept = len(base.documents())
        printing.say_aside(f"Stopped: the knowledge base {kb} keeps {kept} documents; `wenyuan sync` reads the rest.")
        raise typer.Exit(130) from None
