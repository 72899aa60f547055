"""A knowledge base of the sample company: made once, of documents that it then owns as if they had been uploaded."""

from __future__ import annotations

from collections.abc import Callable

from wenyuan import sample
from wenyuan.engine.places import FILES
from wenyuan.engine.progress import Progress
from wenyuan.server.arrivals import Arrival, as_spec, no_room
from wenyuan.server.identity import DEFAULT_TENANT, Identity, rights_of
from wenyuan.server.jobs import OVER, Job
from wenyuan.server.service import Service

NAME = "sample"

_CALLER = Identity("local", DEFAULT_TENANT, rights_of(["admin"]), owner=True)
_MANY = 1000  # jobs among which that of the documents is looked for
_LOOK = 0.5  # seconds between two looks, where nobody tells of anything new


def bring(service: Service) -> Job | None:
    """See that a service that is not started has the knowledge base; the job that reads its documents, if one waits.

    The documents and the job come first: whatever breaks this off, the next call makes it whole.

    Raises:
        OutOfSpace: the disk takes no more.
        Refused: too much waits already.
    """
    home, jobs = service.home, service.jobs
    if NAME in home.names(DEFAULT_TENANT):
        return next((job for job in jobs.last(DEFAULT_TENANT, _MANY) if job.kb == NAME and job.state not in OVER), None)
    try:
        sample.copy(home.new(DEFAULT_TENANT, NAME) / FILES)
    except OSError as error:
        raise no_room(error) from error
    arrivals = [Arrival(str(n), document) for n, document in enumerate(sample.documents())]
    job = jobs.put(_CALLER, NAME, "take", as_spec(arrivals, {}, _CALLER))
    service.shelf.make(DEFAULT_TENANT, NAME)
    return job


def followed(service: Service, job: Job, on_progress: Callable[[Progress], None]) -> Job:
    """The job when it is over, in a service that was started; where it failed, the next start begins anew."""
    jobs, now = service.jobs, job
    while now.state not in OVER:
        with jobs.changed:
            jobs.changed.wait(_LOOK)
        if (step := jobs.progress(job.id)) is not None:
            on_progress(Progress(**step))
        now = jobs.get(job.id) or now
    if now.state != "done":
        with service.shelf.closed(DEFAULT_TENANT, NAME):
            service.home.remove(DEFAULT_TENANT, NAME)
    return now
