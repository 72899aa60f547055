"""A mirror is in step with its source, and no error takes anything away."""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wenyuan.errors import FetchError, OutOfSpace, WrongUse
from wenyuan.fetch import Fetched, Item, Mirror, Outcome
from wenyuan.load import discover, load


class Shelf:
    """A source in memory: key → (path, content) or an error; stamps where `stamped`."""

    def __init__(self, things: dict[str, tuple[str, str] | FetchError], *, stamped: bool = False) -> None:
        self.things = things
        self.stamped = stamped
        self.complete = True
        self.notes: Sequence[str] = ()
        self.fault: FetchError | None = None
        self.metadata: dict[str, object] = {}
        self.read_keys: list[str] = []

    def items(self) -> Iterable[Item]:
        for key, thing in [*self.things.items()]:
            path = key if isinstance(thing, FetchError) else thing[0]
            yield Item(key, path, str(thing) if self.stamped else "")
        if self.fault is not None:
            raise self.fault

    def read(self, item: Item, stamp: str) -> Fetched:
        self.read_keys.append(item.key)
        thing = self.things[item.key]
        if isinstance(thing, FetchError):
            raise thing
        if stamp == str(thing):
            return Fetched(None, item.key, stamp=stamp)
        return Fetched(
            thing[1].encode(), f"https://x/{item.key}", thing[0], "text/plain", str(thing), 1e9, self.metadata
        )


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "files")


def sync(mirror: Mirror, shelf: Shelf, **given: object) -> dict[str, str]:
    return {outcome.key: outcome.state for outcome in mirror.sync(shelf, **given)}  # type: ignore[arg-type]


def files(mirror: Mirror) -> dict[str, str]:
    return {
        path.relative_to(mirror.folder).as_posix(): path.read_text()
        for path in sorted(mirror.folder.rglob("*"))
        if path.is_file() and not path.name.endswith(".meta.json")
    }


def sidecar(mirror: Mirror, path: str) -> dict[str, object]:
    found = json.loads((mirror.folder / f"{path}.meta.json").read_text())
    assert isinstance(found, dict)
    return found


def test_what_is_new_has_changed_or_is_gone(mirror: Mirror) -> None:
    shelf = Shelf({"a": ("a.md", "one"), "b": ("sub/b.md", "two")})
    assert sync(mirror, shelf) == {"a": "added", "b": "added"}
    assert files(mirror) == {"a.md": "one", "sub/b.md": "two"}
    assert sync(mirror, shelf) == {"a": "unchanged", "b": "unchanged"}
    shelf.things = {"a": ("a.md", "more"), "c": ("c.md", "three")}
    assert sync(mirror, shelf) == {"a": "changed", "b": "removed", "c": "added"}
    assert files(mirror) == {"a.md": "more", "c.md": "three"}
    assert sorted(os.listdir(mirror.folder)) == ["a.md", "a.md.meta.json", "c.md", "c.md.meta.json"]


def test_what_has_the_stamp_of_before_is_not_read(mirror: Mirror) -> None:
    shelf = Shelf({"a": ("a.md", "one"), "b": ("b.md", "two")}, stamped=True)
    sync(mirror, shelf)
    shelf.read_keys.clear()
    shelf.things["b"] = ("b.md", "new")
    assert sync(mirror, shelf) == {"a": "unchanged", "b": "changed"}
    assert shelf.read_keys == ["b"]


def test_equal_bytes_are_no_change_whatever_the_stamp(mirror: Mirror) -> None:
    shelf = Shelf({"a": ("a.md", "one")}, stamped=True)
    sync(mirror, shelf)
    before = (mirror.folder / "a.md").stat().st_mtime_ns
    shelf.stamped = False
    assert sync(mirror, shelf) == {"a": "unchanged"}
    assert (mirror.folder / "a.md").stat().st_mtime_ns == before


