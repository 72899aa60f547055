"""The document flow: what is new, changed, moved, gone or cannot be read, and what of it is encoded."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from fakes import word_encoder
from wenyuan.engine.progress import Progress
from wenyuan.engine.report import Report
from wenyuan.errors import WrongUse
from wenyuan.types import Condition, Document, Root

from .house import House, ids


def counts(report: Report) -> tuple[int, int, int, int, int]:
    parts = (report.added, report.changed, report.moved, report.deleted, report.failed)
    return tuple(map(len, parts))  # type: ignore[return-value]


def test_added_documents_are_found_by_both_legs(house: House) -> None:
    house.write("a.md", "# 泵\n\n滤芯型号是 PPR-9087。")
    house.write("deep/b.txt", "The warranty lasts two years.")
    report = house.kb.add(house.docs)
    assert report.added == ids("a.md", "deep/b.txt")
    assert report.version == house.kb.version == 1
    assert report.encoded == len(house.encoder.passages) == 2
    for leg in ("bm25", "dense"):
        [hit, *_] = house.kb.search("ppr9087", legs=(leg,)).hits
        assert hit.chunk.document == "docs/a.md"
        assert set(hit.legs) == {leg}
    assert {info.id for info in house.kb.documents()} == set(ids("a.md", "deep/b.txt"))


def test_a_name_that_is_no_text_is_reported_and_the_rest_goes_on(house: House) -> None:
    house.write("a.md", "# A\n\nalpha")
    house.write("\udce9.md", "# B\n\nbeta")
    for report in (house.kb.add(house.docs), house.kb.sync()):
        [(name, reason)] = report.failed.items()
        assert name == "docs/\udce9.md"
        assert "no UTF-8" in reason
        reason.encode()
    assert [info.id for info in house.kb.documents()] == ids("a.md")
    with pytest.raises(WrongUse, match="no UTF-8"):
        house.kb.add(house.docs / "\udce9.md")


def test_what_has_not_changed_is_skipped(house: House) -> None:
    house.write("a.md", "# A\n\nalpha")
    house.kb.add(house.docs)
    for again in (house.kb.add(house.docs), house.kb.sync()):
        assert counts(again) == (0, 0, 0, 0, 0)
        assert (again.unchanged, again.encoded, again.version) == (1, 0, 1)
    assert len(house.encoder.passages) == 1


def test_only_changed_chunks_are_encoded_again(house: House) -> None:
    sections = [
        f"## Part {n}\n\nSentence about the {animal}." for n, animal in enumerate(("ant", "bee", "cat", "dog", "elk"))
    ]
    house.write("a.md", "# A\n\n" + "\n\n".join(sections))
    house.kb.add(house.docs)
    before = len(house.encoder.passages)
    sections[2] = "## Part 2\n\nSentence about novelty."
    house.write("a.md", "# A\n\n" + "\n\n".join(sections))
    report = house.kb.sync()
    assert report.changed == ids("a.md")
    assert (report.encoded, report.reused) == (1, 4)
    assert len(house.encoder.passages) == before + 1
    assert house.found("novelty") == ids("a.md")
    assert house.found("cat") == []


def test_a_passage_that_stays_is_scored_in_its_section_as_it_is_now(house: House) -> None:
    def dense() -> float | None:
        (hit,) = (hit for hit in house.kb.search("ant", 10).hits if "ant" in hit.chunk.text)
        return hit.legs["dense"].raw

    house.write("a.md", "# A\n\n## One\n\nThe ant.\n\n## Two\n\nThe bee.")
    house.kb.add(house.docs)
    before = dense()
    house.write("a.md", "# A\n\n## One\n\nThe ant.\n\n## Two\n\n" + "The cat sleeps on a mat all day. " * 20)
    house.kb.sync()
    after = dense()
    assert after != before
    house.reopen(repair="index")
    assert dense() == after


def test_a_moved_file_keeps_its_vectors_and_is_reported_as_moved(house: House) -> None:
    path = house.write("a.md", "# A\n\nalpha")
    house.write("b.md", "# B\n\nbeta")
    house.kb.add(house.docs)
    before = list(house.encoder.passages)
    (house.docs / "new").mkdir()
    path.rename(house.docs / "new" / "a.md")
    report = house.kb.sync()
    assert report.moved == [("docs/a.md", "docs/new/a.md")]
    assert (report.added, report.deleted, report.unchanged) == ([], [], 1)
    assert house.encoder.passages == before
    assert house.found("alpha") == ids("new/a.md")


def test_a_deleted_file_is_never_found_again(house: House) -> None:
    path = house.write("a.md", "# A\n\nalpha")
    house.write("b.md", "# B\n\nbeta")
    house.kb.add(house.docs)
    path.unlink()
    assert house.kb.sync().deleted == ids("a.md")
    assert house.found("alpha") == []
    house.reopen()
    assert house.found("alpha") == []
    assert house.found("beta") == ids("b.md")


def test_a_change_in_the_sidecar_is_seen(house: House) -> None:
    path = house.write("a.md", "# A\n\nalpha")
    house.kb.add(house.docs)
    encoded = len(house.encoder.passages)
    path.with_name("a.md.meta.json").write_text(json.dumps({"product": "X100"}), "utf-8")
    assert house.kb.sync().changed == ids("a.md")
    assert len(house.encoder.passages) == encoded
    assert house.found("alpha", Condition("product", "eq", "X100")) == ids("a.md")


def test_a_folder_that_is_gone_keeps_its_documents_and_stops_nothing(house: House) -> None:
    house.write("a.md", "# A\n\nalpha")
    other = house.base / "other"
    other.mkdir()
    (other / "b.md").write_text("# B\n\nbeta")
    house.kb.add(house.docs)
    house.kb.add(other)
    other.rename(house.base / "away")
    house.write("a.md", "# A\n\ngamma")
    report = house.kb.sync()
    assert report.changed == ids("a.md")
    assert list(report.failed) == ["other"]
    assert f"wenyuan delete {other}" in report.failed["other"]
    assert house.found("beta") == ["other/b.md"]
    assert house.kb.delete(other).deleted == ["other/b.md"]
    assert house.kb.sync().failed == {}


def test_a_file_that_was_added_by_itself_and_deleted_goes_as_any_other(house: House) -> None:
    alone = house.base / "alone.md"
    alone.write_text("# Alone\n\nbeta")
    house.write("a.md", "# A\n\nalpha")
    house.kb.add(house.docs, alone)
    alone.unlink()
    report = house.kb.sync()
    assert (report.deleted, report.failed, report.unchanged) == (["alone.md"], {}, 1)
    alone.write_text("# Alone\n\ngamma")
    assert house.kb.sync().added == ["alone.md"]


def test_a_file_whose_folder_is_gone_is_kept(house: House) -> None:
    away = house.base / "disk" / "b.md"
    away.parent.mkdir()
    away.write_text("# B\n\nbeta")
    house.kb.add(away)
    away.parent.rename(house.base / "unmounted")
    report = house.kb.sync()
    assert (list(report.failed), report.deleted) == (["disk/b.md"], [])
    assert house.found("beta") == ["disk/b.md"]


def test_several_places_are_added_and_deleted_together_or_not_at_all(house: House) -> None:
    a, b = house.write("a.md", "# A\n\nalpha"), house.write("b.md", "# B\n\nbeta")
    with pytest.raises(WrongUse, match="no file or folder"):
        house.kb.add(a, house.base / "absent")
    assert house.kb.documents() == []
    assert house.kb.add(a, b, a).added == ids("a.md", "b.md")
    with pytest.raises(WrongUse, match=r"absent\.md"):
        house.kb.delete(a, "absent.md")
    assert [info.id for info in house.kb.documents()] == ids("a.md", "b.md")
    assert house.kb.delete(a, "docs/b.md").deleted == ids("a.md", "b.md")


def test_what_is_excluded_stays_out_until_the_root_is_added_without(house: House) -> None:
    for name in ("a.md", "a.bak.md", "drafts/b.md", "deep/drafts/c.md"):
        house.write(name, f"# {name}\n\nalpha")
    assert house.kb.add(house.docs, exclude=["drafts/", "*.bak.md"]).added == ids("a.md")
    house.write("drafts/d.md", "# D\n\nbeta")
    assert house.kb.sync().added == []
    assert len(house.kb.add(house.docs).added) == 4
    house.kb.add(house.docs, exclude=["/drafts"])
    assert house.kb.sync().deleted == ids("drafts/b.md", "drafts/d.md")


def test_a_pattern_that_cannot_be_read_is_wrong_use(house: House) -> None:
    house.write("a.md", "# A\n\nalpha")
    with pytest.raises(WrongUse, match="pattern"):
        house.kb.add(house.docs, exclude=["!"])
    assert house.kb.documents() == []


def test_files_of_no_known_format_are_counted(house: House) -> None:
    for name in ("a.md", "old.doc", "deep/older.DOC", "scan.png", "LICENCE", ".hidden.doc", "a.md.meta.json"):
        house.write(name, "{}" if name.endswith("json") else "# A\n\nalpha")
    assert house.kb.add(house.docs).passed_over == {".doc": 2, ".png": 1, "": 1}
    assert house.kb.sync().passed_over == {".doc": 2, ".png": 1, "": 1}


def test_an_unreadable_file_is_reported_and_the_rest_goes_on(house: House) -> None:
    house.write("a.md", "# A\n\nalpha")
    house.write("b.md", "# B\n\nbeta")
    house.kb.add(house.docs)
    house.write("a.md", "")
    house.write("c.md", "# C\n\ngamma")
    report = house.kb.sync()
    assert list(report.failed) == ids("a.md")
    assert "\n" not in report.failed["docs/a.md"]
    assert report.added == ids("c.md")
    assert report.deleted == []
    assert house.found("alpha") == ids("a.md"), "the version before stays searchable"
    house.write("a.md", "# A\n\nalpha again")
    assert house.kb.sync().changed == ids("a.md")


def test_files_in_a_folder_that_cannot_be_listed_are_not_taken_for_deleted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.write("in/a.md", "# A\n\nalpha")
    house.kb.add(house.docs)
    listdir = os.listdir

    def refuse(path: str | Path) -> list[str]:
        if Path(path).name == "in":
            raise PermissionError(13, "Permission denied")
        return listdir(path)

    monkeypatch.setattr(os, "listdir", refuse)
    report = house.kb.sync()
    assert list(report.failed) == ids("in")
    assert report.deleted == []
    assert house.found("alpha") == ids("in/a.md")


def test_two_links_to_one_file_are_one_document(house: House) -> None:
    target = house.write("a.md", "# A\n\nalpha")
    (house.docs / "link.md").symlink_to(target)
    (house.docs / "broken.md").symlink_to(house.docs / "absent.md")
    report = house.kb.add(house.docs)
    assert report.added == ids("a.md")
    assert list(report.failed) == ids("absent.md")
    assert house.kb.sync().unchanged == 1


def test_roots_that_overlap_give_each_document_once(house: House) -> None:
    house.write("in/a.md", "# A\n\nalpha")
    house.kb.add(house.docs / "in")
    assert house.kb.add(house.docs).unchanged == 1
    assert counts(house.kb.sync()) == (0, 0, 0, 0, 0)
    assert len(house.kb.search("alpha").hits) == 1


def test_added_by_the_caller_survives_sync(house: House) -> None:
    house.write("a.md", "# A\n\nalpha")
    house.kb.add(house.docs)
    row = Document("db://faq/1", "Row", "# Row\n\nbeta", "row", "h1", 5.0, metadata={"table": "faq"})
    assert house.kb.put([row]).added == ["db://faq/1"]
    assert house.kb.sync().deleted == []
    assert house.found("beta", Condition("table", "eq", "faq")) == ["db://faq/1"]
    assert house.kb.delete("db://faq/1").deleted == ["db://faq/1"]
    assert house.found("beta") == []


@pytest.mark.parametrize("place", ["docs/in", "docs/in/", "docs/in/a.md"])
def test_delete_by_id_of_a_document_or_folder(house: House, place: str) -> None:
    house.write("in/a.md", "# A\n\nalpha")
    house.write("in2/b.md", "# B\n\nbeta")
    house.kb.add(house.docs)
    assert house.kb.delete(place).deleted == ids("in/a.md")
    assert house.found("alpha") == []
    assert house.found("beta") == ids("in2/b.md")


@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_deleted_root_is_forgotten_wherever_it_is_deleted_from(
    house: House, monkeypatch: pytest.MonkeyPatch, elsewhere: bool
) -> None:
    house.write("a.md", "# A\n\nalpha")
    house.kb.add(house.docs)
    monkeypatch.chdir("/" if elsewhere else house.base)
    assert house.kb.delete("docs").deleted == ids("a.md")
    assert house.kb.sync().added == []
    assert house.found("alpha") == []


def test_the_folder_of_the_knowledge_base_can_be_a_root_and_be_deleted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.write("a.md", "# A\n\nalpha")
    house.kb.add(house.base)
    house.kb.put([Document("/elsewhere/b.md", "B", "beta", "md", "h", 0.0)])
    monkeypatch.chdir("/usr")
    with pytest.raises(WrongUse):
        house.kb.delete(".")
    monkeypatch.chdir(house.base)
    assert house.kb.delete(".").deleted == ids("a.md")
    assert house.found("beta") == ["/elsewhere/b.md"]


@pytest.mark.parametrize("place", ["", "docs/absent.md", "doc", "/", "kb"])
def test_what_is_unknown_cannot_be_deleted(house: House, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    house.write("a.md", "# A\n\nalpha")
    house.kb.add(house.docs)
    monkeypatch.chdir(house.base)
    with pytest.raises(WrongUse):
        house.kb.delete(place)
    assert house.found("alpha") == ids("a.md")


@pytest.mark.parametrize(
    ("metadata", "named"), [({"type": "x"}, "type"), ({"date": "yesterday"}, "date"), ({"a": None}, "a")]
)
def test_a_wrong_field_is_refused_before_anything_is_kept(house: House, metadata: dict, named: str) -> None:
    house.write("a.md", "# A\n\nalpha")
    with pytest.raises(WrongUse, match=named):
        house.kb.add(house.docs, metadata=metadata)
    assert house.kb.sync().added == []


def test_progress_names_each_file_and_ends_at_the_total(house: House) -> None:
    for name in "abc":
        house.write(f"{name}.md", f"# {name}\n\n{name * 5}")
    steps: list[Progress] = []
    house.kb.add(house.docs, on_progress=steps.append)
    assert list(dict.fromkeys(step.document for step in steps)) == [*ids("a.md", "b.md", "c.md"), ""]
    assert list(dict.fromkeys(step.done for step in steps)) == [0, 1, 2, 3]
    assert {step.total for step in steps} == {3}
    assert (steps[0].part, steps[-1].part) == (0.0, 1.0)


def test_a_large_document_is_told_of_while_it_is_encoded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wenyuan.engine.ingest.GROUP_CHUNKS", 2)
    monkeypatch.setattr("wenyuan.engine.encoding.GROUP_CHUNKS", 2)
    house.write("large.md", "".join(f"# {n}\n\nalpha{n}\n\n" for n in range(8)))
    steps: list[Progress] = []
    house.kb.add(house.docs, on_progress=steps.append)
    assert [step.part for step in steps if step.done == 0] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert house.kb.search("alpha3", 1, legs=("bm25",)).hits[0].chunk.text.endswith("alpha3")


def test_progress_of_given_documents_counts_those_that_are_stored(house: House, monkeypatch) -> None:
    monkeypatch.setattr("wenyuan.engine.ingest.GROUP_CHUNKS", 2)
    monkeypatch.setattr("wenyuan.engine.encoding.GROUP_CHUNKS", 2)
    documents = [Document(f"{n}.md", "", f"alpha{n}", "md", str(n), 0.0) for n in range(5)]
    for given, total in ((documents, 5), (iter(documents), None)):
        steps: list[Progress] = []
        house.kb.put(given, on_progress=steps.append)
        assert steps == [Progress(done, total, "") for done in (0, 2, 4, 5)]


def test_passages_longer_than_the_model_reads_are_warned_of(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.reopen(encoder=word_encoder(max_tokens=8))
    house.write("a.md", "# A\n\n" + "word " * 40)
    assert any("8 tokens" in warning for warning in house.kb.add(house.docs).warnings)
    house.kb.close()


def test_own_files_are_taken_in_kept_in_step_with_and_deleted(house: House) -> None:
    own = house.base / "kb" / "files"

    def put(name: str, text: str) -> None:
        (own / name).parent.mkdir(parents=True, exist_ok=True)
        (own / name).write_text(text, "utf-8")

    put("support/faq.md", "# FAQ\n\nalpha")
    put("support/faq.md.meta.json", '{"product": "X"}')
    put("b.md", "# B\n\nalpha")
    assert house.kb.take("support/faq.md", "b.md", "absent.md").added == ["support/faq.md", "b.md"]
    assert house.kb.document("support/faq.md").metadata == {"product": "X"}
    assert house.kb.take("b.md").unchanged == 1
    (own / "b.md").unlink()
    put("c.md", "# C\n\nbeta")
    report = house.kb.sync()
    assert (report.added, report.deleted, report.unchanged) == (["c.md"], ["b.md"], 1)
    (own / "c.md").unlink()
    assert house.kb.take("c.md").deleted == ["c.md"]
    assert house.kb.delete("support/faq.md").deleted == ["support/faq.md"]
    assert not any(path.is_file() for path in own.rglob("*"))
    assert house.kb.documents() == []


def test_a_rebuild_reads_own_files_again(house: House) -> None:
    (house.base / "kb" / "files").mkdir()
    (house.base / "kb" / "files" / "a.md").write_text("# A\n\nalpha")
    house.kb.take("a.md")
    house.reopen(repair="all")
    assert house.kb.documents() == []
    assert house.kb.sync().added == ["a.md"]


def test_deleting_a_document_that_lies_elsewhere_leaves_its_file(
    house: House, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "far.md"
    outside.write_text("# Far\n\nalpha")
    near = house.write("a.md", "# A\n\nalpha")
    house.kb.add(outside, near)
    (house.base / "kb" / "files").mkdir()
    assert len(house.kb.delete(outside, near).deleted) == 2
    assert outside.exists()
    assert near.exists()


def test_a_folder_is_followed_without_a_look_at_others(house: House) -> None:
    other = house.base / "other"
    other.mkdir()
    (other / "o.md").write_text("# O\n\nomega", "utf-8")
    house.kb.add(other)
    (other / "o.md").unlink()
    house.write("a.md", "# A\n\nalpha")
    house.write("b.md", "# B\n\nbeta")
    said = Root({"product": "X100"}, ("drafts/",))
    assert house.kb.follow(house.docs, said).added == ids("a.md", "b.md")
    house.write("a.md", "# A\n\ngamma")
    (house.docs / "b.md").rename(house.docs / "c.md")
    report = house.kb.follow(house.docs, said)
    assert (report.changed, report.moved, report.deleted) == (ids("a.md"), [("docs/b.md", "docs/c.md")], [])
    (house.docs / "c.md").unlink()
    assert house.kb.follow(house.docs, said).deleted == ids("c.md")
    assert [info.id for info in house.kb.documents()] == ["docs/a.md", "other/o.md"]
    assert house.kb.sync().deleted == ["other/o.md"]


def test_a_followed_folder_that_is_gone_keeps_its_documents(house: House) -> None:
    house.write("deep/a.md", "# A\n\nalpha")
    house.write("b.md", "# B\n\nbeta")
    house.kb.follow(house.docs, Root())
    house.docs.rename(house.base / "away")
    report = house.kb.follow(house.docs, Root())
    assert (report.deleted, [*report.failed]) == ([], ["docs"])
    assert len(house.kb.documents()) == 2


def test_a_followed_folder_that_is_empty_as_an_unmounted_disk_is_keeps_its_documents(house: House) -> None:
    house.write("a.md", "# A\n\nalpha")
    house.write("b.md", "# B\n\nbeta")
    house.kb.follow(house.docs, Root())
    house.docs.rename(house.base / "away")
    house.docs.mkdir()
    report = house.kb.follow(house.docs, Root())
    assert (report.deleted, [*report.failed]) == ([], ["docs"])
    assert "is empty, its documents are kept" in report.failed["docs"]
    assert len(house.kb.documents()) == 2
    house.write("a.md", "# A\n\nalpha")
    assert house.kb.follow(house.docs, Root()).deleted == ids("b.md")


def test_a_followed_folder_in_which_there_never_was_anything_is_no_failure(house: House) -> None:
    assert house.kb.follow(house.docs, Root()).failed == {}


def test_what_is_said_of_a_part_of_a_followed_folder_holds_there(house: House) -> None:
    house.write("a.md", "# A\n\nalpha")
    house.write("hr/b.md", "# B\n\nbeta")
    house.kb.add(house.docs / "hr", metadata={"access": ("hr",)})
    house.kb.follow(house.docs, Root())
    assert [info.id for info in house.kb.seen_by([]).documents()] == ids("a.md")
    (house.docs / "hr" / "b.md").unlink()
    assert house.kb.follow(house.docs, Root()).deleted == ids("hr/b.md")


def test_following_leaves_what_was_given_under_the_same_name(house: House) -> None:
    own = house.kb.folder / "files" / "docs" / "own.md"
    own.parent.mkdir(parents=True)
    own.write_text("# Own\n\nomega", "utf-8")
    house.kb.take("docs/own.md")
    house.write("a.md", "# A\n\nalpha")
    assert house.kb.follow(house.docs, Root()).deleted == []
    with pytest.raises(WrongUse, match="of the knowledge base itself"):
        house.kb.follow(own.parent, Root())
