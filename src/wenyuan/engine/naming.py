"""What people call documents: by id, by path, or nearly so."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from wenyuan.engine.places import document_id


def ids_meant(name: str | Path, base: Path) -> tuple[str, ...]:
    """The ids that a name of a document or folder may mean: it is one itself, or it is a path on disk."""
    if not str(name).strip("/ "):
        return ()
    by_id = str(name).rstrip("/")
    if "\0" in by_id:  # no path on disk
        return (by_id,)
    by_path = document_id(Path(name), base)
    return by_path if by_id == "." else by_id, by_path


def near(name: str, known: Sequence[str]) -> tuple[str, ...]:
    """Up to three documents that may be meant: of the same name in another folder, else of a similar id."""
    last = name.rsplit("/", 1)[-1].lower()
    same = [each for each in known if each.rsplit("/", 1)[-1].lower() == last]
    return tuple(same[:3] or difflib.get_close_matches(name, known, 3))


def unknown(name: str, known: Sequence[str]) -> str:
    """The sentence about a document that is not there."""
    meant = near(name, known)
    hint = f"did you mean {' or '.join(meant)}?" if meant else "`wenyuan list` names those that are."
    return f"There is no document {name!r} in the knowledge base; {hint}"
