"""Single pages and files of the web, fetched once for a caller."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager

from wenyuan.engine import KnowledgeBase
from wenyuan.engine.places import FILES, own_file
from wenyuan.engine.progress import Progress
from wenyuan.engine.report import Report
from wenyuan.fetch import Fetched, Guard, Web
from wenyuan.fetch.names import free_path
from wenyuan.load.discover import SIDECAR
from wenyuan.server.arrivals import Arrival, Said, refuse_taken, take_over
from wenyuan.server.following import Place
from wenyuan.server.jobs import Job
from wenyuan.server.worker import Tell

Lent = Callable[[str, str, Tell], AbstractContextManager[KnowledgeBase]]
"""Lends a knowledge base of a tenant."""


class Pages:
    """Does the jobs `url`."""

    def __init__(self, place: Place, lent: Lent) -> None:
        self._place, self._lent = place, lent

    def url(self, job: Job, tell: Tell) -> Report:
        """Fetch one page and take it over.

        Raises:
            FetchError: it cannot be had.
            Refused: it is another document already, which the caller may not see.
        """
        url, fields, groups = job.spec["url"], job.spec["fields"], job.spec["groups"]
        tell(Progress(0, 1, url))
        with Web(Guard(self._place.networks), self._place.limits) as web:
            fetched = web.get(url)
        assert fetched.data is not None  # which only who asks with a stamp is spared
        tell(Progress(0, 1, fetched.url))
        with self._lent(job.tenant, job.kb, tell) as kb:
            document = _document(kb, url, fetched)
            refuse_taken(kb, [document], groups)
            folder = self._place.home.staging / job.id
            folder.mkdir(exist_ok=True)
            (folder / "0").write_bytes(fetched.data)
            said = Said.of({"fields": fields | {"url": fetched.url}, "groups": groups})
            report = take_over(kb, folder, [Arrival("0", document)], said, tell)
            shutil.rmtree(folder, ignore_errors=True)
            return report


def _document(kb: KnowledgeBase, url: str, fetched: Fetched) -> str:
    """The id of a page: the one that it has, or one that nothing else has."""

    def is_another(path: str) -> bool:
        file = own_file(kb.folder, path)
        if file is None:
            return False
        sidecar = file.path.with_name(file.path.name + SIDECAR)
        known = json.loads(sidecar.read_text("utf-8")) if sidecar.is_file() else {}
        return bool(known.get("url") != fetched.url)

    def is_folder(path: str) -> bool:
        return (kb.folder / FILES / path).is_dir()

    return str(free_path(fetched.path, url, is_another, is_folder))
