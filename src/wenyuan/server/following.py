"""Looks at a source: what is new or has changed comes into the knowledge base, what is gone leaves it.

The knowledge base is borrowed only while documents are taken over, a group at a time: others may change or close it
while a source is slow. A look that is broken off anywhere is begun again, and first takes over what the last one left.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from wenyuan.engine import KnowledgeBase
from wenyuan.engine.places import FILES
from wenyuan.engine.progress import Progress
from wenyuan.engine.report import Report
from wenyuan.errors import Busy, FetchError, WenyuanError, WrongUse
from wenyuan.fetch import FetchLimits, Guard, Listing, Mirror, Network, Outcome, Web, open_source
from wenyuan.server.errors import Refused
from wenyuan.server.failures import Failures, wait
from wenyuan.server.home import Home
from wenyuan.server.jobs import Job
from wenyuan.server.listings import Due, Watched
from wenyuan.server.shelf import Shelf
from wenyuan.server.sources import Kept, Sources
from wenyuan.server.taking import Taking, join
from wenyuan.server.worker import Tell
from wenyuan.types import Root

MIRRORS = "mirrors"
"""The folder within a knowledge base of what its mirrors hold, a SQLite file a source."""

_PAUSE = 0.5  # seconds between two tries to have what others have
_NOTES = 20  # that are kept of a look


@dataclass(frozen=True, slots=True)
class Place:
    """Where sources are kept, what they are brought into, and what they may reach."""

    sources: Sources
    failures: Failures
    home: Home
    shelf: Shelf
    networks: Sequence[Network] = ()  # that may be reached though they are not public
    limits: FetchLimits = FetchLimits()  # noqa: RUF009 - it is frozen

    def mirror(self, kept: Kept) -> Mirror:
        """The mirror of a source among the knowledge base's own files.

        Raises:
            Refused: there is no such knowledge base.
        """
        folder = self.home.place(kept.tenant, kept.kb)
        (folder / MIRRORS).mkdir(exist_ok=True)
        return Mirror(folder / FILES / kept.name, folder / MIRRORS / f"{kept.name}.sqlite")

    def lookout(self, kept: Kept) -> None:
        """See that the knowledge base of a source is still there.

        Raises:
            Refused: it is not.
        """
        self.home.place(kept.tenant, kept.kb)


class Following:
    """Does the jobs of sources; any thread may do one, and no two do one of the same source at once."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._sources, self._failures = place.sources, place.failures
        self._busy = set[int]()
        self._freed = threading.Condition()
        self._reading = threading.Lock()  # one reads at a time, however many fetch

    def source(self, job: Job, tell: Tell) -> Report:
        """Look at a source that is mirrored."""
        kept = self._sources.by_id(job.spec["source"])
        return Report() if kept is None or kept.leaving else self.run(kept, job.spec["how"], tell)

    def folder(self, kb: KnowledgeBase, job: Job, tell: Tell) -> Report:
        """Look at a folder of this machine."""
        kept = self._sources.by_id(job.spec["source"])
        if kept is None or kept.leaving:
            return Report()
        with self._alone(kept.id, tell), self._noted(kept, tell):
            return self._followed(kb, kept, tell)

    def forget(self, job: Job, tell: Tell) -> Report:
        """Let a source go, and its documents with it unless they are to be kept."""
        kept = self._sources.by_id(job.spec["source"])
        return Report() if kept is None else self.remove(kept, tell, keep=job.spec["keep"])

    def remove(self, kept: Kept, tell: Tell, *, keep: bool) -> Report:
        """The same now."""
        with self._alone(kept.id, tell):
            report = self._removed(kept, tell, keep=keep)
            self._sources.remove(kept.id)
            return report

    def run(self, kept: Kept, how: str, tell: Tell) -> Report:
        """Look at a source now: "asked" tries what failed at once, "due" what is due, and "again" nothing else.

        Raises:
            FetchError: it cannot be listed, or fails again and again; what was done stays done.
        """
        with self._alone(kept.id, tell), self._noted(kept, tell):
            if kept.source.kind == "folder":
                with self.lent(kept.tenant, kept.kb, tell) as kb:
                    return self._followed(kb, kept, tell)
            return _Look(self._place, kept, self._taking(kept, tell), tell).run(how)

    @contextmanager
    def lent(self, tenant: str, kb: str, tell: Tell) -> Iterator[KnowledgeBase]:
        """A knowledge base, waited for while others change it."""
        while True:
            with ExitStack() as held:
                if self._reading.acquire(timeout=_PAUSE):
                    held.callback(self._reading.release)
                    try:
                        base: KnowledgeBase | None = held.enter_context(self._place.shelf.lent(tenant, kb))
                    except Busy:
                        base = None
                    if base is not None:
                        yield base
                        return
            tell(_WAITING)
            time.sleep(_PAUSE)

    def _followed(self, kb: KnowledgeBase, kept: Kept, tell: Tell) -> Report:
        source = kept.source
        self._sources.begin(kept, whole=True)
        report = kb.follow(source.location, Root(source.metadata, source.exclude), on_progress=tell)
        for key, why in report.failed.items():
            self._failures.not_read(kept.id, key, key, why)
        self._failures.keep_only(kept.id, report.failed.keys())
        documents = 0
        with contextlib.suppress(WrongUse):  # there is none
            documents = len(kb.documents(source.location))
        self._sources.succeed(kept.id, {**found_of(report), "documents": documents})
        return report

    def _removed(self, kept: Kept, tell: Tell, *, keep: bool) -> Report:
        taking = self._taking(kept, tell)
        if kept.source.kind == "folder":
            with ExitStack() as held:
                if not keep:
                    kb = held.enter_context(self.lent(kept.tenant, kept.kb, tell))
                    held.enter_context(contextlib.suppress(WrongUse))  # nothing has come of it
                    join(taking.report, kb.delete(kept.source.location))
            return taking.report
        mirror = self._place.mirror(kept)
        self._sources.own(kept.id, [_document(kept, path) for path in mirror.files()])
        mirror.clear(keep=keep)
        for document in () if keep else self._sources.documents(kept.id):
            taking.add(document)
        taking.flush()
        return taking.report

    def _taking(self, kept: Kept, tell: Tell) -> Taking:
        return Taking(kept.id, self._sources, self._failures, lambda: self.lent(kept.tenant, kept.kb, tell), tell)

    @contextmanager
    def _noted(self, kept: Kept, tell: Tell) -> Iterator[None]:
        """Keep why a look ended before its end; a source that is gone with its knowledge base needs none."""
        try:
            yield
        except Refused:
            raise
        except FetchError as error:
            said = _without_secrets(error, kept)
            seconds = wait(kept.tries + 1, said.after, self._failures.spread()) if said.retryable else None
            self._sources.fail(kept, str(said), seconds)
            raise said from error
        except WenyuanError as error:
            tell(_WAITING)  # goes no further where it was broken off
            self._sources.fail(kept, str(error), wait(kept.tries + 1, None, self._failures.spread()))
            raise

    @contextmanager
    def _alone(self, id: int, tell: Tell) -> Iterator[None]:
        """While no other job of this source runs."""
        with self._freed:
            while id in self._busy:
                self._freed.wait(_PAUSE)
                tell(_WAITING)
            self._busy.add(id)
        try:
            yield
        finally:
            with self._freed:
                self._busy.discard(id)
                self._freed.notify_all()


