"""Measuring knowledge bases as jobs: one at a time, each question of a run only when nobody else asks.

The thread of a run has no lower priority of its own: what costs time is done by threads that the models share, and one
of low priority that holds what others wait for would hold them up.
"""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wenyuan.engine import KnowledgeBase
from wenyuan.engine.progress import Progress
from wenyuan.engine.report import Report
from wenyuan.server.database import Database
from wenyuan.server.errors import Refused, not_found
from wenyuan.server.evaluations import Evaluations
from wenyuan.server.gate import Gate
from wenyuan.server.identity import Identity
from wenyuan.server.jobs import OVER, Job, Jobs
from wenyuan.server.shelf import Shelf
from wenyuan.server.worker import Tell, Worker

if TYPE_CHECKING:  # measuring takes a while to load, and is seldom wanted
    from wenyuan.evaluate.lent import Measure

KIND = "evaluate"

_PAUSE = 0.02  # seconds between two looks whether anybody asks
_LONGEST = 5.0  # seconds that a measured question gives way: else a busy server would never end a run
_CALM = 0.5  # seconds since the last question of a user
_WAITING = 20  # runs of a knowledge base that may wait
_SEARCHED = ("ndcg@10", "mrr@10", "r@10", "r@100")
_ANSWERED = ("evidence", "right_document", "answered", "declined", "auroc")


class Evaluating:
    """Runs, and the thread that does them."""

    def __init__(self, database: Database, jobs: Jobs, shelf: Shelf, staging: Path, asking: Gate) -> None:
        """`asking` is where questions of users are let in."""
        self.evaluations, self._database = Evaluations(database), database
        self._jobs, self._shelf, self._asking = jobs, shelf, asking
        self._asked = -math.inf  # when a question of a user was last seen at work
        self._worker = Worker(jobs, shelf, staging, {}, apart={KIND: self.evaluate})

    @property
    def alive(self) -> bool:
        """Whether runs are done."""
        return self._worker.alive

    def start(self) -> None:
        """Begin."""
        self._worker.start()

    def stop(self) -> None:
        """Begin nothing more."""
        self._worker.stop()

    def close(self) -> None:
        """End; a run that is broken off is begun again by the next process."""
        self._worker.close()

    def queue(self, identity: Identity, kb: str, name: str, measure: Measure) -> Job:
        """The job that measures a knowledge base by a set; its id is that of the run.

        Raises:
            Refused: there is no such set, or too many runs wait.
        """
        tenant = identity.tenant
        kept = self.evaluations.set(tenant, kb, name)
        if kept is None:
            raise not_found()
        if sum(run.ended is None and not self._over(run.id) for run in self.evaluations.runs(tenant, kb)) >= _WAITING:
            raise Refused(429, "queue_full", f"{_WAITING} runs are waiting already; come again in a minute.", after=60)
        id_ = secrets.token_hex(16)
        with self._database.writing():
            self.evaluations.begin(tenant, kb, id_, kept, measure)
            return self._jobs.put(identity, kb, KIND, {"name": name, "measure": measure}, id=id_)

    def forget(self, tenant: str, kb: str) -> None:
        """Break off the runs of a knowledge base that is to be deleted, and forget them with its sets."""
        for id_ in self.evaluations.forget(tenant, kb):
            self._jobs.cancel(id_)

    def evaluate(self, job: Job, tell: Tell) -> Report:
        """Do the job of a run."""
        from wenyuan.evaluate.lent import Asked, measure_lent
        from wenyuan.evaluate.question_set import read_set

        text = self.evaluations.questions(job.id)
        if text is None:
            raise not_found()
        name, measure = str(job.spec["name"]), job.spec["measure"]
        path = Path(f"{name}.jsonl")
        far = Progress(0, None, "")

        def lend() -> AbstractContextManager[KnowledgeBase]:
            self._give_way(lambda: tell(far))
            return self._shelf.lent(job.tenant, job.kb)

        def told(done: int, total: int) -> None:
            nonlocal far
            far = Progress(done, total, "", done / total)
            tell(far)

        command = f"POST /api/knowledge-bases/{job.kb}/question-sets/{name}/run, measure {measure}"
        made = measure_lent(lend, Asked(read_set(text, path), path, command, job.kb), measure, told)
        self.evaluations.end(job.id, figures_of(made), made)
        return Report()

    def _over(self, id: str) -> bool:
        job = self._jobs.get(id)
        return job is None or job.state in OVER

    def _give_way(self, wanted: Callable[[], None]) -> None:
        """Wait while users ask, and a moment longer: who asks seldom asks once. `wanted` breaks off what is not."""
        end = time.monotonic() + _LONGEST
        while (now := time.monotonic()) < end:
            if self._asking.working or self._asking.waiting:
                self._asked = now
            elif now - self._asked >= _CALM:
                return
            wanted()
            time.sleep(_PAUSE)


def figures_of(made: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a record that a list of runs shows."""
    if made["measure"] == "search":
        return {"n": made["n"]} | {name: made["metrics"][name] for name in _SEARCHED}
    return {"n": made["n"], "near_misses": made["near_misses"]} | {name: made[name] for name in _ANSWERED}
