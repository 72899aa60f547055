"""Trees of files elsewhere, through fsspec: object stores, WebDAV, SFTP.

These libraries connect by themselves, so the guard can judge a host before they do, but not hold them to the address
it judged. Such a source is for administrators to name.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from wenyuan.errors import FetchError, MissingExtra, WrongUse
from wenyuan.fetch.guard import Guard
from wenyuan.fetch.names import SIDECAR
from wenyuan.fetch.types import Fetched, FetchLimits, Item
from wenyuan.text.normalise import is_text

SCHEMES = ("s3", "webdav", "sftp")
"""Which trees there are; each needs the extra of its name."""

_STAMPS = ("ETag", "etag", "checksum", "md5", "content_hash", "version_id", "mtime", "LastModified", "modified")
_TIMES = ("mtime", "LastModified", "modified", "updated", "created")
_SIDECAR_BYTES = 1_000_000

Info = Mapping[str, Any]
"""What a file system says of a file or folder, by its own names."""


class Tree:
    """Listing of the files below a location such as s3://bucket/folder; sidecars belong to the files beside them."""

    def __init__(
        self,
        location: str,
        storage: Mapping[str, object],
        guard: Guard,
        limits: FetchLimits = FetchLimits(),  # noqa: B008
        schemes: Collection[str] = SCHEMES,
    ) -> None:
        self.complete = False
        self.notes: list[str] = []
        self._location = re.sub(r"(?<=://)[^/@]*@", "", location)  # without the user
        self._limits = limits
        self._files, self._root = _opened(location, storage, guard, schemes)
        self._sidecars: dict[str, Info] = {}
        self._unreadable = 0

    def items(self) -> Iterator[Item]:
        """The files, folder by folder; a folder that cannot be listed ends it all, for what is in it is unknown."""
        listed = 0
        self._files.invalidate_cache()
        folders = [(self._root, "", 0)]
        while folders:
            folder, within, depth = folders.pop()
            if depth > self._limits.depth:
                raise FetchError(f"{self._location} has folders in folders without end; name one of them.")
            found = self._list(folder)
            folders += [
                (str(info["name"]), f"{within}{name}/", depth + 1)
                for name, info in reversed(found.items())
                if info.get("type") == "directory"
            ]
            for name, info in found.items():
                if info.get("type") != "file" or name.lower().endswith(SIDECAR):
                    continue
                if listed == self._limits.items:
                    self.notes.append(f"{self._location} holds more than {listed} files; the others were left out.")
                    return
                listed += 1
                yield self._item(f"{within}{name}", info, found.get(name + SIDECAR))
        if self._unreadable:
            self.notes.append(f"Files in {self._location} whose names are not UTF-8 were left out: {self._unreadable}.")
        self.complete = True

    def read(self, item: Item, stamp: str) -> Fetched:  # noqa: ARG002 - the listing has told what is new
        """A file, with what its sidecar says of it."""
        url = f"{self._location.rstrip('/')}/{item.path}"
        data = self._bytes(item.key, url, item.size, self._limits.file_bytes)
        if not data.strip():
            raise FetchError(f"{url} is empty; fill or remove it.", unwanted=True)
        sidecar = self._sidecars.get(item.key)
        metadata = self._stated(sidecar, url) if sidecar is not None else {}
        return Fetched(data, url, item.path, stamp=item.stamp, time=item.time, metadata=metadata)

    def _stated(self, sidecar: Info, url: str) -> dict[str, object]:
        try:
            stated = json.loads(self._bytes(str(sidecar["name"]), url + SIDECAR, None, _SIDECAR_BYTES))
        except (ValueError, RecursionError) as error:
            raise FetchError(f"The sidecar of {url} is not valid JSON ({error}); mend it there.") from error
        if not isinstance(stated, dict):
            raise FetchError(f"The sidecar of {url} is no JSON object; mend it there.")
        return stated

    def _item(self, path: str, info: Info, sidecar: Info | None) -> Item:
        key = str(info["name"])
        if sidecar is not None:
            self._sidecars[key] = sidecar
        stamps = [_stamp(each) for each in (info, sidecar) if each is not None]
        size = info.get("size")
        return Item(
            key,
            path,
            json.dumps(stamps) if all(stamps) else "",
            size if isinstance(size, int) else None,
            next((moment for name in _TIMES if (moment := _moment(info.get(name))) is not None), None),
        )

    def _list(self, folder: str) -> dict[str, Info]:
        """What is in a folder, by name; hidden files and folders are left out, as the document flow leaves them."""
        with _faults(f"The folder {folder or '/'} of {self._location}"):
            infos: list[Info] = sorted(self._files.ls(folder, detail=True), key=_name)
        found: dict[str, Info] = {}
        for info in infos:
            name = _name(info).rstrip("/").rpartition("/")[2]
            if not is_text(name):
                self._unreadable += 1
            elif name and not name.startswith(".") and _name(info).strip("/") != folder.strip("/"):
                found[name] = info  # object stores list a folder itself among what is in it
        return found

    def _bytes(self, key: str, url: str, size: int | None, limit: int) -> bytes:
        if size is None or size <= limit:
            with _faults(url), self._files.open(key, "rb") as file:
                data = bytes(file.read(limit + 1))
            if len(data) <= limit:
                return data
        raise FetchError(f"{url} is larger than {limit:,} bytes; split it, or raise the limit.")


