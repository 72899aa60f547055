"""Places on disk: the files that one stands for, and the ids that documents have by theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wenyuan.errors import WrongUse
from wenyuan.load import discover
from wenyuan.load.fields import read_fields
from wenyuan.types import Value


@dataclass(frozen=True, slots=True)
class File:
    """A file to bring in, with the metadata given for its root."""

    path: Path
    metadata: Mapping[str, Value]


def document_id(path: Path, base: Path) -> str:
    """A POSIX path, relative to the folder that holds the knowledge base where the file lies inside it."""
    whole = path.resolve()
    return (whole.relative_to(base) if whole.is_relative_to(base) else whole).as_posix()


def is_text(name: str) -> bool:
    """Whether a name can be written down: on Linux a file may be named by bytes that are no UTF-8."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def files_under(root: Path, metadata: Mapping[str, Value], kb: Path) -> list[File]:
    """Every file of a root that can be read, once however many links lead to it, but for the knowledge base's own.

    Raises:
        WrongUse: there is nothing at that path, or a field of the metadata is not valid.
    """
    if not root.exists():
        raise WrongUse(f"There is no file or folder {root}; check the path.")
    if not is_text(str(root)):
        raise WrongUse(f"The name of {str(root)!a} is no UTF-8, so it cannot be kept; rename it.")
    if problems := read_fields(metadata)[1]:
        raise WrongUse(f"{problems[0]} (in the metadata given for {root}).")
    own = kb.resolve()
    paths = dict.fromkeys(path.resolve() for path in discover(root))
    return [File(path, metadata) for path in paths if not path.is_relative_to(own)]
