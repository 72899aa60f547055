"""Both flows through their one door: real files, a real archive, a stand-in for the model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes import WordEncoder, word_encoder
from wenyuan.engine import KnowledgeBase
from wenyuan.engine.ingest import Progress, Report
from wenyuan.errors import Busy, WrongModel, WrongUse
from wenyuan.settings import Settings
from wenyuan.types import And, Condition, Decision, Document, Filter, Not, Or


class House:
    """A folder of documents with a knowledge base beside it."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.docs = base / "docs"
        self.docs.mkdir()
        self.encoder = word_encoder()
        self.kb = self.open()

    def open(self, encoder: WordEncoder | None = None, **options) -> KnowledgeBase:
        settings = Settings.model_validate({"answer": {"confidence": 0.0}})
        return KnowledgeBase.open(self.base / "kb", encoder=encoder or self.encoder, settings=settings, **options)

    def reopen(self, **options) -> None:
        self.kb.close()
        self.kb = self.open(**options)

    def write(self, name: str, text: str) -> Path:
        path = self.docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def found(self, question: str, filter: Filter | None = None, legs: tuple[str, ...] = ("bm25",)) -> list[str]:
        """The documents whose chunks hold a word of the question."""
        hits = self.kb.search(question, 50, filter=filter, legs=legs).hits
        return sorted({hit.chunk.document for hit in hits})


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.kb.close()
    assert_agrees(made)


def assert_agrees(house: House) -> None:
    with house.open() as kb:
        assert kb.check().problems == []


def ids(*names: str) -> list[str]:
    return [f"docs/{name}" for name in names]


def counts(report: Report) -> tuple[int, int, int, int, int]:
    parts = (report.added, report.changed, report.moved, report.deleted, report.failed)
    return tuple(map(len, parts))  # type: ignore[return-value]


# --- the document flow


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


def test_where_a_root_is_gone_nothing_is_deleted(house: House) -> None:
    house.write("a.md", "# A\n\nalpha")
    other = house.base / "other"
    other.mkdir()
    (other / "b.md").write_text("# B\n\nbeta")
    house.kb.add(house.docs)
    house.kb.add(other)
    other.rename(house.base / "away")
    house.write("a.md", "# A\n\ngamma")
    with pytest.raises(WrongUse, match="gone") as caught:
        house.kb.sync()
    assert str(other) in str(caught.value)
    assert house.found("beta") == ["other/b.md"]
    assert house.kb.delete(other).deleted == ["other/b.md"]
    assert house.kb.sync().changed == ids("a.md")


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


def test_the_knowledge_base_itself_is_not_ingested(house: House) -> None:
    house.write("a.md", "# A\n\nalpha")
    (house.base / "kb" / "wenyuan.toml").write_text("")
    (house.base / "kb" / "note.md").write_text("# Note\n\nalpha")
    assert house.kb.add(house.base).added == ids("a.md")


def test_ids_are_relative_to_the_parent_of_the_knowledge_base_or_absolute(
    house: House, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "far.md"
    outside.write_text("# Far\n\ndistant")
    house.write("a.md", "# A\n\nalpha")
    monkeypatch.chdir(house.docs)
    assert house.kb.add("a.md").added == ids("a.md")
    assert house.kb.add(outside).added == [outside.as_posix()]


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


def test_a_missing_path_is_wrong_use(house: House) -> None:
    with pytest.raises(WrongUse, match="no file or folder"):
        house.kb.add(house.base / "absent")


def test_progress_names_each_file_and_ends_at_the_total(house: House) -> None:
    for name in "abc":
        house.write(f"{name}.md", f"# {name}\n\n{name * 5}")
    steps: list[Progress] = []
    house.kb.add(house.docs, on_progress=steps.append)
    assert [step.document for step in steps] == [*ids("a.md", "b.md", "c.md"), ""]
    assert [step.done for step in steps] == [0, 1, 2, 3]
    assert {step.total for step in steps} == {3}


def test_passages_longer_than_the_model_reads_are_warned_of(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.reopen(encoder=word_encoder(max_tokens=8))
    house.write("a.md", "# A\n\n" + "word " * 40)
    assert any("8 tokens" in warning for warning in house.kb.add(house.docs).warnings)
    house.kb.close()


# --- versions, processes, models


def test_every_commit_raises_the_version_and_it_lasts(house: House) -> None:
    assert house.kb.version == 0
    path = house.write("a.md", "# A\n\nalpha")
    seen = [house.kb.add(house.docs).version]
    house.write("a.md", "# A\n\nbeta")
    seen.append(house.kb.sync().version)
    path.unlink()
    seen.append(house.kb.sync().version)
    assert seen == [1, 2, 3]
    house.reopen()
    assert house.kb.version == 3


def test_a_second_process_is_told_who_is_first(house: House) -> None:
    script = """
import sys
from fakes import word_encoder
from wenyuan.engine import KnowledgeBase
from wenyuan.errors import Busy
try:
    KnowledgeBase.open(sys.argv[1], encoder=word_encoder())
except Busy as error:
    print(error)
    sys.exit(7)
"""
    command = [sys.executable, "-c", script, str(house.base / "kb")]
    path = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path})
    assert done.returncode == 7, done.stderr
    assert str(os.getpid()) in done.stdout
    with pytest.raises(Busy):
        house.open()


