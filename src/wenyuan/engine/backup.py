"""A knowledge base in one file, and a knowledge base from such a file.

The index is not in it: it is made again from the catalogue without encoding, which takes a few seconds for 10,000
passages; it would more than double the file, and could be of no other version of the engine.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import zlib
from collections.abc import Collection, Generator, Iterable
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from wenyuan import sqlite
from wenyuan.engine.copying import ABOUT, SETTINGS, About, as_json, copy_of, make_index, not_written, read_about
from wenyuan.engine.places import FILES, own_file
from wenyuan.engine.rollback import SNAPSHOTS, WORK, fsync_folders, swap
from wenyuan.engine.snapshots import put_in_place
from wenyuan.engine.tarball import broken, packed, unpacked
from wenyuan.engine.workplace import alone, workplace
from wenyuan.engine.writing import JOURNAL
from wenyuan.errors import Damaged, NoAccess, NoKnowledgeBase, WrongUse
from wenyuan.store.ledger import FILE_NAME, errors_of, is_in
from wenyuan.store.lock import Lock

KIND = "knowledge base"
_ENDS = (".tar.gz", ".tgz")
_RESTORE = "restore"


def backup(folder: Path, target: Path) -> None:
    """Write the knowledge base in `folder`, as it is now, into a file that ends in .tar.gz; others may have it open.

    A file that is there already is replaced, once the new one is whole and on disk.

    Raises:
        NoKnowledgeBase: there is none.
        Busy: another copy of it takes too long, or a file is written to all the time.
        Damaged: its catalogue is.
        OutOfSpace, NoAccess, WrongUse: the file cannot be written there.
    """
    if target.resolve().is_relative_to(folder.resolve()):
        raise WrongUse(f"{target} lies in the knowledge base itself; name a place outside it.")
    write_whole(target, stream(folder))


def stream(folder: Path) -> Generator[bytes, None, None]:
    """The bytes of such a file; the moment is that of the first.

    Raises:
        NoKnowledgeBase, Busy, Damaged, OutOfSpace, NoAccess: as `backup`.
    """
    if not is_in(folder):
        raise NoKnowledgeBase(f"There is no knowledge base in {folder}; make one with `wenyuan add`.", folder)
    with workplace(folder / SNAPSHOTS, WORK) as place:
        with alone(folder):
            about = copy_of(folder, place)
        (place / ABOUT).unlink()  # the manifest says it
        yield from packed(place, {"kind": KIND, **as_json(about)})


def restore(file: Path, folder: Path, *, force: bool = False) -> About:
    """Make a knowledge base of a backup, in a folder that is not there yet; what the backup says of itself.

    By `force` it takes the place of a knowledge base that nobody has open, of which a snapshot is kept.

    Raises:
        WrongUse: the folder is there.
        SourceError: the file is no backup, or a damaged one.
        Busy: somebody has the knowledge base open.
        OutOfSpace, NoAccess: it cannot be made there.
    In all these cases nothing was changed.
    """
    if not force and folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise WrongUse(f"{folder} is there already; name a folder that is not, or give --force to replace what it has.")
    try:
        with file.open("rb") as opened:
            return restore_from(opened, folder)
    except OSError as error:
        raise NoAccess(f"{file} cannot be read ({os.strerror(error.errno or 0)}); correct the path.") from error


def restore_from(stream: BinaryIO, folder: Path, *, trusted: bool = True, most: int | None = None) -> About:
    """The same from a stream, by force; `most` is how many bytes it may have unpacked.

    One that is not `trusted` brings in no folder to be kept in step with: only the owner of a disk names places on it.
    """
    try:
        if is_in(folder):
            with workplace(folder / SNAPSHOTS, WORK) as place:
                about = _ready(stream, place, None if trusted else _roots(folder), most)
                put_in_place(folder, place, _RESTORE)
        else:
            with workplace(folder.absolute().parent, f".{folder.name}.restoring-") as place:
                about = _ready(stream, place, None if trusted else (), most)
                _bring(place, folder)
    except OSError as error:
        raise not_written(error, folder) from error
    return about


def write_whole(target: Path, content: Iterable[bytes]) -> None:
    """Write a file that only its owner can read: all of it, or nothing.

    Raises:
        WrongUse: it has not the name of a backup.
        OutOfSpace, NoAccess: it cannot be written.
    """
    if not target.name.endswith(_ENDS):
        raise WrongUse(f"'{target.name}' is no name of a backup; call it so that it ends in .tar.gz.")
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                for piece in content:
                    out.write(piece)
                out.flush()
                os.fsync(out.fileno())
            draft.replace(target)
            fsync_folders([target.absolute().parent])
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise not_written(error, target) from error


def belongs(name: str) -> bool:
    """Whether a file of this path is one of a backed-up knowledge base."""
    return name in (FILE_NAME, JOURNAL, *SETTINGS) or name.startswith(f"{FILES}/")


def _ready(stream: BinaryIO, place: Path, roots: Collection[str] | None, most: int | None) -> About:
    """Unpack a backup and make its index; of its roots only these are kept."""
    manifest = unpacked(stream, place, belongs, most)
    about = read_about(manifest) if manifest.get("kind") == KIND else None
    if about is None:
        raise broken("it is no backup of a knowledge base that this version knows")
    if not is_in(place):
        raise broken("it has no catalogue")
    (place / FILES).mkdir(exist_ok=True)
    try:
        if roots is not None:
            _keep_roots(place, roots)
        make_index(place)
    except (Damaged, sqlite3.Error, zlib.error, ValueError, TypeError, KeyError) as error:
        raise broken(f"its catalogue makes no sense: {error}") from error
    return about


def _bring(place: Path, folder: Path) -> None:
    """Give a knowledge base its folder, which is not there, or has no knowledge base."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        fsync_folders(each for each, _, _ in os.walk(place))
        place.rename(folder)
        fsync_folders([folder.absolute().parent])
        return
    if (folder / FILES).exists():
        raise WrongUse(f"{folder} has no catalogue, yet a folder `{FILES}`; move it to where it is not replaced.")
    with alone(folder):
        lock = Lock(folder / "lock")
        try:
            swap(folder, place, replaced=(), added=(*SETTINGS, JOURNAL))
        finally:
            lock.release()


def _roots(folder: Path) -> tuple[str, ...]:
    file = folder / FILE_NAME
    with errors_of(file), closing(sqlite.connect(file)) as connection:
        return tuple(path for (path,) in connection.execute("SELECT path FROM roots"))


def _keep_roots(place: Path, roots: Collection[str]) -> None:
    """Forget all other roots; their documents are kept as if their caller had made them."""
    file = place / FILE_NAME
    with errors_of(file), closing(sqlite.connect(file)) as connection, sqlite.transaction(connection):
        gone = {path for (path,) in connection.execute("SELECT path FROM roots")} - {*roots}
        connection.executemany("DELETE FROM roots WHERE path = ?", [(path,) for path in gone])
        if gone:
            documents = [id_ for (id_,) in connection.execute("SELECT id FROM documents")]
            left = [(id_,) for id_ in documents if own_file(place, id_) is None]
            connection.executemany("UPDATE documents SET stamp = '' WHERE id = ?", left)
