"""Sources as callers propose them: which kind they are, and what they may name."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

from pathspec import GitIgnoreSpec

from wenyuan.engine.places import require_place
from wenyuan.errors import WrongUse
from wenyuan.fetch import Guard, Network, Source
from wenyuan.fetch.remote import SCHEMES
from wenyuan.fetch.types import SourceKind
from wenyuan.fetch.url import parse
from wenyuan.server.arrivals import fields_of
from wenyuan.server.bodies import SourceBody
from wenyuan.server.errors import Refused
from wenyuan.server.home import Home
from wenyuan.server.identity import Identity
from wenyuan.server.naming import checked_name
from wenyuan.types import Value

KINDS: tuple[SourceKind, ...] = get_args(SourceKind)
_SITE_MAP = re.compile(r"sitemap[^/]*\.(xml|txt)(\.gz)?\Z", re.IGNORECASE)

# What callers other than the folder's owner may give for a tree of files, all that must be among it, and what is set.
# The rest could name files of the server's, such as its private keys, or have it use credentials of its own.
_OPTIONS: Mapping[str, tuple[frozenset[str], frozenset[str], Mapping[str, Any]]] = {
    "s3": (frozenset({"key", "secret", "token", "endpoint_url"}), frozenset({"key", "secret"}), {}),
    "webdav": (frozenset({"auth"}), frozenset(), {"trust_env": False}),
    "sftp": (
        frozenset({"username", "password"}),
        frozenset({"password"}),
        {"allow_agent": False, "look_for_keys": False},
    ),
}


def kind_of(location: str) -> SourceKind:
    """The kind that a location looks like: a folder, a page, the pages below a folder, a site map, a tree of files."""
    scheme, rest, path = location.partition("://")[0].lower(), *location.partition("://")[1:]
    if not rest:
        return "folder"
    if scheme not in ("http", "https"):
        return "fsspec"
    steps = path.partition("?")[0].partition("/")[2]
    return "sitemap" if _SITE_MAP.search(steps) else "site" if not steps or steps.endswith("/") else "web"


def source_of(body: SourceBody, caller: Identity, home: Home, networks: Sequence[Network]) -> Source:
    """The source that a caller proposes.

    Raises:
        WrongUse, FetchError: it makes no sense.
        Refused: the caller may not name this.
    """
    kind = body.kind or kind_of(body.location)
    fields = fields_of(json.dumps(body.metadata), caller)
    metadata: dict[str, Value] = {
        name: tuple(each) if isinstance(each, list) else each for name, each in fields.items()
    }
    try:
        GitIgnoreSpec.from_lines(body.exclude)
    except ValueError as error:
        raise WrongUse(
            f"A pattern of files to leave out cannot be read ({error}); write it as in .gitignore."
        ) from error
    if body.credentials and kind != "fsspec":
        raise WrongUse("Only trees of files (s3://, webdav://, sftp://) take credentials; leave them out.")
    location, storage = body.location, dict(body.credentials)
    if kind == "folder":
        location = _folder(location, caller, home)
    elif kind == "fsspec":
        storage = _tree(location, storage, caller)
    else:
        check_url(location, networks)
    return Source(
        name=checked_name("source", body.name),
        kind=kind,
        location=location,
        metadata=metadata,
        exclude=tuple(body.exclude),
        hosts=tuple(body.hosts),
        interval=body.every,
        storage=storage,
    )


def check_url(url: str, networks: Sequence[Network]) -> None:
    """See at once that a URL is one, and names no address that is not public; names are judged when it is fetched.

    Raises:
        FetchError: it is none, or does.
    """
    address = parse(url)
    try:
        ipaddress.ip_address(address.host)
    except ValueError:
        return
    Guard(networks).addresses(address.host, address.port)


def _folder(location: str, caller: Identity, home: Home) -> str:
    if not caller.owner:
        raise Refused(403, "forbidden", "Only who owns the server's folder names places on its disk; upload files.")
    if not Path(location).is_absolute():
        raise WrongUse(f"'{location}' is no whole path; the server does not know from where it is meant.")
    place = require_place(Path(location))
    if not place.is_dir():
        raise WrongUse(f"{place} is no folder; name the one that it lies in, and leave the others out with `exclude`.")
    if home.owns(place):
        raise WrongUse(f"{place} is of the server itself; name a folder outside its own.")
    return str(place)


def _tree(location: str, storage: dict[str, Any], caller: Identity) -> dict[str, Any]:
    parts = urlsplit(location)
    if parts.scheme in ("file", "local", "memory"):
        raise Refused(403, "forbidden", "A tree of files lies elsewhere; name a folder of the server's by its path.")
    if parts.scheme not in SCHEMES:
        known = ", ".join(f"{scheme}://" for scheme in ("https", *SCHEMES))
        raise WrongUse(f"{parts.scheme}:// is nothing that can be read; begin with one of {known}.")
    if parts.password is not None:
        raise WrongUse("The address of a tree of files names a password; put it into `credentials`.")
    if caller.owner:
        return storage
    allowed, needed, fixed = _OPTIONS[parts.scheme]
    if unknown := storage.keys() - allowed:
        raise Refused(403, "forbidden", f"Only who owns the server's folder gives the option '{min(unknown)}'.")
    if missing := needed - storage.keys():
        raise WrongUse(f"Reading {parts.scheme}:// needs credentials of your own; give `{min(missing)}`.")
    return {**storage, **fixed}