def test_closing_twice_is_closing_once(house: House) -> None:
    view = house.kb.without_rules()
    for closed in (house.kb, house.kb, view):
        closed.close()


def test_another_model_is_refused_until_rebuilt(house: House) -> None:
    house.write("a.md", "# A\n\nalpha")
    house.kb.add(house.docs, metadata={"product": "X"})
    house.kb.close()
    other = word_encoder("other@2")
    with pytest.raises(WrongModel, match="sync --rebuild"):
        house.open(other)
    house.encoder = other
    house.kb = house.open(repair="all")
    assert house.kb.documents() == []
    assert house.kb.sync().added == ids("a.md")
    assert other.passages
    assert house.found("alpha", Condition("product", "eq", "X")) == ids("a.md")


def test_the_index_can_be_made_anew_without_encoding(house: House) -> None:
    house.write("a.md", "# A\n\nalpha")
    house.kb.add(house.docs)
    encoded = len(house.encoder.passages)
    house.reopen(repair="index")
    assert house.found("alpha") == ids("a.md")
    assert house.found("alpha", legs=("dense",)) == ids("a.md")
    assert len(house.encoder.passages) == encoded
    assert house.kb.check().problems == []


def test_without_create_a_missing_knowledge_base_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="wenyuan add"):
        KnowledgeBase.open(tmp_path / "absent", create=False, encoder=word_encoder())
    assert not (tmp_path / "absent").exists()


def test_health_counts_what_is_in_it(house: House) -> None:
    house.write("a.md", "# A\n\nalpha\n\n## B\n\nbeta")
    house.kb.add(house.docs)
    health = house.kb.check()
    assert (health.documents, health.chunks, health.version, health.model) == (1, 2, 1, "words@1")
    assert health.problems == []


# --- the question flow


@pytest.fixture
def library(house: House) -> House:
    for name, text, fields in [
        ("zh/泵.md", "# 泵\n\n滤芯型号是 PPR-9087。", {"product": "X100", "date": "2024-03-01", "year": 2024}),
        ("zh/阀.txt", "滤芯型号是 PPR-9086。", {"product": "X200", "date": "2023-03-01", "year": 2023}),
        (
            "en/pump.md",
            "# Pump\n\nFilter PPR-9087.",
            {"product": "X100", "date": "2025-03-01", "tags": ["a", "b"]},
        ),
    ]:
        path = house.write(name, text)
        path.with_name(path.name + ".meta.json").write_text(json.dumps(fields), "utf-8")
    house.kb.add(house.docs)
    return house


ZH, VALVE, PUMP = ids("zh/泵.md", "zh/阀.txt", "en/pump.md")
MARCH_2024 = 1709251200.0


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        (None, {ZH, VALVE, PUMP}),
        (Condition("source", "eq", "docs/zh"), {ZH, VALVE}),
        (Condition("source", "eq", "docs/zh/"), {ZH, VALVE}),
        (Condition("source", "in", ("docs/en", VALVE)), {PUMP, VALVE}),
        (Condition("source", "eq", "docs/z"), set()),
        (Condition("type", "eq", "txt"), {VALVE}),
        (Condition("time", "gte", MARCH_2024), {ZH, PUMP}),
        (Condition("time", "gt", MARCH_2024), {PUMP}),
        (Condition("time", "lt", MARCH_2024), {VALVE}),
        (Condition("product", "eq", "X100"), {ZH, PUMP}),
        (Condition("year", "gte", 2024), {ZH}),
        (Condition("tags", "eq", "b"), {PUMP}),
        (Condition("absent", "eq", "b"), set()),
        (Not(Condition("product", "eq", "X100")), {VALVE}),
        (Or((Condition("type", "eq", "txt"), Condition("tags", "eq", "a"))), {VALVE, PUMP}),
        (And((Condition("product", "eq", "X100"), Not(Condition("source", "eq", "docs/en")))), {ZH}),
    ],
)
def test_filters(library: House, filter: Filter | None, expected: set[str]) -> None:
    for legs in (("bm25",), ("dense",), ("bm25", "dense")):
        assert set(library.found("滤芯 filter PPR", filter, legs)) == expected


@pytest.mark.parametrize(
    "filter", [And(()), Condition("time", "gt", "soon"), Condition("year", "gt", "x"), Condition('a"b', "eq", "c")]
)
def test_filters_without_sense_are_wrong_use(library: House, filter: Filter) -> None:
    with pytest.raises(WrongUse):
        library.kb.search("滤芯", filter=filter)