def test_the_document_flow_reads_it_with_its_metadata(mirror: Mirror) -> None:
    shelf = Shelf({"a": ("例/手册.md", "# 手册\n")})
    shelf.metadata = {"author": "Li", "access": ["all"]}
    sync(mirror, shelf, metadata={"access": ("hr", "finance"), "product": "PPR"})
    [path] = discover(mirror.folder)
    document = load(path, id="x")
    assert document.metadata == {
        "author": "Li", "access": ("hr", "finance"), "product": "PPR", "url": "https://x/a",
    }  # fmt: skip
    assert document.time == 1e9


def test_new_metadata_reach_even_what_cannot_be_fetched(mirror: Mirror) -> None:
    shelf = Shelf({"a": ("a.md", "one"), "b": ("b.md", "two")})
    sync(mirror, shelf)
    shelf.things["b"] = FetchError("It fails.")
    assert sync(mirror, shelf, metadata={"access": ("hr",)}) == {"a": "changed", "b": "failed"}
    assert [sidecar(mirror, path)["access"] for path in ("a.md", "b.md")] == [["hr"], ["hr"]]
    shelf.fault = FetchError("The source is away.")
    with pytest.raises(FetchError, match="away"):
        sync(mirror, shelf, metadata={"access": ("it",)})
    assert [sidecar(mirror, path)["access"] for path in ("a.md", "b.md")] == [["it"], ["it"]]


def test_a_failure_keeps_the_old_copy_and_says_why(mirror: Mirror) -> None:
    shelf = Shelf({"a": ("a.md", "one")})
    sync(mirror, shelf)
    shelf.things = {"a": FetchError("It is busy.", retryable=True), "b": FetchError("It is wrong.")}
    assert [*mirror.sync(shelf)] == [
        Outcome("a", "a.md", "failed", "It is busy.", True),
        Outcome("b", "", "failed", "It is wrong.", False),
    ]
    assert files(mirror) == {"a.md": "one"}


def test_what_the_source_calls_gone_is_removed(mirror: Mirror) -> None:
    shelf = Shelf({"a": ("a.md", "one"), "b": ("b.md", "two")})
    sync(mirror, shelf)
    shelf.things["a"] = FetchError("It is not there (404).", gone=True)
    assert next(iter([*mirror.sync(shelf)])) == Outcome("a", "a.md", "removed", "It is not there (404).")
    assert files(mirror) == {"b.md": "two"}
    assert sync(mirror, shelf) == {"a": "failed", "b": "unchanged"}


def test_a_listing_that_breaks_off_removes_nothing(mirror: Mirror) -> None:
    shelf = Shelf({"a": ("a.md", "one"), "b": ("b.md", "two")})
    sync(mirror, shelf)
    del shelf.things["b"]
    shelf.fault = FetchError("The source is away.", retryable=True)
    with pytest.raises(FetchError, match="away"):
        sync(mirror, shelf)
    assert files(mirror) == {"a.md": "one", "b.md": "two"}


def test_a_listing_that_is_not_complete_removes_nothing(mirror: Mirror) -> None:
    shelf = Shelf({"a": ("a.md", "one"), "b": ("b.md", "two")})
    sync(mirror, shelf)
    del shelf.things["b"]
    shelf.complete = False
    assert sync(mirror, shelf) == {"a": "unchanged"}
    shelf.complete = True
    assert sync(mirror, shelf) == {"a": "unchanged", "b": "removed"}


def test_a_listing_that_is_suddenly_empty_removes_nothing(mirror: Mirror) -> None:
    shelf = Shelf({})
    assert sync(mirror, shelf) == {}
    shelf.things = {"a": ("a.md", "one")}
    sync(mirror, shelf)
    shelf.things = {}
    with pytest.raises(FetchError, match="lists nothing, where it had 1 before, so all is kept"):
        sync(mirror, shelf)
    assert files(mirror) == {"a.md": "one"}


