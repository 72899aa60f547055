"""A local folder that is kept in step with what a source lists.

What is new or has changed is fetched and written together with its sidecar `<file>.meta.json`; what the source no
longer has is removed. Nothing is removed on account of an error: a listing that breaks off, is not complete, or is
suddenly empty leaves everything, and an item that fails keeps its old copy unless the source says that it is gone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pathspec import GitIgnoreSpec

from wenyuan.errors import FetchError, WrongUse
from wenyuan.fetch.files import Folder
from wenyuan.fetch.ledger import Held, Ledger
from wenyuan.fetch.names import SIDECAR, folded, free_path
from wenyuan.fetch.types import Fetched, Item, Listing, Outcome
from wenyuan.types import Value

_PATIENCE = 8  # items one after the other that fail as a server fails
_NONE: Mapping[str, Value] = {}


class Mirror:
    """The mirror in `folder`; `ledger` says what of it is its own, and lies outside.

    Other files in the folder are left alone, so several mirrors and uploads may share one.
    """

    def __init__(self, folder: Path, ledger: Path | None = None) -> None:
        self.folder = folder
        self._ledger = ledger or folder.with_name(f"{folder.name}.mirror.sqlite")

    def sync(
        self, listing: Listing, metadata: Mapping[str, Value] = _NONE, exclude: Sequence[str] = ()
    ) -> Iterator[Outcome]:
        """Bring the folder into step; what becomes of each item is told once it is done.

        Fields of `metadata` win over those the source states. What fits one of the patterns of `exclude`, which are
        those of .gitignore, is not fetched, and removed. Whoever stops before the end has nothing removed.

        Raises:
            FetchError: the source cannot be listed, or fails again and again; what was done stays done.
            WrongUse: a pattern cannot be read.
            NoAccess, OutOfSpace, Busy, Damaged: the folder or the ledger cannot be written.
        """
        try:
            excluded = GitIgnoreSpec.from_lines(exclude)
        except ValueError as error:
            raise WrongUse(
                f"A pattern of files to leave out cannot be read ({error}); write it as in .gitignore."
            ) from error
        folder = Folder(self.folder)
        folder.make()
        with Ledger(self._ledger) as ledger:
            yield from _Sync(folder, ledger, listing, metadata, excluded).run()

    def files(self) -> dict[str, str]:
        """The paths of the mirror's own files, with the keys of their items."""
        if not self._ledger.exists():
            return {}
        with Ledger(self._ledger) as ledger:
            return {held.path: held.key for held in ledger.items().values() if held.digest}

    def clear(self, *, keep: bool = False) -> None:
        """Remove all that is the mirror's own, and its ledger; `keep`: its files are nobody's own from now on."""
        if not self._ledger.exists():
            return
        folder = Folder(self.folder)
        with Ledger(self._ledger) as ledger:
            for held in () if keep else ledger.items().values():
                folder.remove(held.path)
                folder.remove(held.path + SIDECAR)
                ledger.drop(held.key)
        for end in ("", "-wal", "-shm"):
            self._ledger.with_name(self._ledger.name + end).unlink(missing_ok=True)


