"""A server's home with the sample company's knowledge base, read once and copied for each server that wants it."""

from __future__ import annotations

import time
from pathlib import Path

from running import MODELS
from wenyuan.server.home import Home
from wenyuan.server.sample import bring, followed
from wenyuan.server.service import Options, Service

PATIENCE = 900.0  # seconds for a busy machine to read the documents with the shipped models


def make(home: Path) -> None:
    """Fill an empty folder."""
    service = Service(Home(home, {}), Options(), models=MODELS)
    end = time.monotonic() + PATIENCE

    def look(_: object) -> None:
        assert time.monotonic() < end, "the documents were not read in time"

    try:
        job = bring(service)
        assert job is not None
        service.start()
        done = followed(service, job, look)
        assert done.state == "done", done.error
    finally:
        service.close()
