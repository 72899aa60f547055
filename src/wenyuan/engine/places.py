"""Places on disk: the files that one stands for, and the ids that documents have by theirs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath

from wenyuan.errors import WrongUse
from wenyuan.load import discover
from wenyuan.load.fields import read_fields
from wenyuan.text.normalise import is_text
from wenyuan.types import Root, Value

FILES = "files"
"""The folder within a knowledge base of the files that are its own: what was given to it, and lies nowhere else."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to bring in as the document `id`, with the metadata given for its root."""

    id: str
    path: Path
    metadata: Mapping[str, Value]


def resolved(path: Path) -> Path:
    """Where a path leads, links followed; one that leads in a circle stays as it is."""
    return Path(os.path.realpath(path))


def document_id(path: Path, base: Path) -> str:
    """A POSIX path, relative to the folder that holds the knowledge base where the file lies inside it."""
    whole = resolved(path)
    return (whole.relative_to(base) if whole.is_relative_to(base) else whole).as_posix()


def require_place(path: Path) -> Path:
    """Where a path that is to be added leads.

    Raises:
        WrongUse: there is nothing, or its name cannot be kept.
    """
    root = resolved(path)
    if not root.exists():
        raise WrongUse(f"There is no file or folder {root}; check the path.")
    if not is_text(str(root)):
        raise WrongUse(f"The name of {str(root)!a} is no UTF-8, so it cannot be kept; rename it.")
    return root


def documents_here(most: int) -> int:
    """How many files of the working folder can be read; those beyond `most` are not looked for."""
    return sum(1 for _ in islice(discover(Path()), most + 1))


def files_of(roots: Mapping[Path, Root], kb: Path, passed_over: dict[str, int]) -> list[File]:
    """The files of several roots, as `files_under` has them, each once: as the last of its roots says."""
    found = [file for place, root in roots.items() for file in files_under(place, root, kb, passed_over)]
    return list({file.path: file for file in found}.values())


def files_under(place: Path, root: Root, kb: Path, passed_over: dict[str, int]) -> list[File]:
    """Every file of a root that can be read, once however many links lead to it, but for the knowledge base's own.

    `passed_over` counts the others by their extensions.

    Raises:
        WrongUse: a field of the metadata is not valid, or a pattern of what is left out.
    """
    if problems := read_fields(root.metadata)[1]:
        raise WrongUse(f"{problems[0]} (in the metadata given for {place}).")
    own, others = resolved(kb), list[Path]()
    found = dict.fromkeys(map(resolved, discover(place, root.exclude, others.append)))
    for suffix in (path.suffix.lower() for path in others if not resolved(path).is_relative_to(own)):
        passed_over[suffix] = passed_over.get(suffix, 0) + 1
    return [File(document_id(path, own.parent), path, root.metadata) for path in found if not path.is_relative_to(own)]


def own_files(kb: Path) -> list[File]:
    """The knowledge base's own files; each is the document of its path below their folder."""
    folder = resolved(kb) / FILES
    if not folder.is_dir():
        return []
    # What a link leads to is none of its own, be it that of a folder on the way.
    return [File(path.relative_to(folder).as_posix(), path, {}) for path in discover(folder) if resolved(path) == path]


def own_file(kb: Path, document: str) -> File | None:
    """The knowledge base's own file of a document; None where there is none, as of a document that lies elsewhere."""
    name, folder = PurePosixPath(document), resolved(kb) / FILES
    if name.is_absolute() or ".." in name.parts:
        return None
    path = folder / name
    return File(document, path, {}) if path.is_file() and resolved(path) == path else None
