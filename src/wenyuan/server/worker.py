"""Who does the jobs: one thread, so that asking and reading share the machine as asking needs it.

Jobs that mostly wait for other machines are done apart, by a worker of several threads.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from wenyuan import shapes
from wenyuan.engine import KnowledgeBase
from wenyuan.engine.progress import Progress
from wenyuan.engine.report import Report
from wenyuan.errors import WenyuanError
from wenyuan.server.arrivals import Arrival, Said, refuse_taken, take_over
from wenyuan.server.errors import error_of, status_of
from wenyuan.server.jobs import OVER, Job, Jobs
from wenyuan.server.shelf import Shelf

Tell = Callable[[Progress], None]
Work = Callable[[KnowledgeBase, Job, Tell], Report]
"""What a kind of job does with its knowledge base."""

Apart = Callable[[Job, Tell], Report]
"""The same of one that borrows its knowledge base only now and then, so that it may wait for others in between."""

_LOOK = 0.5  # seconds between two looks at the queue, where nobody tells of a new job
_TOLD = 0.1  # seconds at least between two words of how far it is

log = logging.getLogger(__name__)


class _Stopped(BaseException):
    """Breaks off a job between two files; no handler of errors on the way takes it for one."""


class Worker:
    """Does one job of its kinds after the other until it is closed; those `apart` alone, where they are given."""

    def __init__(
        self,
        jobs: Jobs,
        shelf: Shelf,
        staging: Path,
        kinds: Mapping[str, Work],
        *,
        apart: Mapping[str, Apart] | None = None,
        threads: int = 1,
    ) -> None:
        self._jobs, self._shelf = jobs, shelf
        self._staging = staging
        ours = {"take": _taking(staging), "sync": _sync, "rebuild": _sync, "add": _add} | dict(kinds)
        self._kinds = {kind: self._lending(work) for kind, work in ours.items()} if apart is None else dict(apart)
        self._closing = threading.Event()
        names = [f"jobs-{n}" for n in range(threads)]
        self._threads = [threading.Thread(target=self._run, name=name, daemon=True) for name in names]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    @property
    def alive(self) -> bool:
        """Whether jobs are done."""
        return all(thread.is_alive() for thread in self._threads)

    def stop(self) -> None:
        """Begin nothing more; the job that is broken off is begun again by the next process."""
        self._closing.set()

    def close(self) -> None:
        """End now."""
        self.stop()
        self._shelf.stop_reading()
        with self._jobs.changed:
            self._jobs.changed.notify_all()
        for thread in filter(threading.Thread.is_alive, self._threads):
            thread.join()

    def _run(self) -> None:
        begun: Job | None = None
        while not self._closing.is_set():
            try:
                if begun is not None:  # what became of it could not be kept, so it is done again
                    self._jobs.again(begun.id)
                begun = self._jobs.begin(self._kinds)
                if begun is not None:
                    self._do(begun)
                    begun = None
                    continue
            except WenyuanError as error:  # the disk of the queue is full, and will have room again
                log.error("the queue of jobs cannot be written: %s", error)
            with self._jobs.changed:
                if not self._closing.is_set():  # whose word it would miss
                    self._jobs.changed.wait(_LOOK)

    def _do(self, job: Job) -> None:
        try:
            self._work(job)
        finally:
            now = self._jobs.get(job.id)
            if now is not None and now.state in OVER:  # what came in for it is of use to nobody any more
                shutil.rmtree(self._staging / job.id, ignore_errors=True)

    def _work(self, job: Job) -> None:
        with ThreadPoolExecutor(1) as apart:  # one job that breaks is no reason to do no other
            done = apart.submit(self._kinds[job.kind], job, self._tell(job))
            error = done.exception()
        if error is None:
            self._jobs.end(job.id, "done", report=shapes.report_shape(done.result()))
        elif isinstance(error, _Stopped) and self._jobs.unwanted(job.id):
            self._jobs.end(job.id, "cancelled")
        elif isinstance(error, _Stopped) or self._closing.is_set():
            self._jobs.again(job.id)
        else:
            self._jobs.end(job.id, "failed", error=_said(job, error))

    def _lending(self, work: Work) -> Apart:
        """The work on a knowledge base that is borrowed from its beginning to its end."""

        def done(job: Job, tell: Tell) -> Report:
            lent = self._shelf.emptied if job.kind == "rebuild" else self._shelf.lent
            with lent(job.tenant, job.kb) as kb:
                return work(kb, job, tell)

        return done

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


def _said(job: Job, error: BaseException) -> Mapping[str, Any]:
    """What is kept of an error."""
    if isinstance(error, WenyuanError):
        status, code = status_of(error)
        return error_of(status, code, str(error))
    log.error("job %s failed", job.id, exc_info=error)
    sentence = f"The server failed at this ({type(error).__name__}); its log says more."
    return error_of(500, "internal_error", sentence)


def _taking(staging: Path) -> Work:
    def take(kb: KnowledgeBase, job: Job, tell: Tell) -> Report:
        arrivals = [Arrival(**each) for each in job.spec["files"]]
        refuse_taken(kb, [each.document for each in arrivals], job.spec["groups"])  # another may have come first
        report, left = take_over(kb, staging / job.id, arrivals, Said.of(job.spec), tell), job.spec.get("left", {})
        report.failed |= left.get("failed", {})
        report.passed_over |= left.get("passed_over", {})
        return report

    return take


def _sync(kb: KnowledgeBase, job: Job, tell: Tell) -> Report:
    del job
    return kb.sync(on_progress=tell)


def _add(kb: KnowledgeBase, job: Job, tell: Tell) -> Report:
    spec: dict[str, Any] = dict(job.spec)
    metadata = {name: tuple(value) if isinstance(value, list) else value for name, value in spec["metadata"].items()}
    return kb.add(*spec["paths"], metadata=metadata, exclude=spec["exclude"], on_progress=tell)