def test_whoever_stops_early_has_nothing_removed(mirror: Mirror) -> None:
    shelf = Shelf({"a": ("a.md", "one"), "b": ("b.md", "two")})
    sync(mirror, shelf)
    del shelf.things["a"]
    for _ in mirror.sync(shelf):
        break
    assert files(mirror) == {"a.md": "one", "b.md": "two"}


def test_a_source_that_fails_again_and_again_is_left(mirror: Mirror) -> None:
    shelf = Shelf({f"{n}": FetchError("It is busy.", retryable=True) for n in range(50)})
    outcomes = mirror.sync(shelf)
    with pytest.raises(FetchError, match="8 in a row could not be fetched, so the others wait: It is busy") as caught:
        for _ in outcomes:
            pass
    assert caught.value.retryable
    assert len(shelf.read_keys) == 8


def test_what_is_excluded_is_not_fetched_and_removed(mirror: Mirror) -> None:
    shelf = Shelf({"a": ("a.md", "one"), "b": ("drafts/b.md", "two")})
    sync(mirror, shelf)
    shelf.read_keys.clear()
    assert sync(mirror, shelf, exclude=["drafts/"]) == {"a": "unchanged", "b": "removed"}
    assert shelf.read_keys == ["a"]
    with pytest.raises(WrongUse, match="A pattern of files to leave out"):
        sync(mirror, shelf, exclude=["!"])


def test_a_file_removed_by_hand_comes_back(mirror: Mirror) -> None:
    shelf = Shelf({"a": ("a.md", "one")}, stamped=True)
    sync(mirror, shelf)
    (mirror.folder / "a.md").unlink()
    assert sync(mirror, shelf) == {"a": "added"}
    assert files(mirror) == {"a.md": "one"}


def test_a_page_of_another_type_moves(mirror: Mirror) -> None:
    shelf = Shelf({"a": ("a.html", "<p>"), "b": ("b.html", "<p>")})
    sync(mirror, shelf)
    shelf.things["a"] = ("a.pdf", "%PDF-")
    [moved, _] = mirror.sync(shelf)
    assert (moved.state, moved.path) == ("changed", "a.pdf")
    assert files(mirror) == {"a.pdf": "%PDF-", "b.html": "<p>"}


def test_the_files_of_others_are_left_alone(mirror: Mirror, tmp_path: Path) -> None:
    mirror.folder.mkdir()
    (mirror.folder / "a.md").write_text("uploaded")
    (mirror.folder / "b.md.meta.json").write_text("{}")
    shelf = Shelf({"a": ("a.md", "one"), "b": ("b.md", "two")})
    other = Mirror(mirror.folder, tmp_path / "other.sqlite")
    assert sync(mirror, shelf) == sync(other, shelf) == {"a": "added", "b": "added"}
    assert len(files(mirror)) == 5
    assert (mirror.folder / "a.md").read_text() == "uploaded"
    assert sync(mirror, shelf) == sync(other, shelf) == {"a": "unchanged", "b": "unchanged"}
    mirror.clear()
    mirror.clear()
    assert sorted(files(mirror).values()) == ["one", "two", "uploaded"]
    other.clear()
    assert files(mirror) == {"a.md": "uploaded"}
    assert os.listdir(tmp_path) == ["files"]


NASTY = {
    "1": "../out.md", "2": "/abs.md", "3": "a/../../out.md", "4": "x\0y.md", "5": "A.md", "6": "a.md", "7": "é.md",
    "8": "e\u0301.md", "9": "con.md", "10": "n" * 400 + ".md", "11": "a.md/b.md", "12": "a.md", "13": ".hidden.md",
    "14": "x.meta.json", "15": "catalogue.sqlite", "16": "", "17": "..", "18": "\u202e.md", "19": "C:\\x.md",
    "20": "d" + "/d" * 90,
}  # fmt: skip


