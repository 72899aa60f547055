"""How files come in: staged by a request, then taken over into the knowledge base's own files by a job."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from wenyuan.engine import KnowledgeBase
from wenyuan.engine.arriving import Arriving
from wenyuan.engine.copying import link
from wenyuan.engine.places import FILES, own_file, resolved
from wenyuan.engine.progress import OnProgress
from wenyuan.engine.report import Report
from wenyuan.engine.sidecar import sidecar_of
from wenyuan.errors import OutOfSpace, SourceError, WrongUse
from wenyuan.filters import groups_of
from wenyuan.load.fields import read_fields, read_sidecar
from wenyuan.load.formats import SUPPORTED
from wenyuan.server.bodies import sound
from wenyuan.server.errors import Refused
from wenyuan.server.identity import Identity
from wenyuan.server.naming import document_name
from wenyuan.text.normalise import is_text
from wenyuan.types import EVERYONE, Scope


@dataclass(frozen=True, slots=True)
class Arrival:
    """A staged file: its name in the folder of its job, and the document that it is to become."""

    staged: str
    document: str


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of files that arrive, and by a caller of which groups; None: of all."""

    fields: Mapping[str, Any]
    groups: tuple[str, ...] | None

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> Said:
        """As a job keeps it."""
        return cls(spec["fields"], None if spec["groups"] is None else tuple(spec["groups"]))


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


def sorted_out(files: Sequence[tuple[str, int]], most_mb: int) -> tuple[list[Arrival], Report]:
    """Those of an upload, by name and bytes, that can be documents; the report tells of the others, as `add` does.

    Raises:
        WrongUse, Refused: none of them can.
    """
    arrivals, left, first = list[Arrival](), Report(), None
    for n, (name, size) in enumerate(files):
        try:
            document = named(name)
            if size > most_mb << 20:
                raise Refused(413, "too_large", f"'{name}' is larger than {most_mb} MB; split it.")
            arrivals.append(Arrival(str(n), document))
        except (Refused, WrongUse) as error:
            first = first or error
            if isinstance(error, Refused) and error.status == 415:
                suffix = Path(name).suffix.lower()
                left.passed_over[suffix] = left.passed_over.get(suffix, 0) + 1
            else:
                left.failed[name.encode(errors="replace").decode()] = str(error)
    if first is not None and not arrivals:
        raise first
    return arrivals, left


def fields_of(raw: str | None, identity: Identity) -> dict[str, Any]:
    """The metadata that a caller gives for documents, as JSON.

    A caller of some groups names none but these and `everyone`; where it names none, see `Arriving.groups`.

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
    if not is_text(json.dumps(fields, ensure_ascii=False)):
        raise WrongUse("The metadata holds halves of characters (\\ud800 … \\udfff); write whole ones.")
    read, problems = read_fields({name: value for name, value in fields.items() if value is not None})
    if problems:
        raise WrongUse(f"In the metadata {problems[0]}.")
    if identity.groups is None:
        return fields
    if "access" not in fields:
        return fields
    groups = read.metadata.get("access")
    if not isinstance(groups, tuple) or not {*groups} <= {*identity.groups, EVERYONE}:
        raise Refused(
            403, "foreign_group", "The metadata names a group that this key is not of; name one that it is of."
        )
    return fields | {"access": list(groups)}


def refuse_taken(kb: KnowledgeBase, documents: Sequence[str], groups: Collection[str] | None) -> None:
    """See that a caller of these groups (None: all) may bring these documents.

    Raises:
        Refused: one is kept in step with a folder, or the caller may not see it, or something else lies in its place.
    """
    seen = kb if groups is None else kb.seen_by(groups)
    for document in documents:
        if kb.has(document):
            free = seen.has(document) and own_file(kb.folder, document) is not None
        else:
            free = _is_free(resolved(kb.folder) / FILES, document, groups)
        if not free:
            raise Refused(409, "taken", f"'{document}' is the name of another document already; take another name.")


def take_over(kb: KnowledgeBase, folder: Path, arrivals: Sequence[Arrival], said: Said, tell: OnProgress) -> Report:
    """Bring staged files in; those that are read become the knowledge base's own. Done again, it goes on.

    Fields are added to those that a document had; one that is null is taken from it.

    Raises:
        OutOfSpace: the disk takes no more.
    """
    try:
        return kb.accept(*(_arriving(folder, each, said) for each in arrivals), on_progress=tell)
    except OSError as error:
        raise no_room(error) from error


def no_room(error: OSError) -> OutOfSpace:
    """What is told of a disk that takes no more."""
    return OutOfSpace(f"The server's disk takes no more ({os.strerror(error.errno or 0)}); free some and repeat.")


def _arriving(folder: Path, arrival: Arrival, said: Said) -> Arriving:
    """A staged file under the name of its document, in a folder of its own: its format and its title are in it."""
    staged, place = folder / arrival.staged, folder / f"{arrival.staged}.named" / PurePosixPath(arrival.document).name
    if staged.exists():  # else it was moved on by who was broken off
        place.parent.mkdir(exist_ok=True)
        place.unlink(missing_ok=True)
        link(staged, place)
    return Arriving(arrival.document, place, said.fields, said.groups)


def _is_free(folder: Path, document: str, groups: Collection[str] | None) -> bool:
    """Whether a file can be put there: no folder, no file on the way and no link, nor one that only others may see.

    A file that could not be read is no document, yet it lies there with what its sidecar says.
    """
    target = folder / document
    on_the_way = [each for each in target.parents if each.is_relative_to(folder)]
    if resolved(target) != target or target.is_dir() or any(each.is_file() for each in on_the_way):
        return False
    beside = sidecar_of(target)
    if groups is None or not target.is_file() or not beside.is_file():
        return True
    try:
        said = read_sidecar(beside.read_bytes())
    except SourceError:
        return False
    return bool({*groups_of(said.metadata)} & {*Scope(frozenset(groups)).parties})


def as_spec(
    arrivals: Sequence[Arrival], fields: Mapping[str, Any], identity: Identity, left: Report | None = None
) -> dict[str, Any]:
    """What a job keeps of it; `left` tells of the files that came with them and are not taken."""
    groups = None if identity.groups is None else sorted(identity.groups)
    told = {} if left is None else {"left": {"failed": left.failed, "passed_over": left.passed_over}}
    return {"files": [asdict(each) for each in arrivals], "fields": dict(fields), "groups": groups} | told
