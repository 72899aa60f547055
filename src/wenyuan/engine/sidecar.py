"""What is said beside a file of the knowledge base's own: the fields of its `<file>.meta.json`."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wenyuan.load.discover import SIDECAR
from wenyuan.load.fields import read_sidecar

_WRITING = threading.Lock()  # between what was said before and what is said now nobody else says anything


def sidecar_of(file: Path) -> Path:
    """Where it is said."""
    return file.with_name(file.name + SIDECAR)


def fields_said(file: Path) -> dict[str, Any]:
    """What is said beside a file; nothing where that leads elsewhere.

    Raises:
        SourceError: it cannot be read.
    """
    sidecar = sidecar_of(file)
    if sidecar.is_symlink() or not sidecar.is_file():
        return {}
    data = sidecar.read_bytes()
    read_sidecar(data)
    said: dict[str, Any] = json.loads(data.decode("utf-8-sig"))
    return said


def merged(before: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields added to those of before; one that is None is taken from them."""
    return {name: value for name, value in {**before, **fields}.items() if value is not None}


def keep_fields(file: Path, fields: Mapping[str, Any]) -> None:
    """Add fields to those that are said of a file; one that is None is taken from them.

    Raises:
        SourceError: what is said of it cannot be read.
    """
    sidecar = sidecar_of(file)
    with _WRITING:
        if sidecar.is_symlink():  # somebody left it there: what it leads to is none of ours
            sidecar.unlink()
        before = fields_said(file)
        after = merged(before, fields)
        if after == before:
            return
        if not after:
            sidecar.unlink()
            return
        written = sidecar.with_name(f".{sidecar.name}.new")
        written.unlink(missing_ok=True)
        with written.open("x", encoding="utf-8") as out:  # never through a link that lies there
            json.dump(after, out, ensure_ascii=False)
        os.replace(written, sidecar)
