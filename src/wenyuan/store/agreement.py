"""Whether a knowledge base was made with what it is opened with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from wenyuan.errors import Damaged, WrongModel
from wenyuan.store.catalogue import Catalogue
from wenyuan.store.ledger import FORMAT
from wenyuan.store.migrate import OLDER

Repair = Literal["index", "all"] | None


def agree(catalogue: Catalogue, folder: Path, given: Mapping[str, str | int], repair: Repair) -> None:
    """See that the knowledge base was made with what it is opened with, before anything of it is changed.

    Raises:
        Damaged: it has a format that is not known.
        WrongModel: it was made with something else; `repair="all"` makes it anew.
    """
    meta = catalogue.meta()
    if meta and meta["format"] not in (*OLDER, FORMAT):
        raise Damaged(
            f"The knowledge base {folder} has format {meta['format']}, not {FORMAT}; delete the folder and add its "
            "sources again."
        )
    for name, value in given.items() if meta and repair != "all" else ():
        if meta[name] != value:
            raise WrongModel(
                f"The knowledge base {folder} was made with {name} {meta[name]}, not {value}; "
                "open it with that one, or make it anew with `wenyuan sync --rebuild`."
            )


def begin(catalogue: Catalogue, given: Mapping[str, str | int], repair: Repair) -> None:
    """Note in a new knowledge base, or in one that is made anew, what it is made with."""
    meta = catalogue.meta()
    if not meta or repair == "all":
        with catalogue.writing():
            catalogue.remove(info.id for info in catalogue.documents())
            catalogue.set_meta(format=FORMAT, version=int(meta.get("version", 0)) + bool(meta), changed=0, **given)
