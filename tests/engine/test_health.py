"""What is in a knowledge base, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

from archives import change, chunk_id, open_archive
from wenyuan.engine.health import health_of

from .house import House


def test_health_counts_what_is_in_it(house: House) -> None:
    house.write("a.md", "# A\n\nalpha\n\n## B\n\nbeta")
    house.kb.add(house.docs)
    health = house.kb.check()
    assert (health.documents, health.chunks, health.version, health.model) == (1, 2, 1, "words@1")
    assert health.problems == []


def test_health_tells_where_the_index_is_not_what_the_catalogue_says(tmp_path: Path) -> None:
    with open_archive(tmp_path) as archive:
        archive.replace([change("a.md", ["red apple", "red pear"])])
        archive._store.delete([chunk_id("a.md", "red pear")])
        health = health_of(archive, "m@1")
        assert (health.documents, health.chunks, health.version, health.model) == (1, 2, 1, "m@1")
        assert health.problems == ["a.md: 1 chunks are missing from the index, 0 are left over."]
