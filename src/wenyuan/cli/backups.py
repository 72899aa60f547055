"""`wenyuan backup`, `restore` and `snapshots`: copies of knowledge bases and of a server, and the way back to them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from wenyuan import shapes
from wenyuan.cli import printing
from wenyuan.cli.options import KB, AsJson, place
from wenyuan.cli.terminal import one_line

WholeHome = Annotated[
    Path | None,
    typer.Option("--home", help="A server's folder, with all that it holds.", parser=place, metavar="FOLDER"),
]


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write, which ends in .tar.gz.", parser=place)],
    kb: KB = Path("kb"),
    home: WholeHome = None,
    as_json: AsJson = False,
) -> None:
    """Write a knowledge base into one file, as it is now; others may use it meanwhile.

    With --home: a whole server, keys and all tenants' knowledge bases.
    """
    if home is not None:
        from wenyuan.cli.serving import require_server

        require_server()
        from wenyuan.server.backup import backup_home

        backup_home(home, file)
    else:
        from wenyuan.engine.backup import backup as write

        write(kb, file)
    size = file.stat().st_size
    if as_json:
        return printing.json_document({"file": str(file), "bytes": size})
    printing.say(f"{file}: {size / 1e6:.1f} MB")
    return None


def restore(
    file: Annotated[Path, typer.Argument(help="What `wenyuan backup` wrote.", parser=place)],
    kb: KB = Path("kb"),
    home: WholeHome = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the knowledge base that is there; a snapshot of it is kept.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a knowledge base of a backup: all of it, or nothing where anything is wrong with the file."""
    if home is not None:
        from wenyuan.cli.serving import require_server

        require_server()
        from wenyuan.server.backup import restore_home

        names = restore_home(file, home)
        if as_json:
            return printing.json_document({"knowledge_bases": names})
        printing.say(f"{len(names)} knowledge bases restored")
        return None
    from wenyuan.engine.backup import restore as make

    about = make(file, kb, force=force)
    made = shapes.moment(about.made)
    if as_json:
        return printing.json_document({"documents": about.documents, "passages": about.passages, "made": made})
    printing.say(f"{about.documents} documents, {about.passages} passages, as of {made}")
    return None


snapshots = typer.Typer(help="Copies within a knowledge base, by name, for the way back should a change prove wrong.")


@snapshots.command(name="take")
def take(name: Annotated[str, typer.Argument(help="What to call it.")], kb: KB = Path("kb")) -> None:
    """Keep the knowledge base as it is now; others may use it meanwhile."""
    from wenyuan.engine.snapshots import take as keep

    about = keep(kb, name).about
    printing.say(f"{about.documents} documents, {about.passages} passages kept as {name}")


@snapshots.command(name="list")
def list_(kb: KB = Path("kb"), as_json: AsJson = False) -> None:
    """The snapshots there are, the oldest first."""
    from wenyuan.engine.snapshots import listed

    found: list[dict[str, Any]] = [
        {"name": each.name, "made": shapes.moment(each.about.made), "documents": each.about.documents,
         "passages": each.about.passages, "version": each.about.version, "model": each.about.model}
        for each in listed(kb)
    ]  # fmt: skip
    if as_json:
        return printing.json_document({"snapshots": found})
    for each in found:
        printing.out.print(one_line(f"{each['name']}  {each['made']}  {each['documents']}  {each['passages']}"))
    printing.say(f"{len(found)} snapshots")
    return None


@snapshots.command(name="restore")
def roll_back(
    name: Annotated[str, typer.Argument(help="One that `wenyuan snapshots list` names.")], kb: KB = Path("kb")
) -> None:
    """Have the knowledge base be what it was: documents, files and settings. What it is now becomes a snapshot, too."""
    from wenyuan.engine.snapshots import roll_back as back

    before = back(kb, name)
    printing.say(f"The knowledge base is that of {name}; what it was before is kept as {before.name}.")


@snapshots.command(name="delete")
def delete(
    name: Annotated[str, typer.Argument(help="One that `wenyuan snapshots list` names.")], kb: KB = Path("kb")
) -> None:
    """Let a snapshot go."""
    from wenyuan.engine.snapshots import delete as let_go

    let_go(kb, name)
    printing.say(f"The snapshot {name} is gone.")
