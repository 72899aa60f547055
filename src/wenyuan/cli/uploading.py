"""What `wenyuan add` sends to a server: the files it finds, by names that hold their folders, a batch at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from wenyuan.errors import SourceError, WrongUse

if TYPE_CHECKING:
    from wenyuan.desk import Shape
    from wenyuan.engine.report import Report
    from wenyuan.types import Value

_FILES, _BYTES = 64, 64 * 2**20  # of a batch, unless one file is larger


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to send, by which name, with which fields, as JSON."""

    path: Path
    name: str
    fields: str
    size: int


def find_uploads(
    paths: Sequence[Path], metadata: Mapping[str, Value], exclude: Sequence[str], report: Report
) -> list[Upload]:
    """The files of several places, each once; `report` is told of those that cannot be read or are passed over.

    Raises:
        WrongUse: there is nothing at a path, a pattern or field is not valid, or two files would have one name.
    """
    from wenyuan.engine.places import require_place
    from wenyuan.load import discover
    from wenyuan.load.fields import read_fields

    if problems := read_fields(metadata)[1]:
        raise WrongUse(f"{problems[0]} (in the metadata given for {paths[0]}).")
    for path in paths:
        require_place(path)
    found, others = dict[str, Path](), list[Path]()
    for root in map(_absolute, paths):
        for path in discover(root, exclude, others.append):
            name = _name(path, root)
            if (other := found.setdefault(name, path)).resolve() != path.resolve():
                raise WrongUse(f"{other} and {path} would both be {name} on the server; rename one of them.")
    for suffix in (path.suffix.lower() for path in others):
        report.passed_over[suffix] = report.passed_over.get(suffix, 0) + 1
    return [*_readable(found, metadata, report)]


def batches(uploads: Sequence[Upload]) -> Iterator[list[Upload]]:
    """The same in groups that are sent together: with the same fields, and neither many files nor many bytes."""
    for _, alike in groupby(uploads, lambda upload: upload.fields):
        batch, size = list[Upload](), 0
        for upload in alike:
            if batch and (len(batch) == _FILES or size + upload.size > _BYTES):
                yield batch
                batch, size = [], 0
            batch.append(upload)
            size += upload.size
        yield batch


@contextmanager
def opened(batch: Sequence[Upload]) -> Iterator[list[tuple[str, tuple[str, IO[bytes]]]]]:
    """The files of a batch as a form has them, open while they are sent."""
    with ExitStack() as stack:
        yield [("files", (each.name, stack.enter_context(each.path.open("rb")))) for each in batch]


def join(report: Report, shape: Shape) -> None:
    """Add to a report what became of another batch."""
    for name, value in shape.items():
        match getattr(report, name, None):
            case list() as held:
                held += value
            case dict() as held:
                held |= value
            case int() as held:
                setattr(report, name, value if name == "version" else held + value)


def _absolute(path: Path) -> Path:
    """Without `..`, but with its links: they are names that a person gave."""
    return Path(os.path.abspath(path))


def _name(path: Path, root: Path) -> str:
    """Relative to the working folder, as the id of a document is; elsewhere, with the name of the folder given."""
    here = Path.cwd()
    return path.relative_to(here if path.is_relative_to(here) else root.parent).as_posix()


def _readable(found: Mapping[str, Path], metadata: Mapping[str, Value], report: Report) -> Iterator[Upload]:
    from wenyuan.server.naming import document_name

    for name, path in found.items():
        try:
            document_name(name)
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
            yield Upload(path, name, json.dumps({**_beside(path), **metadata}, ensure_ascii=False), size)
        except OSError as error:
            reason = os.strerror(error.errno or 0).lower()
            report.failed[name] = f"{name}: it cannot be read ({reason}); check the path and its permissions"
        except WrongUse as error:  # a server takes nothing of that name
            report.failed[name] = str(error)
        except SourceError as error:
            report.failed[name] = f"{name}: {error}"


def _beside(path: Path) -> dict[str, Any]:
    """The fields of a file's sidecar."""
    from wenyuan.load.discover import SIDECAR
    from wenyuan.load.fields import read_sidecar

    sidecar = path.with_name(path.name + SIDECAR)
    if not sidecar.exists():
        return {}
    data = sidecar.read_bytes()
    read_sidecar(data)
    fields: dict[str, Any] = json.loads(data.decode("utf-8-sig"))
    return fields
