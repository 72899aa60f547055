"""Reading files of strangers in a process of its own, which may break, hang or be turned without harm to this one."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from wenyuan.errors import SourceError, WenyuanError
from wenyuan.load.content import Content
from wenyuan.load.highlight import Highlight, Stretch
from wenyuan.load.limits import Limits
from wenyuan.load.loader import load_by
from wenyuan.load.wire import Channel, Reply, decoded, longest, stretches_as_bytes
from wenyuan.types import Document, Value

_NONE: Mapping[str, Value] = {}
_PROGRAM = ("-m", "wenyuan.load.child")
OF_PDF = (*_PROGRAM, "pdf")
"""The program of one that only finds highlights, which is soon there."""

_START_SECONDS = 120.0  # libraries may come from a cold disk
_FILES = 200  # read by one child: what one file has done to it does not last
_DYING_SECONDS = 5.0

# Nothing else of our environment reaches the child: no key, no token, no address.
_ENVIRONMENT = (
    "PATH",
    "PYTHONPATH",
    "PYTHONHOME",
    "VIRTUAL_ENV",
    "LD_LIBRARY_PATH",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
)
_ALONE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}


class IsolatedLoader:
    """Loads as `load` does, but what a file holds is read by a child process with limits of time and memory.

    The child is started by the first file, reads one file at a time while other threads wait for their turn, and ends
    with this process. A file that breaks it or exceeds a limit is refused, and the next one gets a new child.
    """

    def __init__(self, seconds: float = 120.0, memory_mb: int = 2048, program: Sequence[str] = _PROGRAM) -> None:
        """`seconds` of a file, and MB beside what the child has when it starts; `program` are arguments of Python."""
        self._seconds = seconds
        self._memory_mb = memory_mb
        self._program = tuple(program)
        self._turn = threading.Lock()
        self._child: _Child | None = None
        self._closed = False

    def load(
        self,
        path: Path,
        *,
        id: str,
        metadata: Mapping[str, Value] = _NONE,
        limits: Limits = Limits(),  # noqa: B008
    ) -> Document:
        """The document in `path`, known as `id`: see `wenyuan.load.load`.

        Raises:
            SourceError: anything is wrong with the file, or it takes too much time or memory, or breaks its reader.
            WrongUse: a field in `metadata` is wrong.
            WenyuanError: the child does not start, or this loader was closed.
        """
        return load_by(self._read, path, id=id, metadata=metadata, limits=limits)

    def highlights(self, data: bytes, stretches: Sequence[Stretch]) -> tuple[Highlight, ...]:
        """Where stretches of a PDF's text stand on its pages: see `wenyuan.load.highlight`.

        Raises:
            SourceError, WenyuanError: as `load`, but the sentence does not name the file.
        """
        pages = {each.page for each in stretches}
        found = self._asked(lambda child: child.find(data, stretches, self._seconds)).highlights
        if not {each.page for each in found} <= pages:
            raise self._senseless()
        return found

    def close(self) -> None:
        """End the child, even while it reads; nothing is loaded any more."""
        self._closed = True
        if child := self._child:
            child.kill()
        with self._turn:
            if self._child:
                self._child.end()
                self._child = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self, data: bytes, suffix: str, limits: Limits) -> Content:
        reply = self._asked(lambda child: child.ask(data, suffix, limits, self._seconds))
        if reply.content is None:
            raise SourceError(reply.refused)
        return reply.content

    def _asked(self, ask: Callable[[_Child], Reply]) -> Reply:
        """What the child replies, once it is its turn; one that broke is the last of its kind."""
        with self._turn:
            child = self._ready()
            goes_on = False
            try:
                reply = ask(child)
                goes_on = not (reply.exhausted or reply.last or child.files >= _FILES)
            except EOFError:
                raise self._broken(child.end(_DYING_SECONDS)) from None
            except TimeoutError:
                raise self._slow() from None
            except ValueError as error:
                raise self._senseless() from error
            finally:
                if not goes_on:
                    child.end()
                    self._child = None
        if reply.exhausted:
            raise self._large()
        if reply.refused:
            raise SourceError(reply.refused)
        return reply

    def _ready(self) -> _Child:
        if self._closed:
            raise WenyuanError("The loader of files was closed; open another one.")
        if self._child is not None and not self._child.lives():  # the system may have wanted its memory meanwhile
            self._child.end()
            self._child = None
        if self._child is None:
            self._child = _Child(self._program, self._memory_mb << 20)
            if self._closed:  # meanwhile
                self._child.kill()
        return self._child

    def _broken(self, code: int) -> WenyuanError:
        """What the end of a child says, by its exit code: signals are negative."""
        if self._closed:
            return WenyuanError("The loader of files was closed; open another one.")
        if code == -signal.SIGXCPU:
            return self._slow()
        if code == -signal.SIGKILL:  # not by us: the system was out of memory
            return self._large()
        return SourceError(
            f"it breaks the program that reads it, or takes more than {self._memory_mb:,} MB of memory; split it into "
            "smaller files or save it again from its application"
        )

    def _senseless(self) -> SourceError:
        return SourceError("what was read of it makes no sense; save it again from its application")

    def _slow(self) -> SourceError:
        return SourceError(f"it takes more than {self._seconds:g} s to read; split it into smaller files")

    def _large(self) -> SourceError:
        return SourceError(f"it takes more than {self._memory_mb:,} MB of memory to read; split it into smaller files")


class _Child:
    """A process that runs `wenyuan.load.child`, ready to read."""

    def __init__(self, program: Sequence[str], memory: int) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            handle = theirs.fileno()
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-P", "-B", *program, str(handle), str(memory)],
                stdin=subprocess.PIPE,  # never written to: its closing ends the child
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=(handle,),
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ} | _ALONE,
                start_new_session=True,  # Ctrl-C in a terminal is for us
            )
        self._channel = Channel(ours)
        self.files = 0
        try:
            self._channel.receive(16, time.monotonic() + _START_SECONDS)
        except (EOFError, ValueError, TimeoutError) as error:
            assert self._process.stderr is not None
            self._process.kill()
            said = self._process.stderr.read().decode(errors="replace").strip().splitlines()[-1:]
            self.end()
            raise WenyuanError(
                f"The process that reads files does not start ({' '.join(said) or '?'}); "
                "see whether Wenyuan is installed whole."
            ) from error

    def lives(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def ask(self, data: bytes, suffix: str, limits: Limits, seconds: float) -> Reply:
        """What became of a file; EOFError where it ended the child, ValueError where the reply is none."""
        return self._replied({"suffix": suffix}, [data], limits, seconds)

    def find(self, data: bytes, stretches: Sequence[Stretch], seconds: float) -> Reply:
        """Where stretches stand in a PDF; fails as `ask` does."""
        wanted = stretches_as_bytes(stretches)
        return self._replied({"wanted": len(wanted)}, [data, wanted], Limits(), seconds)

    def _replied(self, job: Mapping[str, object], messages: Sequence[bytes], limits: Limits, seconds: float) -> Reply:
        until = time.monotonic() + seconds
        self.files += 1
        whole = {**job, "size": len(messages[0]), "seconds": seconds, "limits": dataclasses.asdict(limits)}
        for message in (json.dumps(whole).encode(), *messages):
            self._channel.send(message, until)
        return decoded(self._channel.receive(longest(limits), until), limits)

    def kill(self) -> None:
        """Let it read no more; who asks it is told that it ended."""
        self._process.kill()

    def end(self, patience: float = 0.0) -> int:
        """Its exit code; killed where it has not ended within `patience` seconds."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        self._process.kill()
        code = self._process.wait()
        for pipe in (self._process.stdin, self._process.stderr):
            if pipe is not None:
                pipe.close()
        self._channel.close()
        return code
