"""Who holds a knowledge base, this process or a server; either answers with the shapes of `wenyuan.shapes`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from wenyuan.desk import Asks, Shape
from wenyuan.errors import Busy

if TYPE_CHECKING:
    from wenyuan.types import Value

SERVER_FILE = "server.json"
"""In a knowledge base while a server holds it: where that is, and the token of the folder's owner."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How questions are answered: what a command says of it beside the settings."""

    constraints: bool = True  # whether dates and documents that a question names are filters
    llm: bool = True  # whether the settings' language model writes
    trace: bool = False  # whether an answer's shape has "trace", too: what each stage saw and did


class Desk(Asks, AbstractContextManager["Desk"], Protocol):
    """Where a knowledge base is asked and written. What is printed must not depend on who stands behind it."""

    def offer(self, file: Path | None, run: str | None) -> None:
        """Have the language model call the functions of a file, in a run that was begun before if one is named.

        Raises:
            WrongUse: the file holds none, there is no such run, or functions cannot be called from here.
        """
        ...

    def add(self, paths: Sequence[Path], *, metadata: Mapping[str, Value], exclude: Sequence[str]) -> Shape:
        """`shapes.report_shape`, of files and folders that are brought in, with a bar while they are."""
        ...

    def sync(self, *, rebuild: bool) -> Shape:
        """`shapes.report_shape`, of another look at everything, with a bar while it lasts."""
        ...

    def delete(self, documents: Sequence[str]) -> Shape:
        """`shapes.report_shape`."""
        ...


def desk(kb: Path, server: str | None, manner: Manner = Manner()) -> Desk:
    """Who answers for the knowledge base `kb`: the server at a URL, the one that holds the folder, or this process.

    Nothing is opened yet. A folder is looked at without loading what opens it, for a server may hold it.
    """
    return elsewhere(kb, server, manner) or _here(kb, manner)


def elsewhere(kb: Path, server: str | None, manner: Manner = Manner()) -> Desk | None:
    """The server that answers for the knowledge base `kb`; None where this process does."""
    if server:
        from wenyuan.cli.remote import There

        return There.at(server, kb.resolve().name, manner)
    return _held(kb, manner)


def _here(kb: Path, manner: Manner) -> Desk:
    from wenyuan.cli.here import Here

    return Here(kb, manner)


def _held(kb: Path, manner: Manner) -> Desk | None:
    if (found := server_of(kb)) is None:
        return None
    from wenyuan.cli.remote import There

    return There.holding(kb, *found, manner)


def server_of(kb: Path) -> tuple[Mapping[str, str], Busy] | None:
    """The server that serves a folder, if one says that it does and lives, whether it has opened it yet or not: what it
    left there, and what is wrong if it is gone nevertheless.
    """
    said = _server_of(kb)
    busy = None if said is None else _busy(kb) or _living(kb, said)
    # A server that was killed leaves its file, but neither lock nor process.
    return None if said is None or busy is None else (said, busy)


def _server_of(kb: Path) -> Mapping[str, str] | None:
    """What a server left in the folder; None where there is nothing that can be read or understood."""
    try:
        said = json.loads((kb / SERVER_FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    match said:
        case {"url": str(url), "kb": str(name), "token": str(token)}:
            return {"url": url, "kb": name, "token": token, "process": str(said.get("process", ""))}
    return None


def _living(kb: Path, said: Mapping[str, str]) -> Busy | None:
    """That the server's process lives; None where it does not."""
    process = said["process"]
    if not process.isdecimal() or not Path("/proc", process).exists():
        return None
    return Busy(f"The knowledge base {kb} is in use by process {process}; wait for its end, or ask through it.")


def _busy(kb: Path) -> Busy | None:
    """That another process holds the folder; None where none does, or this user may not ask."""
    from wenyuan.store.lock import Lock

    try:
        Lock(kb / "lock").release()
    except Busy as busy:
        return busy
    except OSError:
        return None
    return None
