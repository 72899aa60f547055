"""How a knowledge base reads files: as its caller has it, in a process of its own, or in this one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from wenyuan.settings import LoadSettings
from wenyuan.types import Document, Value

if TYPE_CHECKING:  # loaded with the first file: a question needs none of it
    from wenyuan.load import Limits, LoadFile
    from wenyuan.load.highlight import Highlight, Stretch
    from wenyuan.load.isolated import IsolatedLoader


@runtime_checkable
class Highlighter(Protocol):
    """What a `LoadFile` may be, too, where what it reads of PDFs is not to be read in this process."""

    def highlights(self, data: bytes, stretches: Sequence[Stretch]) -> tuple[Highlight, ...]:
        """Where these stretches stand in a PDF; SourceError as `LoadFile` has it."""


class Loading:
    """A `LoadFile`: that of the caller, else as the settings have it."""

    def __init__(self, settings: LoadSettings, given: LoadFile | None = None) -> None:
        self._settings = settings
        self._load = given
        self._isolated: IsolatedLoader | None = None  # ours, where the settings want one

    def __call__(self, path: Path, *, id: str, metadata: Mapping[str, Value], limits: Limits) -> Document:
        """The document in `path`, known as `id`: see `wenyuan.load.load`."""
        if self._load is None:
            self._load = self._chosen()
        return self._load(path, id=id, metadata=metadata, limits=limits)

    def highlights(self, data: bytes, stretches: Sequence[Stretch]) -> tuple[Highlight, ...]:
        """Where stretches of a PDF's text stand on its pages, found where files are read: see `load.highlight`."""
        if self._load is None:
            self._load = self._chosen()
        finder = self._isolated or self._load
        if isinstance(finder, Highlighter):
            return finder.highlights(data, stretches)
        from wenyuan.load.highlight import find_highlights

        return find_highlights(data, stretches)

    def close(self) -> None:
        """End the process that is ours, if there is one."""
        if self._isolated:
            self._isolated.close()

    def _chosen(self) -> LoadFile:
        if self._settings.isolated:
            from wenyuan.load.isolated import IsolatedLoader

            self._isolated = IsolatedLoader(self._settings.seconds, self._settings.memory_mb)
            return self._isolated.load
        from wenyuan.load import load

        return load
