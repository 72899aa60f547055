"""Documents of a source on their way from its mirror into the knowledge base, a group at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from wenyuan.engine import KnowledgeBase
from wenyuan.engine.places import own_file
from wenyuan.engine.report import Report
from wenyuan.server.failures import Failures
from wenyuan.server.sources import Sources
from wenyuan.server.worker import Tell

_GROUP = 32  # documents that are taken over together
_SECONDS = 5.0  # after which fewer are


class Taking:
    """What is taken over for one source; `report` grows with each group."""

    def __init__(
        self,
        source: int,
        sources: Sources,
        failures: Failures,
        lent: Callable[[], AbstractContextManager[KnowledgeBase]],
        tell: Tell,
    ) -> None:
        self.report = Report()
        self._source, self._sources, self._failures = source, sources, failures
        self._lent, self._tell = lent, tell
        self._group: dict[str, str] = {}
        self._since = 0.0

    def add(self, document: str, key: str = "") -> None:
        """One more, whose file was written or removed; `key` is what it is at the source."""
        if not self._group:
            self._since = time.monotonic()
        self._group[document] = key
        if len(self._group) >= _GROUP:
            self.flush()

    def lapse(self) -> None:
        """Let nothing wait for a slow source."""
        if self._group and time.monotonic() - self._since >= _SECONDS:
            self.flush()

    def flush(self) -> None:
        """Take over what waits."""
        if not self._group:
            return
        self._sources.own(self._source, self._group)
        with self._lent() as kb:
            report = kb.take(*self._group, on_progress=self._tell)
            gone = [document for document in self._group if own_file(kb.folder, document) is None]
        for document, key in self._group.items():
            if why := report.failed.get(document):
                self._failures.not_read(self._source, key or document, document, why)
            elif key:
                self._failures.passed(self._source, key, "read")
        self._sources.disown(self._source, gone)
        join(self.report, report)
        self._group.clear()


def join(report: Report, more: Report) -> None:
    """Add to a report what was done after it."""
    for name in ("added", "changed", "moved", "deleted", "warnings"):
        getattr(report, name).extend(getattr(more, name))
    report.failed |= more.failed
    for suffix, files in more.passed_over.items():
        report.passed_over[suffix] = report.passed_over.get(suffix, 0) + files
    report.unchanged += more.unchanged
    report.encoded += more.encoded
    report.reused += more.reused
    report.version = max(report.version, more.version)
