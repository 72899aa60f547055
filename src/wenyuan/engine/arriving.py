"""Files on their way in: each is read where it waits, and lies among the knowledge base's own only once it was read.

What cannot be read takes the place of nothing: the version before it stays on the disk as it stays searchable. Nor does
what was broken off: done again, it goes on where it ended.
"""

from __future__ import annotations

import errno
import filecmp
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wenyuan.engine.places import FILES, File, own_file, resolved
from wenyuan.engine.sidecar import fields_said, keep_fields, merged, sidecar_of
from wenyuan.errors import SourceError
from wenyuan.filters import Labelled, groups_of
from wenyuan.types import EVERYONE, DocumentInfo


@dataclass(frozen=True, slots=True)
class Arriving:
    """A file that waits in `path`, under the name that it is to have, to be the document `document`.

    Its fields are added to those that are said of it already; one that is None is taken from them.
    """

    document: str
    path: Path
    fields: Mapping[str, Any] = field(default_factory=dict)
    groups: tuple[str, ...] | None = None  # of who brings it; None: of all


class Arrivals:
    """Those of one run, into the knowledge base in the folder `kb`, some of whose documents are `known` already."""

    def __init__(self, arriving: Sequence[Arriving], kb: Path, known: Mapping[str, DocumentInfo]) -> None:
        self.failed: dict[str, str] = {}
        self._kb, self._known = kb, known
        self._arriving = {each.document: each for each in arriving}
        self._before: dict[str, Mapping[str, Any]] = {}  # what was said of those that are to be moved

    def files(self) -> list[File]:
        """Where each is to be read: where it waits, or in its place, if it lies there already just as it came."""
        found = []
        for name, each in self._arriving.items():
            mine = own_file(self._kb, name)
            try:
                if each.path.exists() and not self._lies_there(each, mine):
                    self._label(each, mine)
                    mine = File(name, each.path, {})
            except SourceError as error:
                self.failed[name] = f"{name}: {error}"
                continue
            if mine:
                found.append(mine)
        return found

    def keeps_access(self, arrived: Labelled) -> bool:
        """Whether a version that was just read is to have the access of the one before it, which is said beside it now.

        It is, unless its fields say another, or its text does and who brings it may say so.

        Raises:
            SourceError: nobody but the owner sees the one before it, which cannot be said beside a file.
        """
        each, before = self._arriving[arrived.id], self._known.get(arrived.id)
        if arrived.id not in self._before or before is None or "access" in each.fields:
            return False
        groups = groups_of(before.metadata)
        if groups == groups_of(arrived.metadata) or (each.groups is None and "access" in arrived.metadata):
            return False
        if not groups:
            raise SourceError(
                f"{arrived.id}: nobody but the owner sees its earlier version, and this one does not say who may; name "
                "groups in its field 'access'"
            )
        keep_fields(each.path, {"access": list(groups)})
        return True

    def settle(self, documents: Sequence[str]) -> None:
        """Put those that were read in their places; the sidecar first: new fields may hide, and old ones show."""
        for name in documents:
            each, target = self._arriving[name], resolved(self._kb) / FILES / name
            if name not in self._before or not each.path.exists():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            beside = sidecar_of(each.path)
            if fields_said(target) != self._before[name]:  # somebody said more of the version before, meanwhile
                keep_fields(target, self._said(each, self._before[name]))
            elif beside.exists():
                _move(beside, sidecar_of(target))
            else:
                sidecar_of(target).unlink(missing_ok=True)
            _move(each.path, target)

    def _lies_there(self, each: Arriving, mine: File | None) -> bool:
        """Whether a file came again, the same to the byte and with nothing new said of it."""
        if mine is None or not filecmp.cmp(each.path, mine.path, shallow=False):
            return False
        before = fields_said(mine.path)
        return merged(before, self._said(each, before)) == before

    def _label(self, each: Arriving, mine: File | None) -> None:
        """Say beside a file that waits what is to be said of it."""
        beside, target = sidecar_of(each.path), resolved(self._kb) / FILES / each.document
        beside.unlink(missing_ok=True)
        before = self._before[each.document] = fields_said(target)
        if before:
            shutil.copy2(sidecar_of(target), beside)
        keep_fields(each.path, self._said(each, before))
        if mine and filecmp.cmp(each.path, mine.path, shallow=False):  # its text is as old as it was
            told = mine.path.stat()
            os.utime(each.path, ns=(told.st_atime_ns, told.st_mtime_ns))

    def _said(self, each: Arriving, before: Mapping[str, Any]) -> Mapping[str, Any]:
        """The fields that are said of it: a document that is new is for the groups of who brings it."""
        if each.groups is None or each.document in self._known or "access" in {**before, **each.fields}:
            return each.fields
        return {**each.fields, "access": sorted(each.groups) or [EVERYONE]}


def access_told(before: Labelled | None, now: Labelled, *, kept: bool) -> list[str]:
    """What is told of a document that others may see than before it changed, or the same though it says otherwise."""
    if before is None:
        return []
    if kept:
        return [f"{now.id}: its access stays as it was ({_shown(now)}); to change it, name `access` in its metadata."]
    if groups_of(before.metadata) == groups_of(now.metadata):
        return []
    return [f"{now.id}: its access changed from {_shown(before)} to {_shown(now)}."]


def _shown(document: Labelled) -> str:
    return ", ".join(groups_of(document.metadata)) or "nobody"


def _move(source: Path, target: Path) -> None:
    """Put a file in the place of another at once, from another disk, too."""
    try:
        os.replace(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        written = target.with_name(f".{target.name}.new")
        written.unlink(missing_ok=True)
        shutil.copy2(source, written)
        os.replace(written, target)
        source.unlink()
