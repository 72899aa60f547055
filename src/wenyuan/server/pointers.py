"""Notes in the folders of knowledge bases: where their server is, for who may read the folder anyway."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from wenyuan.errors import Busy, NoAccess

SERVER_FILE = "server.json"
"""In a knowledge base while a server serves it: where that is, and a token for who may read the folder anyway."""


class Pointers:
    """The notes of one server, each locked as long as this lives, however it dies."""

    def __init__(self) -> None:
        self._notes: dict[Path, IO[str]] = {}

    def put(self, folder: Path, note: Mapping[str, object]) -> None:
        """Leave a note in a knowledge base's folder.

        Raises:
            Busy: another server serves it.
            NoAccess: it cannot be written there.
        """
        file = folder / SERVER_FILE
        written = file.with_name(f".{SERVER_FILE}.new")
        try:
            if file not in self._notes:
                _refuse_served(file)
            written.unlink(missing_ok=True)
            out = os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w")
            with ExitStack() as undone:
                undone.callback(out.close)
                fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
                json.dump(note, out)
                out.flush()
                os.replace(written, file)
                undone.pop_all()
        except OSError as error:
            raise NoAccess(
                f"The server cannot write {file} ({os.strerror(error.errno or 0)}); let it write there, or make room."
            ) from error
        if (before := self._notes.pop(file, None)) is not None:
            before.close()
        self._notes[file] = out

    def close(self) -> None:
        """Take all notes away."""
        with ExitStack() as each_of_them:
            for file, held in self._notes.items():
                each_of_them.callback(held.close)
                each_of_them.callback(file.unlink, missing_ok=True)
            self._notes = {}


def _refuse_served(file: Path) -> None:
    """See that no other server holds the note; one that is gone left it unlocked."""
    try:
        with file.open() as there:
            try:
                fcntl.flock(there, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Busy(
                    f"The knowledge base {file.parent} is served by another server already; stop that, or name others "
                    "with --kb."
                ) from error
    except FileNotFoundError:
        return