class _Sync:
    """One run."""

    def __init__(
        self,
        folder: Folder,
        ledger: Ledger,
        listing: Listing,
        metadata: Mapping[str, Value],
        excluded: GitIgnoreSpec,
    ) -> None:
        self._folder = folder
        self._ledger = ledger
        self._listing = listing
        self._metadata = metadata
        self._excluded = excluded
        self._held = ledger.items()
        self._files = {folded(held.path) for held in self._held.values()}
        self._relabelled = set[str]()
        self._folders = {folded(str(above)) for held in self._held.values() for above in _above(held.path)}

    def run(self) -> Iterator[Outcome]:
        """Every item, then what is no longer listed."""
        before = {*self._held}
        for held in self._held.values():  # whatever fails below: new metadata may say who must not see a file
            if held.digest and self._folder.is_file(held.path) and self._write_sidecar(held):
                self._relabelled.add(held.key)
        listed, seen, failing = 0, set[str](), 0
        for item in self._listing.items():
            listed += 1
            if item.key in seen or self._excluded.match_file(item.path):
                continue
            outcome = self._one(item)
            if outcome is None:
                continue
            seen.add(item.key)
            yield outcome
            failing = failing + 1 if outcome.retryable else 0
            if failing == _PATIENCE:
                raise FetchError(
                    f"{failing} in a row could not be fetched, so the others wait: {outcome.why}", retryable=True
                )
        if not listed and before:
            raise FetchError(
                f"The source lists nothing, where it had {len(before)} before, so all is kept; correct or remove it.",
                retryable=True,
            )
        if self._listing.complete:
            for key in sorted(before - seen):
                yield self._remove(self._held[key])

    def _one(self, item: Item) -> Outcome | None:
        """Fetch and write one item where that is needed; None where it turns out to be excluded."""
        held = self._present(item.key)
        if held is not None and item.stamp and item.stamp == held.stamp:
            return self._unchanged(held)
        try:
            fetched = self._listing.read(item, held.stamp if held else "")
        except FetchError as error:
            if error.gone and held is not None:
                return replace(self._remove(held), why=str(error))
            path = held.path if held is not None and held.digest else ""
            return Outcome(item.key, path, "failed", str(error), error.retryable)
        if fetched.data is None:  # only who asks with a stamp is told so
            assert held is not None
            return self._unchanged(held)
        if self._excluded.match_file(fetched.path or item.path):
            return None
        return self._keep(item, fetched, fetched.data, held)

    def _present(self, key: str) -> Held | None:
        """What is held of an item, without its state where its file was never written, or has been removed since."""
        held = self._held.get(key)
        if held is None or (held.digest and self._folder.is_file(held.path)):
            return held
        return replace(held, stamp="", digest="")

    def _keep(self, item: Item, fetched: Fetched, data: bytes, held: Held | None) -> Outcome:
        """Write what was fetched, unless it is what is there."""
        wish = fetched.path or item.path
        stamp = fetched.stamp or item.stamp
        fields = {"url": fetched.url, **fetched.metadata}
        digest = hashlib.sha256(data).hexdigest()
        if held is not None and held.wish == wish:
            held = replace(held, stamp=stamp, fields=fields)
            if held.digest == digest:
                return self._unchanged(held)
            path = held.path
        else:
            path = self._place(wish, item.key)
        new = Held(item.key, path, wish, stamp, digest, fields)
        # A file of another type than before moves. The old one stays known by a key that no source lists.
        moved = [replace(held, key=f"{held.key}\0{held.path}")] if held is not None and held.path != path else []
        if held is None or moved:  # the rows first: what is there after a crash is known for ours
            self._ledger.put(replace(new, stamp="", digest=""), *moved, durable=True)
        self._write_sidecar(new)  # first, too: it says who may see the file
        self._folder.write(path, data, fetched.time if fetched.time is not None else item.time)
        self._ledger.put(new)
        for old in moved:
            self._delete(old.path)
            self._ledger.drop(old.key)
        self._held[item.key] = new
        return Outcome(item.key, path, "changed" if held is not None and held.digest else "added")

    def _unchanged(self, held: Held) -> Outcome:
        """The file stays; its sidecar is written anew where it would say something else."""
        written = self._write_sidecar(held)
        if held != self._held[held.key]:
            self._ledger.put(held)
            self._held[held.key] = held
        changed = written or held.key in self._relabelled
        return Outcome(held.key, held.path, "changed" if changed else "unchanged")

    def _write_sidecar(self, held: Held) -> bool:
        text = json.dumps({**held.fields, **self._metadata}, ensure_ascii=False, indent=2, sort_keys=True)
        data = text.encode(errors="replace") + b"\n"
        if self._folder.read(held.path + SIDECAR) == data:
            return False
        self._folder.write(held.path + SIDECAR, data)
        return True

    def _remove(self, held: Held) -> Outcome:
        self._delete(held.path)
        self._ledger.drop(held.key)
        del self._held[held.key]
        return Outcome(held.key, held.path, "removed")

    def _delete(self, path: str) -> None:
        self._folder.remove(path)
        self._folder.remove(path + SIDECAR)
        self._files.discard(folded(path))

    def _place(self, wish: str, key: str) -> str:
        """A path where nothing is, of this mirror or of others."""

        def is_file(path: str) -> bool:
            return folded(path) in self._files or self._folder.is_file(path) or self._folder.is_file(path + SIDECAR)

        def is_folder(path: str) -> bool:
            return folded(path) in self._folders or self._folder.is_folder(path)

        path = str(free_path(wish, key, is_file, is_folder))
        self._files.add(folded(path))
        self._folders |= {folded(str(above)) for above in _above(path)}
        return path


def _above(path: str) -> Sequence[Path]:
    """The folders that a path lies in, without the whole."""
    return [*Path(path).parents][:-1]
