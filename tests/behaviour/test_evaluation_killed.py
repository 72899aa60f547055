"""A server that is killed while it measures: the run is begun again by the next, and comes to its end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .serving import Served, until

pytestmark = pytest.mark.slow

KB = "/api/knowledge-bases/kb"


def test_a_run_outlives_a_kill(tmp_path: Path) -> None:
    served = Served(tmp_path / "home").up()
    served.client.post("/api/knowledge-bases", json={"name": "kb"})
    files = [("files", (f"{n}.md", f"# Well {n}\n\nThe well {n} is {n} metres deep.".encode())) for n in range(30)]
    served.client.post(f"{KB}/documents", files=files)
    served.idle()
    rows = [{"question": f"How deep is the well {n}?", "document": f"{n}.md"} for n in range(30)]
    rows += [{"question": f"Who owns the moon {n}?", "answerable": False} for n in range(10)]
    text = "\n".join(map(json.dumps, rows))
    assert served.client.put(f"{KB}/question-sets/wells", json={"jsonl": text}).json()["questions"] == 40
    run = served.client.post(f"{KB}/question-sets/wells/run").json()["job"]
    until(lambda: (served.client.get(f"/api/jobs/{run}").json()["progress"] or {}).get("done", 0) > 0)
    served.kill()
    again = Served(tmp_path / "home").up()
    (job,) = [job for job in again.idle() if job["id"] == run]
    assert job["state"] == "done", job
    found = again.client.get(f"{KB}/evaluations/{run}").json()
    assert (found["state"], found["figures"]["n"], found["figures"]["near_misses"]) == ("done", 30, 10)
    assert again.client.get(f"{KB}/evaluations/{run}/report").text.startswith("<!DOCTYPE html>")
    again.end()
