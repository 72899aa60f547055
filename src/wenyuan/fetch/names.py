"""Names of files for what lies elsewhere: readable, always within the folder, different for different things.

What a source calls its files is not trusted. A name that has to be changed, shortened or told apart from another ends
in a hash of the item's key, so that what differs at the source differs here.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from pathlib import PurePosixPath
from urllib.parse import unquote

from wenyuan.fetch.url import WebAddress

SIDECAR = ".meta.json"

_UNSAFE = re.compile(r'[<>:"|?*\\]')
_UNSEEN = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")  # categories of characters that steer, or have no form
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}\Z")
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(?=\.|\Z)", re.IGNORECASE)
_OURS = ("catalogue.sqlite",)  # a folder with this file is taken for a knowledge base
_NAME_BYTES = 180  # of 255, for a sidecar's and a temporary file's name are longer
_PATH_BYTES = 900
_DEPTH = 40
_PROGRAMS = (".php", ".asp", ".aspx", ".jsp", ".do", ".action")  # name what made a page, not what it is


def web_path(address: WebAddress, ending: str) -> str:
    """A readable path for a page, as example.com/docs/page.html, a query hashed; to be made safe as any other."""
    host = address.place.replace("[", "").replace("]", "").replace(":", "-")
    steps = [_readable(step) for step in address.path.split("/")[1:]]
    name = steps[-1] or "index"
    own = suffix(name)
    stem = name.removesuffix(own)
    if own.lower() in _PROGRAMS and ending:
        own = ""
    if address.query:
        stem = f"{stem}-{_hash(address.query)}"
    last = stem + own + ("" if own.lower() == ending else ending)
    return "/".join([host, *steps[:-1], last])


def suffix(name: str) -> str:
    """The extension of a file's name, with its dot; empty where it has none."""
    found = _SUFFIX.search(name)
    return found[0] if found and name[: found.start()].strip("./") else ""


def safe_path(wish: str, key: str) -> PurePosixPath:
    """A relative path, like `wish` as far as that can be, that is safe to write on any file system.

    Equal wishes, or such as differ only in their spelling, may give equal paths: `free_path` tells them apart.
    """
    steps = [step for step in unicodedata.normalize("NFC", wish).split("/") if step not in ("", ".")] or ["_"]
    clean = [_clean(step) for step in steps]
    path = PurePosixPath(*clean)
    if len(clean) > _DEPTH or len(str(path).encode()) > _PATH_BYTES:
        return _told_apart(PurePosixPath(clean[0], clean[-1]), key)
    return path if clean == steps else _told_apart(path, key)


def free_path(wish: str, key: str, is_file: Callable[[str], bool], is_folder: Callable[[str], bool]) -> PurePosixPath:
    """The safe path for `wish` where nothing is yet, and whose folders are folders or not there.

    Both functions are asked of paths as `safe_path` makes them.
    """
    path = safe_path(wish, key)
    folder = PurePosixPath()
    for step in path.parts[:-1]:
        following, tried = folder / step, 0
        while is_file(str(following)):  # the same name for all that would lie in this folder
            tried += 1
            following = _told_apart(folder / step, f"{folder / step}/{tried}")
        folder = following
    found, tried = folder / path.name, 0
    while is_file(str(found)) or is_folder(str(found)):
        tried += 1
        found = _told_apart(folder / path.name, key if tried == 1 else f"{key}\0{tried}")
    return found


def folded(path: str) -> str:
    """The form in which file systems that ignore case, or Unicode's normal forms, compare paths."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).casefold())


def _readable(step: str) -> str:
    """A step of a URL's path without its escapes, if they are of UTF-8; an escaped slash stays one."""
    try:
        return unquote(step, errors="strict").replace("/", "%2F")
    except UnicodeDecodeError:
        return step


def _clean(name: str) -> str:
    name = "".join("_" if unicodedata.category(char) in _UNSEEN else char for char in name)
    name = _UNSAFE.sub("_", name).strip(" ").rstrip(". ")
    if name.startswith("."):  # a hidden file would not be read
        name = f"_{name[1:]}"
    if name.lower().endswith(SIDECAR):
        name = f"{name[: -len(SIDECAR)]}_{SIDECAR[1:]}"
    if _RESERVED.match(name) or name.lower() in _OURS:
        name = f"_{name}"
    return _shortened(name, _NAME_BYTES) or "_"


def _told_apart(path: PurePosixPath, key: str) -> PurePosixPath:
    own = suffix(path.name)
    stem = _shortened(path.name.removesuffix(own), _NAME_BYTES - 20)
    return path.with_name(f"{stem}-{_hash(key)}{own}")


def _shortened(name: str, most: int) -> str:
    """The name in at most so many bytes of UTF-8, its extension kept."""
    if len(name.encode()) <= most:
        return name
    own = suffix(name)
    stem = name.removesuffix(own).encode()[: most - len(own)].decode(errors="ignore")
    return stem.rstrip(". ") + own


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:10]
