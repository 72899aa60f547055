"""What is kept of sources."""

from __future__ import annotations

import pytest

from wenyuan.fetch import Source
from wenyuan.server.errors import Refused
from wenyuan.server.sources import Sources, failure_shape, source_shape

from .followed import Followed


def test_a_source_is_as_it_was_given_for_the_next_process(followed: Followed) -> None:
    given = Source(
        "web", "sitemap", "https://example.com/sitemap.xml", {"access": ("hr",), "year": 2025}, ("drafts/",), (),
        ("cdn.example.com",), 600.0, {"key": "secret"},
    )  # fmt: skip
    followed.sources.add("default", "kb", given, paused=True)
    [kept] = Sources(followed.database).all("default", "kb")
    assert (kept.source, kept.paused, kept.done, kept.error) == (given, True, None, None)
    with pytest.raises(Refused, match="already"):
        followed.sources.add("default", "kb", given)
    assert followed.sources.get("default", "other", "web") is None
    assert followed.sources.get("other", "kb", "web") is None


def test_credentials_are_shown_to_nobody(followed: Followed) -> None:
    kept = followed.add("files", "fsspec", "s3://bucket", storage={"secret": "s3cret!"})
    shape = source_shape(kept)
    assert shape["credentials"] is True
    assert "s3cret!" not in f"{shape} {kept!r}"
    database = followed.home.database
    modes = [database.with_name(database.name + end).stat().st_mode & 0o777 for end in ("", "-wal", "-shm")]
    assert modes == [0o600] * 3
    assert followed.home.folder.stat().st_mode & 0o777 == 0o700


def test_its_time_comes_with_the_interval_or_when_it_is_touched(followed: Followed) -> None:
    kept = followed.add("web", "web", "https://example.com/a")
    assert [each.id for each in followed.sources.due()] == [kept.id]
    followed.sources.begin(kept, whole=True)
    assert followed.sources.due() == []
    followed.clock.now += 3600
    assert len(followed.sources.due()) == 1
    followed.sources.later(kept.id)
    followed.sources.touch(kept.id)
    assert len(followed.sources.due()) == 1
    followed.sources.pause(kept.id, True)
    assert followed.sources.due() == []


def test_a_failed_look_does_not_put_off_the_next(followed: Followed) -> None:
    kept = followed.add("web", "web", "https://example.com/a")
    followed.sources.begin(kept, whole=True)
    for seconds, due in ((9_999.0, 3600.0), (60.0, 60.0), (None, 60.0)):
        followed.sources.fail(kept, "It is down.", seconds)
        now = followed.sources.by_id(kept.id)
        assert now is not None
        assert (now.next - followed.clock.now, now.error) == (due, "It is down.")
    assert now.tries == 3


def test_what_leaves_is_seen_by_nobody_until_it_is_gone(followed: Followed) -> None:
    kept = followed.add("docs", "folder", "/docs")
    followed.sources.own(kept.id, ["docs/a.md", "docs/b.md", "docs/a.md"])
    followed.sources.disown(kept.id, ["docs/b.md"])
    assert (followed.sources.documents(kept.id), followed.sources.count(kept.id)) == (["docs/a.md"], 1)
    assert [each.id for each in followed.sources.folders()] == [kept.id]
    followed.sources.leave(kept.id)
    assert (followed.sources.all("default", "kb"), followed.sources.folders()) == ([], [])
    assert followed.sources.get("default", "kb", "docs") is None
    assert followed.sources.by_id(kept.id) is not None
    followed.sources.forget("default", "kb")
    assert (followed.sources.by_id(kept.id), followed.sources.documents(kept.id)) == (None, [])


def test_a_failure_is_shown_with_its_moments(followed: Followed) -> None:
    kept = followed.add("web", "web", "https://example.com/a")
    followed.failures.not_read(kept.id, "https://example.com/a", "web/example.com/a.pdf", "It is damaged.")
    [failure] = followed.failures.all(kept.id)
    shape = failure_shape(failure)
    assert (shape["item"], shape["why"], shape["next"]) == ("https://example.com/a", "It is damaged.", None)
    assert shape["first"].startswith("1970-01-12T")
