"""From a path to a `Document`, or to one sentence that says what is wrong with the file."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import warnings
from typing import TYPE_CHECKING

from wenyuan.errors import SourceError, WrongUse
from wenyuan.load.discover import SIDECAR
from wenyuan.load.fields import Fields, read_fields, read_sidecar
from wenyuan.load.formats import PARSERS, recognise
from wenyuan.load.limits import Limits
from wenyuan.types import Document, Value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wenyuan.load.parsed import Parsed

_FENCE = re.compile(r" {0,3}(```|~~~)")
_H1 = re.compile(r"# +(.*?)[ #]*$")
_NONE: Mapping[str, Value] = {}


def load(path: Path, *, id: str, metadata: Mapping[str, Value] = _NONE, limits: Limits = Limits()) -> Document:  # noqa: B008
    """The document in `path`, known as `id`.

    Fields of `metadata` win over those of the sidecar `<file>.meta.json`, those over the front matter; `title` and
    `date` among them become the document's own. The content hash covers the sidecar too: a change in it is a change.
    Raises SourceError for anything wrong with the file, WrongUse for a wrong field in `metadata`.
    """
    given, problems = read_fields(metadata)
    if problems:
        raise WrongUse(f"{problems[0]} (metadata of {id})")
    try:
        data, modified = _read(path, limits)
        sidecar_path = path.with_name(path.name + SIDECAR)
        sidecar = _read(sidecar_path, limits)[0] if sidecar_path.exists() else b""
        beside = read_sidecar(sidecar) if sidecar else Fields()
        kind, doubts = recognise(data, path.suffix)
        parsed, noted = _parse(kind, data, limits)
    except SourceError as error:
        raise SourceError(f"{id}: {error}") from error
    stated, ignored = read_fields(parsed.metadata)
    fields = given.over(beside).over(stated)
    return Document(
        id=id,
        title=fields.title or _first_h1(parsed.text) or (parsed.title or "").strip() or path.stem,
        text=parsed.text,
        type=kind,
        content_hash=hashlib.sha256(data + sidecar).hexdigest(),
        time=modified if fields.time is None else fields.time,
        marks=parsed.marks,
        metadata=fields.metadata,
        warnings=(*doubts, *parsed.warnings, *noted, *ignored),
    )


def _read(path: Path, limits: Limits) -> tuple[bytes, float]:
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


def _parse(kind: str, data: bytes, limits: Limits) -> tuple[Parsed, tuple[str, ...]]:
    """The content and what the libraries warned of; whatever they raise becomes a SourceError."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            parsed = PARSERS[kind](data, limits)
        except (SourceError, MemoryError):
            raise
        except Exception as error:
            reason = " ".join(str(error).split())[:200] or error.__class__.__name__
            raise SourceError(f"it cannot be read as {kind} ({reason}); save it again from its application") from error
    if not parsed.text.strip():
        raise SourceError("it holds no text; fill or remove it")
    flattened = any("too deeply nested" in str(warning.message) for warning in caught)
    return parsed, ("it is nested too deeply: headings and tables became plain text",) if flattened else ()


def _first_h1(markdown: str) -> str | None:
    fence = ""
    for line in markdown.split("\n"):
        if mark := _FENCE.match(line):
            fence = "" if fence == mark[1] else fence or mark[1]
        elif not fence and (heading := _H1.match(line)) and heading[1]:
            return heading[1]
    return None
