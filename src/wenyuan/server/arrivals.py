"""How files come in: staged by a request, then taken over into the knowledge base's own files by a job."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wenyuan.engine import KnowledgeBase
from wenyuan.engine.places import FILES, own_file
from wenyuan.errors import OutOfSpace, WrongUse
from wenyuan.load.discover import SIDECAR
from wenyuan.load.fields import read_fields
from wenyuan.load.formats import SUPPORTED
from wenyuan.server.bodies import sound
from wenyuan.server.errors import Refused
from wenyuan.server.identity import Identity
from wenyuan.server.naming import document_name
from wenyuan.types import EVERYONE


@dataclass(frozen=True, slots=True)
class Arrival:
    """A staged file: its name in the folder of its job, and the document that it is to become."""

    staged: str
    document: str


def named(name: str) -> str:
    """The id of the document that a file of this name becomes.

    Raises:
        WrongUse: no file can have the name.
        Refused: files of its format are not read.
    """
    document = document_name(name)
    suffix = Path(document).suffix.lower()
    if suffix not in SUPPORTED:
        known = ", ".join(sorted(SUPPORTED))
        raise Refused(415, "unknown_format", f"'{document}' is of a format that is not read; bring one of {known}.")
    return document


def fields_of(raw: str | None, identity: Identity) -> dict[str, Any]:
    """The metadata that a caller gives for documents, as JSON.

    A caller of some groups gives documents to these, unless it names some of them or `everyone`.

    Raises:
        WrongUse: it is no JSON object, or a field of it is not valid.
        Refused: it names a group that the caller is not of.
    """
    try:
        fields = sound(json.loads(raw or "{}"))
    except (ValueError, RecursionError) as error:
        raise WrongUse(f'The metadata is no JSON ({error}); write {{"product": "X100"}}.') from error
    if not isinstance(fields, dict):
        raise WrongUse('The metadata is no JSON object; write {"product": "X100"}.')
    read, problems = read_fields({name: value for name, value in fields.items() if value is not None})
    if problems:
        raise WrongUse(f"In the metadata {problems[0]}.")
    if identity.groups is None:
        return fields
    groups = read.metadata.get("access") if "access" in fields else tuple(sorted(identity.groups)) or (EVERYONE,)
    if not isinstance(groups, tuple) or not {*groups} <= {*identity.groups, EVERYONE}:
        raise Refused(
            403, "foreign_group", "The metadata names a group that this key is not of; name one that it is of."
        )
    return fields | {"access": list(groups)}


def refuse_taken(kb: KnowledgeBase, documents: Sequence[str], groups: Collection[str] | None) -> None:
    """See that a caller of these groups (None: all) may bring these documents.

    Raises:
        Refused: one is kept in step with a folder, or the caller may not see it.
    """
    seen = kb if groups is None else kb.seen_by(groups)
    for document in documents:
        if kb.has(document) and (not seen.has(document) or own_file(kb.folder, document) is None):
            raise Refused(409, "taken", f"'{document}' is the name of another document already; take another name.")


def take_over(kb: KnowledgeBase, folder: Path, arrivals: Sequence[Arrival], fields: Mapping[str, Any]) -> list[str]:
    """Move staged files into the knowledge base's own; the documents that they are. Done again, it does nothing more.

    Fields are added to those that a document had; one that is null is taken from it.

    Raises:
        OutOfSpace: the disk takes no more.
    """
    try:
        for each in arrivals:
            target, staged = kb.folder / FILES / each.document, folder / each.staged
            target.parent.mkdir(parents=True, exist_ok=True)
            if staged.exists():
                _keep_fields(target.with_name(target.name + SIDECAR), fields)
                os.replace(staged, target)
    except OSError as error:
        raise no_room(error) from error
    shutil.rmtree(folder, ignore_errors=True)
    return [each.document for each in arrivals]


def no_room(error: OSError) -> OutOfSpace:
    """What is told of a disk that takes no more."""
    return OutOfSpace(f"The server's disk takes no more ({os.strerror(error.errno or 0)}); free some and repeat.")


def _keep_fields(sidecar: Path, fields: Mapping[str, Any]) -> None:
    before = json.loads(sidecar.read_text("utf-8")) if sidecar.is_file() else {}
    after = {name: value for name, value in {**before, **fields}.items() if value is not None}
    if after == before:
        return
    if not after:
        sidecar.unlink()
        return
    written = sidecar.with_name(f".{sidecar.name}.new")
    written.write_text(json.dumps(after, ensure_ascii=False), "utf-8")
    os.replace(written, sidecar)


def as_spec(arrivals: Sequence[Arrival], fields: Mapping[str, Any], identity: Identity) -> dict[str, Any]:
    """What a job keeps of it."""
    groups = None if identity.groups is None else sorted(identity.groups)
    return {"files": [asdict(each) for each in arrivals], "fields": dict(fields), "groups": groups}
