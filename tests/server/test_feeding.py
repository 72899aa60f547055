"""What keeps knowledge bases in step, put together."""

from __future__ import annotations

from fetch.server import LOOPBACK, serving
from running import until
from wenyuan.server.feeding import Feeding

from .followed import Followed


def test_it_fetches_what_is_due_by_itself_until_it_is_closed(followed: Followed) -> None:
    given = (followed.home, followed.database, followed.jobs, followed.shelf)
    feeding = Feeding(*given, networks=LOOPBACK, threads=2)
    with serving({"/a": b"<p>Alpha</p>"}) as web:
        followed.add("web", "web", f"http://127.0.0.1:{web.server_port}/a")
        feeding.start()
        assert feeding.alive
        until(followed.documents)
        feeding.close()
    assert not feeding.alive


def test_it_forgets_the_sources_of_a_knowledge_base(followed: Followed) -> None:
    feeding = Feeding(followed.home, followed.database, followed.jobs, followed.shelf, networks=(), threads=1)
    kept = followed.add("web", "web", "https://example.com/a")
    feeding.schedule.look()
    feeding.forget("default", "kb")
    job = followed.jobs.last("default", 1)[0]
    assert (job.state, followed.sources.by_id(kept.id)) == ("cancelled", None)