def test_names_from_elsewhere_stay_inside_and_apart(mirror: Mirror, tmp_path: Path) -> None:
    shelf = Shelf({key: (path, key) for key, path in NASTY.items()})
    assert set(sync(mirror, shelf).values()) == {"added"}
    assert sorted(files(mirror).values(), key=int) == sorted(NASTY, key=int)
    assert sorted(os.listdir(tmp_path)) == ["files", "files.mirror.sqlite"]
    assert set(sync(mirror, shelf).values()) == {"unchanged"}
    folded = [name.casefold() for name in files(mirror)]
    assert len({*folded}) == len(folded)


def test_a_link_in_the_folder_leads_nowhere(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    mirror.folder.mkdir()
    (mirror.folder / "sub").symlink_to(tmp_path / "outside", target_is_directory=True)
    assert sync(mirror, Shelf({"a": ("sub/a.md", "one")})) == {"a": "added"}
    assert os.listdir(tmp_path / "outside") == []


def test_a_full_disk_stops_it_and_leaves_what_was(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf({"a": ("a.md", "one")})
    sync(mirror, shelf)
    shelf.things = {"a": ("a.md", "new")}
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", _full)
        with pytest.raises(OutOfSpace):
            sync(mirror, shelf)
    assert files(mirror) == {"a.md": "one"}
    assert sync(mirror, shelf) == {"a": "changed"}


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


class Crash(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("at", range(16))
def test_after_a_crash_at_any_write_it_comes_into_step(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    shelf = Shelf({"a": ("a.md", "one"), "b": ("b.md", "two"), "c": ("c.md", "three")})
    sync(mirror, shelf)
    shelf.things = {"a": ("a.md", "new"), "b": ("b.txt", "moved"), "d": ("d.md", "four")}
    count = 0
    replace, unlink = Path.replace, Path.unlink

    def counted(self: Path, *given: object, **named: object) -> object:
        nonlocal count
        count += 1
        if count == at + 1:
            raise Crash
        return (replace if given else unlink)(self, *given, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", counted)
        patched.setattr(Path, "unlink", counted)
        with contextlib.suppress(Crash):
            sync(mirror, shelf)
    sync(mirror, shelf)
    assert files(mirror) == {"a.md": "new", "b.txt": "moved", "d.md": "four"}
    assert set(sync(mirror, shelf).values()) == {"unchanged"}


things = st.dictionaries(
    st.sampled_from("abcdef"),
    st.one_of(
        st.tuples(
            st.sampled_from(["x.md", "X.md", "d/x.md", "d", "x.md/y", "../z.md"]), st.sampled_from(["one", "two"])
        ),
        st.builds(FetchError, st.just("It fails."), gone=st.booleans()),
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.lists(things, min_size=1, max_size=4), st.booleans())
def test_after_any_history_it_holds_what_the_source_has(
    tmp_path_factory: pytest.TempPathFactory, history: list[dict[str, tuple[str, str] | FetchError]], stamped: bool
) -> None:
    mirror = Mirror(tmp_path_factory.mktemp("m") / "files")
    expected: dict[str, str] = {}
    for state in history:
        shelf = Shelf(state, stamped=stamped)
        if not state and expected:
            with pytest.raises(FetchError):
                sync(mirror, shelf)
            continue
        sync(mirror, shelf)
        kept = {
            key: text
            for key, text in expected.items()
            if isinstance(thing := state.get(key), FetchError) and not thing.gone
        }
        expected = kept | {key: thing[1] for key, thing in state.items() if not isinstance(thing, FetchError)}
        assert sorted(files(mirror).values()) == sorted(expected.values())


def test_it_tells_which_files_it_holds_and_may_let_them_stay(mirror: Mirror) -> None:
    assert mirror.files() == {}
    sync(mirror, Shelf({"a": ("a.txt", "alpha"), "b": FetchError("It is down.")}))
    assert mirror.files() == {"a.txt": "a"}
    mirror.clear(keep=True)
    assert mirror.files() == {}
    assert (mirror.folder / "a.txt").read_text() == "alpha"
