"""What callers may call things: tenants, knowledge bases, and the documents they bring."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

from wenyuan.errors import WrongUse
from wenyuan.load.discover import KNOWLEDGE_BASE, SIDECAR

_NAME = re.compile(r"[^\W_][\w-]{0,63}")
_LONGEST = 1024  # bytes of a document's name
_LONGEST_PART = 200  # bytes of one part of it: a sidecar's name is longer, and 255 is what file systems take


def is_name(name: str) -> bool:
    """Whether a tenant or knowledge base may be called so."""
    return _NAME.fullmatch(name) is not None and name == unicodedata.normalize("NFC", name)


def checked_name(what: str, name: str) -> str:
    """`name`, as it is.

    Raises:
        WrongUse: nothing may be called so.
    """
    if not is_name(name):
        raise WrongUse(
            f"{name[:80]!r} cannot be the name of a {what}; write up to 64 letters, digits, - and _, a letter or digit "
            "first."
        )
    return name


def document_name(name: str) -> str:
    """The id of a document that a caller brings: a path in a folder that nothing leads out of.

    Raises:
        WrongUse: it is no such path, or no file could have the name.
    """
    path = unicodedata.normalize("NFC", name.replace("\\", "/"))
    parts = PurePosixPath(path).parts
    if (
        not parts
        or path.startswith("/")
        or path.endswith("/")
        or any(part.startswith(".") or part != part.strip() for part in parts)
        or any(part.casefold().endswith(SIDECAR) or part.casefold() == KNOWLEDGE_BASE for part in parts)
        or any(unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") for each in path)
        or re.match("[A-Za-z]:", path)
    ):
        raise WrongUse(
            f"{name[:80]!r} cannot be the name of a document; write a path such as manuals/pump.pdf, without .. and "
            "hidden parts."
        )
    if len(path.encode()) > _LONGEST or any(len(part.encode()) > _LONGEST_PART for part in parts):
        raise WrongUse(
            f"{name[:80]!r} is too long for the name of a document: a file or folder has {_LONGEST_PART} bytes at most "
            f"({_LONGEST_PART // 3} Chinese characters), the whole path {_LONGEST}; shorten it."
        )
    return "/".join(parts)
