"""A server's home with the sample company's knowledge base, read once and copied for each server that wants it."""

from __future__ import annotations

import time
from pathlib import Path

from running import running
from wenyuan.server.sample import bring, followed

PATIENCE = 900.0  # seconds for a busy machine to read the documents with the shipped models


def make(home: Path) -> None:
    """Fill an empty folder."""
    with running(home) as server:
        job = bring(server.service)
        assert job is not None
        end = time.monotonic() + PATIENCE

        def look(_: object) -> None:
            assert time.monotonic() < end, "the documents were not read in time"

        assert followed(server.service, job, look).state == "done"
