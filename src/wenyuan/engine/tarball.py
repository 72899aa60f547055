"""A folder as a stream of `.tar.gz`, and back again: what comes out is what went in, or nothing does.

The first member, `manifest.json`, says which files follow, how large and of when; the last, `SHA256SUMS`, has the hash
of each, as `sha256sum --check` reads it. Whoever unpacks believes neither before it is seen to be so.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from wenyuan.engine.copying import not_written
from wenyuan.errors import Busy, OutOfSpace, SourceError

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"

_LEVEL = 3  # of compression: most bytes are vectors, which get no smaller with more
_PIECE = 1 << 18
_LONGEST = 1 << 28  # bytes of the manifest, or of the sums
_MOST_FILES = 1_000_000
_NEVER = 1 << 62  # beyond any size in bytes, and any moment in nanoseconds
_AT_ONCE = 1 << 22  # bytes that a header may want to be read at once
_SPARE = 64 << 20  # bytes of the disk that stay free
_END = bytes(2 * tarfile.BLOCKSIZE)


def packed(folder: Path, about: Mapping[str, Any]) -> Iterator[bytes]:
    """The files of a folder, and what is said `about` them, as the bytes of a `.tar.gz`, made as they are taken.

    Raises:
        Busy: a file is written to meanwhile.
    """
    gzipped = zlib.compressobj(_LEVEL, wbits=31)
    for piece in _members(folder, about):
        if some := gzipped.compress(piece):
            yield some
    yield gzipped.compress(_END) + gzipped.flush()


def unpacked(
    stream: BinaryIO, folder: Path, expected: Callable[[str], bool], most: int | None = None
) -> dict[str, Any]:
    """Unpack what `packed` made into an empty folder; what was said about it.

    `expected` says of a path whether there may be such a file; `most` is how many bytes there may be in all.

    Raises:
        SourceError: it is no such archive, or a damaged one. What is in the folder then is of no use.
        OutOfSpace, NoAccess: the folder takes no more.
    """
    try:
        return _Unpacking(stream, folder, expected, most).run()
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError, RecursionError) as error:
        raise broken(str(error) or type(error).__name__) from error
    except OSError as error:
        raise not_written(error, folder) from error


def broken(reason: str) -> SourceError:
    """Of an archive that cannot be used."""
    return SourceError(f"The backup cannot be used ({reason}); nothing was changed, take another one.")


def _members(folder: Path, about: Mapping[str, Any]) -> Iterator[bytes]:
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    stats = {path.relative_to(folder).as_posix(): path.stat() for path in found}
    files = {name: [stat.st_size, stat.st_mtime_ns] for name, stat in stats.items()}
    manifest = json.dumps({**about, "files": files}).encode()
    yield from _small(MANIFEST, manifest)
    sums = [(hashlib.sha256(manifest).hexdigest(), MANIFEST)]
    for name, stat in stats.items():
        digest = hashlib.sha256()
        yield _header(name, stat.st_size, stat.st_mtime)
        for piece in _content(folder / name, stat):
            digest.update(piece)
            yield piece
        yield _padding(stat.st_size)
        sums.append((digest.hexdigest(), name))
    yield from _small(SUMS, "".join(f"{digest}  {name}\n" for digest, name in sums).encode("utf-8", "surrogateescape"))


def _content(path: Path, stat: os.stat_result) -> Iterator[bytes]:
    left = stat.st_size
    with path.open("rb") as file:
        while left and (piece := file.read(min(_PIECE, left))):
            left -= len(piece)
            yield piece
        now = os.fstat(file.fileno())
    if left or (now.st_size, now.st_mtime_ns) != (stat.st_size, stat.st_mtime_ns):
        raise Busy(f"{path.name} was written to while it was copied; repeat this when it is not.")


def _small(name: str, content: bytes) -> Iterator[bytes]:
    yield _header(name, len(content), 0) + content + _padding(len(content))


def _header(name: str, size: int, time: float) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size, max(0, int(time)), 0o600
    return member.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _padding(size: int) -> bytes:
    return bytes(-size % tarfile.BLOCKSIZE)


class _Guarded(io.RawIOBase):
    """A stream of which no header has much read into memory."""

    def __init__(self, stream: gzip.GzipFile) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _AT_ONCE:
            raise ValueError("a header is too long")
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()


class _Unpacking:
    """One archive on its way into a folder."""

    def __init__(self, stream: BinaryIO, folder: Path, expected: Callable[[str], bool], most: int | None) -> None:
        self._stream, self._folder, self._expected, self._most = stream, folder, expected, most
        self._sums: dict[str, str] = {}

    def run(self) -> dict[str, Any]:
        """All of it; ValueError says what is wrong with it."""
        with (
            gzip.GzipFile(fileobj=self._stream, mode="rb") as inflated,
            tarfile.open(fileobj=_Guarded(inflated), mode="r:") as tar,
        ):
            manifest: dict[str, Any] = json.loads(self._small(tar, self._next(tar), MANIFEST))
            files = self._files(manifest)
            left = dict(files)
            while (member := self._next(tar)).name != SUMS:
                size, time = left.pop(member.name, (None, 0))
                if size is None or member.size != size:
                    raise ValueError(f"{member.name[:80]!a} is not what the manifest says")
                self._write(tar, member, time)
            if left:
                raise ValueError(f"{next(iter(left))[:80]!a} is missing")
            said = self._small(tar, member, SUMS).decode("utf-8", "surrogateescape")
            wanted = {name: digest for digest, _, name in (line.partition("  ") for line in said.splitlines())}
            if wanted != self._sums:
                wrong = next(name for name in {**self._sums, **wanted} if wanted.get(name) != self._sums.get(name))
                raise ValueError(f"{wrong[:80]!a} is damaged")
            if tar.next() is not None or any(inflated.read(_AT_ONCE)) or inflated.read(1):
                raise ValueError("something follows its end")
        return manifest

    def _next(self, tar: tarfile.TarFile) -> tarfile.TarInfo:
        member = tar.next()
        if member is None:
            raise EOFError("it is cut off")
        if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.issparse():
            raise ValueError(f"{member.name[:80]!a} is no plain file")
        tar.members.clear()  # type: ignore[attr-defined] # it would keep all of them
        return tarfile.data_filter(member, str(self._folder))

    def _small(self, tar: tarfile.TarFile, member: tarfile.TarInfo, name: str) -> bytes:
        if member.name != name or member.size > _LONGEST:
            raise ValueError(f"it has no {name}")
        content = b"".join(_pieces(tar, member))
        if name == MANIFEST:
            self._sums[name] = hashlib.sha256(content).hexdigest()
        return content

    def _files(self, manifest: object) -> dict[str, tuple[int, int]]:
        """The files that are to come: size and time of each."""
        if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
            raise ValueError("its manifest makes no sense")
        files = {}
        for name, said in manifest["files"].items():
            whole = isinstance(said, list) and len(said) == 2 and all(type(each) is int for each in said)
            if not whole or not 0 <= said[0] < _NEVER or not -_NEVER < said[1] < _NEVER:
                raise ValueError("its manifest makes no sense")
            if name != Path(name).as_posix() or ".." in Path(name).parts or not self._expected(name):
                raise ValueError(f"there is no place for {name[:80]!a}")
            files[name] = (said[0], said[1])
        if len(files) > _MOST_FILES:
            raise ValueError(f"it has more than {_MOST_FILES} files")
        size = sum(each for each, _ in files.values())
        if self._most is not None and size > self._most:
            raise ValueError(f"it has {size >> 20} MB, more than {self._most >> 20}")
        if shutil.disk_usage(self._folder).free < size + _SPARE:
            raise OutOfSpace(f"The disk of {self._folder.parent} has no {size + _SPARE >> 20} MB left; free some.")
        return files

    def _write(self, tar: tarfile.TarFile, member: tarfile.TarInfo, time: int) -> None:
        target, digest = self._folder / member.name, hashlib.sha256()
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            for piece in _pieces(tar, member):
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        os.utime(target, ns=(time, time))
        self._sums[member.name] = digest.hexdigest()


def _pieces(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    file = tar.extractfile(member)
    assert file is not None
    read = 0
    while piece := file.read(_PIECE):
        read += len(piece)
        yield piece
    if read != member.size:
        raise EOFError("it is cut off")
