"""Whether a file has to be read again: the state that it was in when it was read, and all that shapes its chunks."""

from __future__ import annotations

import hashlib

from wenyuan.engine.places import File
from wenyuan.errors import SourceError
from wenyuan.load.discover import SIDECAR
from wenyuan.settings import Settings

_RECIPE = 3  # raise when loading or chunking changes, so that `sync` reads every file again


def stamp_of(file: File, settings: Settings, scorer: str | None) -> str:
    """Another whenever reading the file again could give another result; `scorer` is the id of the token scorer.

    Raises:
        SourceError: the file cannot be looked at.
    """
    sidecar = file.path.with_name(file.path.name + SIDECAR)
    try:
        states = [(p.stat().st_size, p.stat().st_mtime_ns) for p in (file.path, sidecar) if p.exists()]
    except OSError as error:
        raise SourceError(f"{file.path} cannot be read ({error.strerror}); check its permissions.") from error
    chunking = (settings.chunk.size, settings.chunk.overlap)
    extra = ["summaries"] if settings.recall.summaries else []  # nothing where off: stamps of before hold
    recipe = (_RECIPE, *chunking, sorted(file.metadata.items()), scorer, *extra)
    return hashlib.sha256(repr((states, recipe)).encode()).hexdigest()[:32]