def test_hits_are_ranked_and_say_why(library: House) -> None:
    result = library.kb.search("泵的滤芯型号 ppr9087", 2)
    assert [hit.rank for hit in result.hits] == [1, 2]
    assert result.hits[0].chunk.document == ZH
    assert result.hits[0].score >= result.hits[1].score
    legs = result.hits[0].legs
    assert set(legs) == {"bm25", "dense"}
    assert sum(leg.weight for leg in legs.values()) == pytest.approx(1)
    assert result.hits[0].score == pytest.approx(sum(leg.weight * leg.normalised for leg in legs.values()))
    assert {"encode", "recall", "fuse", "fetch"} <= set(result.timings_ms)


@pytest.mark.parametrize("leg", ["bm25", "dense"])
def test_one_leg_alone_ranks_by_its_own_scores(library: House, leg: str) -> None:
    hits = library.kb.search("滤芯 PPR-9087", legs=(leg,)).hits
    assert [hit.legs[leg].rank for hit in hits] == [1, 2, 3]
    assert all(set(hit.legs) == {leg} for hit in hits)


def test_identical_passages_of_two_documents_are_shown_once(house: House) -> None:
    house.write("a.md", "# Same\n\nThe filter is changed every year by the service team.")
    house.write("b.md", "# Same\n\nThe filter is changed every year by the service team.")
    house.write("c.md", "# Other\n\nThe filter is blue.")
    house.kb.add(house.docs)
    documents = [hit.chunk.document for hit in house.kb.search("filter changed every year").hits]
    assert len(documents) == 2
    assert "docs/c.md" in documents


def test_more_hits_than_candidates_of_a_leg_can_be_asked_for(house: House) -> None:
    for n in range(130):
        house.write(f"{n}.txt", f"common topic{n} " + " ".join(f"w{n * 17 + i}" for i in range(9)))
    house.kb.add(house.docs)
    assert len(house.kb.search("common", 130).hits) == 130


@pytest.mark.parametrize("question", ["", "  \n", "\u200b"])
def test_an_empty_question_is_wrong_use(library: House, question: str) -> None:
    with pytest.raises(WrongUse, match="empty"):
        library.kb.search(question)
    with pytest.raises(WrongUse, match="empty"):
        library.kb.ask(question)


def test_a_very_long_question_is_answered_with_a_note(library: House) -> None:
    question = "泵的滤芯型号是什么？" * 6554
    assert len(question) > 64_000
    result = library.kb.search(question)
    assert result.hits
    assert any("longer" in note for note in result.notes)
    assert library.kb.ask(question).decision is Decision.ANSWERED


def test_a_question_of_emoji_is_noted(library: House) -> None:
    result = library.kb.search("😀🔥")
    assert len(result.notes) == 1
    assert library.kb.search("😀🔥", legs=("bm25",)).hits == []
    assert library.kb.ask("😀🔥").notes


@pytest.mark.parametrize(("k", "legs"), [(0, ("bm25",)), (-1, ("bm25",)), (5, ()), (5, ("bm26",))])
def test_what_cannot_be_searched_is_wrong_use(library: House, k: int, legs: tuple[str, ...]) -> None:
    with pytest.raises(WrongUse):
        library.kb.search("滤芯", k, legs=legs)


def test_an_empty_knowledge_base_has_no_hits_and_abstains(house: House) -> None:
    assert house.kb.search("滤芯").hits == []
    answer = house.kb.ask("滤芯？")
    assert (answer.decision, answer.citations) == (Decision.ABSTAINED, ())


def test_every_citation_is_the_text_at_its_place(library: House) -> None:
    for question in ("泵的滤芯型号是什么？", "Which filter does the pump have?"):
        answer = library.kb.ask(question)
        assert answer.decision is Decision.ANSWERED
        for citation in answer.citations:
            assert library.kb.read(citation.document, citation.start, citation.end) == citation.quote
        assert {"encode", "recall", "fuse", "fetch", "assemble", "prompt", "generate"} <= set(answer.timings_ms)
    assert library.kb.ask("滤芯？", filter=Condition("type", "eq", "absent")).decision is Decision.ABSTAINED


def test_searches_run_while_documents_are_added(house: House) -> None:
    house.write("first.md", "# First\n\nalpha stays here.")
    house.kb.add(house.docs)
    wrong: list[object] = []
    done = threading.Event()

    def search() -> None:
        while not done.is_set():
            try:
                if house.found("alpha") != ids("first.md"):
                    wrong.append("lost")
                house.kb.search("beta")
                house.kb.ask("alpha")
            except Exception as error:  # noqa: BLE001 - any error of a thread fails the test
                wrong.append(error)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for n in range(20):
        house.write(f"{n}.md", f"# Beta {n}\n\nbeta {n} text")
        house.kb.add(house.docs / f"{n}.md")
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(house.found("beta")) == 20
