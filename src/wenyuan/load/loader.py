"""From a path to a `Document`, or to one sentence that says what is wrong with the file."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING, Protocol

from wenyuan.errors import SourceError, WrongUse
from wenyuan.load.content import ReadContent, read_content
from wenyuan.load.discover import SIDECAR
from wenyuan.load.fields import Fields, read_fields, read_sidecar
from wenyuan.load.limits import Limits
from wenyuan.types import Document, Value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NONE: Mapping[str, Value] = {}


class LoadFile(Protocol):
    """What makes a document of a file, wherever it is read: see `load`."""

    def __call__(self, path: Path, *, id: str, metadata: Mapping[str, Value], limits: Limits) -> Document:
        """The document in `path`, known as `id`; SourceError for anything wrong with the file."""


def load(path: Path, *, id: str, metadata: Mapping[str, Value] = _NONE, limits: Limits = Limits()) -> Document:  # noqa: B008
    """The document in `path`, known as `id`.

    Fields of `metadata` win over those of the sidecar `<file>.meta.json`, those over the front matter; `title` and
    `date` among them become the document's own. The content hash covers the sidecar too: a change in it is a change.
    Raises SourceError for anything wrong with the file, WrongUse for a wrong field in `metadata`.
    """
    return load_by(read_content, path, id=id, metadata=metadata, limits=limits)


def load_by(read: ReadContent, path: Path, *, id: str, metadata: Mapping[str, Value], limits: Limits) -> Document:
    """As `load`, but `read` makes the content of the file's bytes; all that is said beside them never goes there."""
    given, problems = read_fields(metadata)
    if problems:
        raise WrongUse(f"{problems[0]} (metadata of {id})")
    try:
        data, modified = _bytes_of(path, limits)
        sidecar_path = path.with_name(path.name + SIDECAR)
        sidecar = _bytes_of(sidecar_path, limits)[0] if sidecar_path.exists() else b""
        beside = read_sidecar(sidecar) if sidecar else Fields()
        content = read(data, path.suffix, limits)
    except SourceError as error:
        raise SourceError(f"{id}: {error}") from error
    fields = given.over(beside).over(content.fields)
    return Document(
        id=id,
        title=fields.title or content.title or path.stem,
        text=content.text,
        type=content.type,
        content_hash=hashlib.sha256(data + sidecar).hexdigest(),
        time=modified if fields.time is None else fields.time,
        marks=content.marks,
        metadata=fields.metadata,
        warnings=content.warnings,
    )


def _bytes_of(path: Path, limits: Limits) -> tuple[bytes, float]:
    """(bytes, modification time); never more than the limit is read, whatever the file system says."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):  # only one that cannot be listed comes here
            raise SourceError("the folder cannot be listed; check its permissions")
        if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for ever
            raise SourceError("it is not a regular file; name a file")
        with path.open("rb") as file:
            data = file.read(limits.file_bytes + 1)
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        raise SourceError(f"it cannot be read ({reason}); check the path and its permissions") from error
    if len(data) > limits.file_bytes:
        raise SourceError(f"it is larger than {limits.file_bytes:,} bytes; split it into smaller files")
    if not data.strip():
        raise SourceError("it is empty; fill or remove it")
    return data, status.st_mtime