_WAITING = Progress(0, None, "")


class _Look:
    """One look at a source that is mirrored."""

    def __init__(self, place: Place, kept: Kept, taking: Taking, tell: Tell) -> None:
        self._place, self._kept, self._taking, self._tell = place, kept, taking, tell
        self._sources, self._failures = place.sources, place.failures
        self._done = 0

    def run(self, how: str) -> Report:
        """Fetch and take over."""
        kept, mirror = self._kept, self._place.mirror(self._kept)
        whole = how != "again" or kept.source.kind == "fsspec"  # whose sidecars only its listing tells
        self._sources.begin(kept, whole=whole)
        if kept.unfinished:
            self._resume(mirror)
        waiting = {} if how == "asked" else self._failures.waiting(kept.id)
        try:
            with self._opened(whole=whole) as inner:
                by_name = kept.source.kind == "fsspec"
                listing = Watched(inner, waiting, lambda: self._place.lookout(kept), by_name=by_name)
                for outcome in mirror.sync(listing, kept.source.metadata, kept.source.exclude):
                    self._note(listing, outcome)
        except FetchError:
            self._finish(mirror)
            self._sources.succeed(kept.id, None)  # what was done is whole
            raise
        self._finish(mirror)
        report = self._taking.report
        join(report, Report(passed_over=dict(listing.passed_over), warnings=[*listing.notes][:_NOTES]))
        if whole and listing.complete:
            self._failures.keep_only(kept.id, listing.keys)
        self._sources.succeed(kept.id, found_of(report) if whole else None)
        return report

    @contextmanager
    def _opened(self, *, whole: bool) -> Iterator[Listing]:
        guard, limits = Guard(self._place.networks), self._place.limits
        if whole:
            with open_source(self._kept.source, limits, guard) as listing:
                yield listing
        else:
            with Web(guard, limits) as web:
                yield Due(web, [failure.key for failure in self._failures.due(self._kept.id)])

    def _resume(self, mirror: Mirror) -> None:
        """Take over what a look that was broken off has written or removed."""
        files = {_document(self._kept, path): key for path, key in mirror.files().items()}
        for document in {**dict.fromkeys(self._sources.documents(self._kept.id), ""), **files}:
            self._taking.add(document, files.get(document, ""))
        self._taking.flush()

    def _finish(self, mirror: Mirror) -> None:
        """Take over the last, and what has another name now."""
        held = {_document(self._kept, path) for path in mirror.files()}
        for document in self._sources.documents(self._kept.id):
            if document not in held:
                self._taking.add(document)
        self._taking.flush()

    def _note(self, listing: Watched, outcome: Outcome) -> None:
        kept, key = self._kept, outcome.key
        document = _document(kept, outcome.path) if outcome.path else ""
        self._done += 1
        self._tell(Progress(self._done, None, document or key))
        match outcome.state:
            case "failed":
                self._not_fetched(listing, outcome, document)
            case "unchanged":
                self._taking.report.unchanged += 1
                self._failures.passed(kept.id, key, "fetch")
            case _:
                self._failures.passed(kept.id, key, "fetch")
                self._taking.add(document, key)
        self._taking.lapse()

    def _not_fetched(self, listing: Watched, outcome: Outcome, document: str) -> None:
        error = listing.errors.pop(outcome.key, None)
        if error is not None and error.unwanted:
            listing.passed_over[PurePosixPath(outcome.key).suffix.lower()] += 1
            self._failures.passed(self._kept.id, outcome.key, "fetch")
            return
        self._taking.report.failed[outcome.key] = hidden(outcome.why, self._kept.source.storage)
        if error is not None:
            self._failures.not_fetched(self._kept.id, outcome.key, document, _without_secrets(error, self._kept))


def found_of(report: Report) -> Mapping[str, Any]:
    """What is kept of a look."""
    counts = {name: len(getattr(report, name)) for name in ("added", "changed", "deleted", "failed")}
    return counts | {
        "unchanged": report.unchanged,
        "passed_over": report.passed_over,
        "notes": report.warnings[:_NOTES],
    }


def hidden(text: str, secrets: object) -> str:
    """The text without what is a credential."""
    match secrets:
        case str() if len(secrets) >= 4:
            return text.replace(secrets, "…")
        case Mapping():
            for each in secrets.values():
                text = hidden(text, each)
        case list() | tuple():
            for each in secrets:
                text = hidden(text, each)
    return text


def _without_secrets(error: FetchError, kept: Kept) -> FetchError:
    said = hidden(str(error), kept.source.storage)
    return FetchError(said, retryable=error.retryable, gone=error.gone, unwanted=error.unwanted, after=error.after)


def _document(kept: Kept, path: str) -> str:
    return f"{kept.name}/{path}"