def _name(info: Info) -> str:
    return str(info["name"])


@contextmanager
def _faults(what: str) -> Iterator[None]:
    """Whatever the libraries raise, as an error of the house."""
    try:
        yield
    except FileNotFoundError as error:
        raise FetchError(f"{what} is not there; correct the address, or remove it.", gone=True) from error
    except PermissionError as error:
        raise FetchError(f"{what} is not open to this user; correct the credentials, or its rights.") from error
    except MemoryError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or error.__class__.__name__
        raise FetchError(
            f"{what} cannot be fetched ({reason}); see whether it can be reached.", retryable=True
        ) from error


def _opened(location: str, storage: Mapping[str, object], guard: Guard, schemes: Collection[str]) -> tuple[Any, str]:
    """(file system, path of the tree's root within it)."""
    parts = urlsplit(location)
    if parts.scheme not in schemes or "::" in location:
        raise WrongUse(f"{location!r} is no tree of files that can be read; begin it with one of {', '.join(schemes)}.")
    if parts.password is not None:
        raise WrongUse("The address of a tree of files names a password; put it into `storage`.")
    try:
        import fsspec
    except ImportError:
        raise _missing(parts.scheme) from None
    options, root = _options(parts)
    options |= storage
    for host in _hosts(parts, options):
        guard.addresses(host, 443)  # whatever its port is: who names a tree may choose one
    try:
        with _faults(location):
            return fsspec.filesystem(parts.scheme, skip_instance_cache=True, **options), root
    except FetchError as error:
        if isinstance(error.__cause__, ImportError):
            raise _missing(parts.scheme) from None
        if isinstance(error.__cause__, TypeError):
            raise WrongUse(f"{location} cannot be opened ({error.__cause__}); correct `storage`.") from error
        raise


def _missing(scheme: str) -> MissingExtra:
    return MissingExtra(f"Reading {scheme}:// needs an extra: `pip install 'wenyuan[{scheme}]'`.")


def _options(parts: SplitResult) -> tuple[dict[str, object], str]:
    """What a file system is opened with by its address, and the root within it."""
    path = unquote(parts.path)
    if parts.scheme == "webdav":
        return {"base_url": f"https://{parts.netloc}{parts.path}"}, ""
    if parts.scheme == "sftp":
        names: dict[str, object] = {
            "host": parts.hostname,
            "port": parts.port,
            "username": parts.username and unquote(parts.username),
        }
        # A host that is not among the known ones may be anybody.
        return {name: value for name, value in names.items() if value} | {"host_key_policy": "reject"}, path or "/"
    return {}, f"{parts.netloc}{path}".rstrip("/")


def _hosts(parts: SplitResult, options: Mapping[str, object]) -> Iterator[str]:
    """The hosts that a file system will connect to, as far as they are stated."""
    if parts.scheme == "sftp":
        yield str(options.get("host", ""))
    client = options.get("client_kwargs")
    nested = client.get("endpoint_url") if isinstance(client, Mapping) else None
    for stated in (options.get("base_url"), options.get("endpoint_url"), nested):
        if isinstance(stated, str) and (host := urlsplit(stated).hostname):
            yield host


def _stamp(info: Info) -> str:
    """The state of a file, where its file system tells one; size alone is none."""
    known = {name: str(info[name]) for name in _STAMPS if info.get(name) is not None}
    return json.dumps({**known, "size": info.get("size")}, sort_keys=True) if known else ""


def _moment(stated: object) -> float | None:
    if isinstance(stated, datetime.datetime):
        return stated.timestamp()
    return float(stated) if isinstance(stated, int | float) else None
