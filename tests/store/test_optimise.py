"""Shards beside each other: copied, optimised in a process of their own, switched, tidied away."""

from __future__ import annotations

import shutil
from threading import Event

import pytest

from archives import DIMENSION, chunk_id, dense
from wenyuan.errors import OutOfSpace, WenyuanError
from wenyuan.store.edge import EdgeStore
from wenyuan.store.optimise import Slots, optimise_copy, sync, warm

from .conformance import A, points


def test_leftovers_of_a_crashed_optimiser_are_removed(tmp_path):
    EdgeStore(tmp_path, DIMENSION).close()
    shutil.copytree(tmp_path / "shard-1", tmp_path / "shard-2")
    store = EdgeStore(tmp_path, DIMENSION)
    assert {path.name for path in tmp_path.iterdir()} == {"CURRENT", "shard-1"}
    store.close()


@pytest.fixture
def slots(tmp_path):
    """An index whose one shard holds 300 points in several segments."""
    store = EdgeStore(tmp_path, DIMENSION)
    store.upsert(points(A, [f"w{n} all" for n in range(300)]))
    store.close()
    return Slots(tmp_path)


def test_the_name_in_current_is_the_shard_in_use_and_all_others_are_tidied_away(tmp_path):
    slots = Slots(tmp_path / "index")
    assert slots.current() is None
    first = slots.new()
    first.mkdir()
    slots.switch(first)
    second = slots.duplicate()
    assert (first.name, second.name, slots.new().name) == ("shard-1", "shard-2", "shard-3")
    assert slots.current() == first
    slots.switch(second)
    slots.tidy()
    assert {path.name for path in slots.folder.iterdir()} == {"CURRENT", "shard-2"}


def test_what_was_never_named_is_a_leftover(tmp_path):
    (tmp_path / "shard-1").mkdir()
    assert Slots(tmp_path).current() is None
    assert [*tmp_path.iterdir()] == []


def test_nothing_is_tidied_away_where_the_current_shard_is_gone(tmp_path):
    slots = Slots(tmp_path)
    for name in ("shard-1", "shard-2"):
        (tmp_path / name).mkdir()
    slots.switch(tmp_path / "shard-3")
    slots.tidy()
    assert {path.name for path in tmp_path.iterdir()} == {"CURRENT", "shard-1", "shard-2"}


def test_a_copy_needs_room_for_two(slots, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1 << 20}))
    with pytest.raises(OutOfSpace, match="MB more; free some space"):
        slots.duplicate()
    assert slots.new().name == "shard-2"


def test_a_retired_shard_leaves_empty_files_at_its_place_until_it_is_tidied_away(slots):
    shard, copy = slots.current(), slots.duplicate()
    large = [path for path in shard.rglob("*") if path.is_file() and path.stat().st_size > 1 << 16]
    slots.switch(copy)
    slots.retire(shard)
    assert large
    assert {path.stat().st_size for path in large} == {0}
    slots.tidy()
    assert {path.name for path in slots.folder.iterdir()} == {"CURRENT", copy.name}


def test_a_shard_is_optimised_in_a_process_of_its_own_and_says_what_it_said(slots):
    copy = slots.duplicate()
    assert optimise_copy(copy, Event())
    slots.switch(copy)
    slots.tidy()
    store = EdgeStore(slots.folder, DIMENSION)
    assert store.count() == 300
    assert store.search_dense(dense("w7 all"), 1)[0].chunk == chunk_id(A, "w7 all")
    store.close()


def test_what_is_cancelled_ends_soon_and_is_no_failure(slots):
    cancelled = Event()
    cancelled.set()
    assert not optimise_copy(slots.duplicate(), cancelled)


def test_what_is_no_shard_is_a_sentence_of_the_child(tmp_path):
    with pytest.raises(WenyuanError, match=r"^Optimising .* failed \(.+\); searching goes on without it\.$"):
        optimise_copy(tmp_path / "shard-1", Event())


def test_files_that_are_gone_stop_neither_writing_through_nor_reading_ahead(tmp_path):
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    (tmp_path / "there").write_bytes(b"x")
    sync(tmp_path)
    warm(tmp_path)
