"""Whether a knowledge base was made with what it is opened with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from wenyuan.errors import Damaged, WrongModel
from wenyuan.store.catalogue import FORMAT, Catalogue


def agree(catalogue: Catalogue, folder: Path, given: Mapping[str, str | int], repair: str | None) -> None:
    """See that the knowledge base was made with what it is opened with; note it in a new one."""
    meta = catalogue.meta()
    if meta and meta["format"] != FORMAT:
        raise Damaged(f"The knowledge base {folder} has format {meta['format']}, not {FORMAT}; make it again.")
    if not meta or repair == "all":
        with catalogue.writing():
            catalogue.remove(info.id for info in catalogue.documents())
            catalogue.set_meta(format=FORMAT, version=int(meta.get("version", 0)) + bool(meta), changed=0, **given)
        return
    for name, value in given.items():
        if meta[name] != value:
            raise WrongModel(
                f"The knowledge base {folder} was made with {name} {meta[name]}, not {value}; "
                "open it with that one, or make it anew with `wenyuan sync --rebuild`."
            )
