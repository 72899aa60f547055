"""Who does the jobs: one thread, so that asking and reading share the machine as asking needs it."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from wenyuan import shapes
from wenyuan.engine import KnowledgeBase
from wenyuan.engine.progress import Progress
from wenyuan.engine.report import Report
from wenyuan.errors import WenyuanError
from wenyuan.server.arrivals import Arrival, refuse_taken, take_over
from wenyuan.server.errors import Refused, envelope_of, status_of
from wenyuan.server.jobs import OVER, Job, Jobs
from wenyuan.server.shelf import Shelf

Tell = Callable[[Progress], None]
Work = Callable[[KnowledgeBase, Job, Tell], Report]
"""What a kind of job does with its knowledge base."""

_LOOK = 0.5  # seconds between two looks at the queue, where nobody tells of a new job
_TOLD = 0.1  # seconds at least between two words of how far it is

log = logging.getLogger(__name__)


class _Stopped(BaseException):
    """Breaks off a job between two files; no handler of errors on the way takes it for one."""


class Worker:
    """Does one job after the other until it is closed."""

    def __init__(self, jobs: Jobs, shelf: Shelf, staging: Path, kinds: Mapping[str, Work]) -> None:
        self._jobs, self._shelf = jobs, shelf
        self._staging = staging
        self._kinds = {"take": _taking(staging), "sync": _sync, "rebuild": _sync, "add": _add} | dict(kinds)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether jobs are done."""
        return self._thread.is_alive()

    def close(self) -> None:
        """End now; the job that is broken off is begun again by the next process."""
        self._closing.set()
        self._shelf.stop_reading()
        with self._jobs.changed:
            self._jobs.changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        begun: Job | None = None
        while not self._closing.is_set():
            try:
                if begun is not None:  # what became of it could not be kept, so it is done again
                    self._jobs.again(begun.id)
                begun = self._jobs.begin()
                if begun is not None:
                    self._do(begun)
                    begun = None
                    continue
            except WenyuanError as error:  # the disk of the queue is full, and will have room again
                log.error("the queue of jobs cannot be written: %s", error)
            with self._jobs.changed:
                self._jobs.changed.wait(_LOOK)

    def _do(self, job: Job) -> None:
        try:
            self._work(job)
        finally:
            now = self._jobs.get(job.id)
            if now is not None and now.state in OVER:  # what came in for it is of use to nobody any more
                shutil.rmtree(self._staging / job.id, ignore_errors=True)

    def _work(self, job: Job) -> None:
        try:
            lent = self._shelf.emptied if job.kind == "rebuild" else self._shelf.lent
            with lent(job.tenant, job.kb) as kb:
                report = self._kinds[job.kind](kb, job, self._tell(job))
            self._jobs.end(job.id, "done", report=shapes.report_shape(report))
        except _Stopped:
            if self._jobs.unwanted(job.id):
                self._jobs.end(job.id, "cancelled")
            else:
                self._jobs.again(job.id)
        except WenyuanError as error:
            if self._closing.is_set():
                self._jobs.again(job.id)
                return
            status, code = status_of(error)
            self._jobs.end(job.id, "failed", error=envelope_of(status, code, str(error))["error"])
        except Exception as error:  # one job that breaks is no reason to do no other
            log.exception("job %s failed", job.id)
            said = f"The server failed at this ({type(error).__name__}); its log says more."
            self._jobs.end(job.id, "failed", error=envelope_of(500, "internal_error", said)["error"])

    def _tell(self, job: Job) -> Tell:
        last = 0.0

        def tell(progress: Progress) -> None:
            nonlocal last
            if self._closing.is_set() or self._jobs.unwanted(job.id):
                raise _Stopped
            if (now := time.monotonic()) - last >= _TOLD:
                last = now
                self._jobs.tell(job.id, asdict(progress))

        return tell


def _taking(staging: Path) -> Work:
    def take(kb: KnowledgeBase, job: Job, tell: Tell) -> Report:
        arrivals = [Arrival(**each) for each in job.spec["files"]]
        try:
            refuse_taken(kb, [each.document for each in arrivals], job.spec["groups"])  # another may have come first
            documents = take_over(kb, staging / job.id, arrivals, job.spec["fields"])
        except Refused:
            shutil.rmtree(staging / job.id, ignore_errors=True)
            raise
        return kb.take(*documents, on_progress=tell)

    return take


def _sync(kb: KnowledgeBase, job: Job, tell: Tell) -> Report:
    del job
    return kb.sync(on_progress=tell)


def _add(kb: KnowledgeBase, job: Job, tell: Tell) -> Report:
    spec: dict[str, Any] = dict(job.spec)
    metadata = {name: tuple(value) if isinstance(value, list) else value for name, value in spec["metadata"].items()}
    return kb.add(*spec["paths"], metadata=metadata, exclude=spec["exclude"], on_progress=tell)
