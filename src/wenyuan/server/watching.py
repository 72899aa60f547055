"""Folders that are watched: a change shows at once, and not only when they are looked at anyway."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from wenyuan.load.discover import SIDECAR
from wenyuan.load.formats import SUPPORTED
from wenyuan.server.home import Home

if TYPE_CHECKING:
    from watchfiles import Change

_STEP, _LONGEST = 200, 1_000  # milliseconds without a change that end a group of them, and that a group lasts at most
_LOOK = 1_000  # milliseconds between two looks whether the folder is still the same
_PAUSE = 30.0  # seconds after which a folder is tried again that cannot be watched

log = logging.getLogger(__name__)

Touched = Callable[[int], None]
"""Called with the source in whose folder something has changed."""


class Watch:
    """A thread a folder, which is told of when it is first watched, too."""

    def __init__(self, home: Home, touched: Touched) -> None:
        self._home, self._touched = home, touched
        self._folders: dict[int, tuple[str, threading.Event, threading.Thread]] = {}

    def keep(self, folders: Mapping[int, str]) -> None:
        """Watch these, by source, and no others."""
        for source, (folder, ended, _) in list(self._folders.items()):
            if folders.get(source) != folder:
                ended.set()
                del self._folders[source]
        for source, folder in folders.items():
            if source not in self._folders:
                ended = threading.Event()
                given = (source, Path(folder), ended)
                thread = threading.Thread(target=self._watch, args=given, name=f"watch-{source}", daemon=True)
                self._folders[source] = folder, ended, thread
                thread.start()

    def close(self) -> None:
        """Watch nothing more."""
        threads = [thread for _, _, thread in self._folders.values()]
        self.keep({})
        for thread in threads:
            thread.join()

    def _watch(self, source: int, folder: Path, ended: threading.Event) -> None:
        while not ended.is_set():
            self._touched(source)
            try:
                self._until_another(source, folder, ended)
            except OSError as error:  # as where the system watches no more than so many
                log.warning("%s is not watched, only looked at now and then: %s", folder, error)
                ended.wait(_PAUSE)
            if not ended.is_set() and _identity(folder) is None:
                self._touched(source)  # a look says so, and takes nothing away
            while not ended.is_set() and _identity(folder) is None:
                ended.wait(_LOOK / 1000)

    def _until_another(self, source: int, folder: Path, ended: threading.Event) -> None:
        """Tell of changes until the folder is gone, or another has its place."""
        from watchfiles import watch

        same = _identity(folder)
        if same is None:
            return
        for changes in watch(
            folder,
            watch_filter=lambda change, path: self._counts(change, folder, Path(path)),
            debounce=_LONGEST,
            step=_STEP,
            stop_event=ended,
            rust_timeout=_LOOK,
            yield_on_timeout=True,
            raise_interrupt=False,
            ignore_permission_denied=True,
        ):
            if _identity(folder) != same:
                return
            if changes:
                self._touched(source)

    def _counts(self, _: Change, folder: Path, path: Path) -> bool:
        """Whether a change may be one of documents: of such a file, or of a folder. What we write ourselves is none."""
        within = path.relative_to(folder).parts if path.is_relative_to(folder) else ()
        if any(part.startswith(".") for part in within) or self._home.owns(path):
            return False
        return path.suffix.lower() in SUPPORTED or path.name.endswith(SIDECAR) or not path.is_file()


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino)
