"""Passages that people disable and correct: at once in both legs, kept when their document is read again."""

from __future__ import annotations

import threading

import pytest

from wenyuan.engine import KnowledgeBase
from wenyuan.engine.backup import restore
from wenyuan.engine.diagnose.lost import Stage
from wenyuan.errors import WrongUse
from wenyuan.types import Passage, Root

from .house import House

MANUAL = "# Pump\n\n## Warranty\n\nThe warranty lasts 24 months.\n\n## Filter\n\nThe filter is PPR-9087.\n"
NAME = "docs/pump.md"


@pytest.fixture
def kb(house: House) -> KnowledgeBase:
    house.write("pump.md", MANUAL)
    house.kb.add(house.docs)
    return house.kb


def passage(kb: KnowledgeBase, word: str, document: str = NAME) -> Passage:
    return next(each for each in kb.passages(document) if word in each.chunk.text)


def texts(kb: KnowledgeBase, question: str, leg: str) -> list[str]:
    return [hit.chunk.text for hit in kb.search(question, 50, legs=(leg,)).hits]


def test_a_disabled_passage_is_found_by_no_leg_until_it_is_enabled(kb: KnowledgeBase) -> None:
    before = {leg: kb.search("warranty", 9, legs=(leg,)).hits for leg in ("bm25", "dense")}
    chunk = passage(kb, "warranty").chunk
    off = kb.correct(chunk.id, disabled=True)
    assert (off.chunk, off.disabled) == (chunk, True)
    for leg in ("bm25", "dense"):
        assert all("warranty" not in text for text in texts(kb, "warranty", leg))
    assert [each.disabled for each in kb.passages(NAME)] == [True, False]
    assert [each.text for each in kb.chunks(NAME)] == ["The filter is PPR-9087."]
    assert "warranty" not in kb.ask("How long is the warranty?").text
    assert kb.check().problems == []
    on = kb.correct(chunk.id, disabled=False)
    assert (on.chunk, on.correction) == (chunk, None)
    after = {leg: kb.search("warranty", 9, legs=(leg,)).hits for leg in ("bm25", "dense")}
    assert {leg: [(hit.chunk, hit.score) for hit in hits] for leg, hits in after.items()} == {
        leg: [(hit.chunk, hit.score) for hit in hits] for leg, hits in before.items()
    }
    assert kb.corrections() == []


def test_a_corrected_passage_is_found_by_its_new_words_and_quoted_as_corrected(kb: KnowledgeBase) -> None:
    chunk = passage(kb, "warranty").chunk
    kb.correct(chunk.id, text="  The guarantee lasts 36 months.  ")
    assert texts(kb, "24", "bm25") == []
    assert texts(kb, "guarantee", "bm25") == ["The guarantee lasts 36 months."]
    assert texts(kb, "guarantee 36", "dense")[0] == "The guarantee lasts 36 months."
    [hit] = kb.search("guarantee", 9, legs=("bm25",)).hits
    assert (hit.chunk.id, hit.chunk.start, hit.chunk.end) == (chunk.id, chunk.start, chunk.end)
    assert hit.chunk.original == chunk.text == kb.read(NAME, chunk.start, chunk.end)
    answer = kb.ask("How long is the guarantee?")
    cited = answer.citations[0]
    assert (cited.quote, cited.corrected) == ("The guarantee lasts 36 months.", True)
    assert kb.read(NAME, cited.start, cited.end) == chunk.text, "it points at what the document says there"
    filter_ = kb.ask("What is the filter?").citations[0]
    assert not filter_.corrected
    assert kb.read(NAME, filter_.start, filter_.end) == filter_.quote
    assert kb.check().problems == []
    kb.correct(chunk.id, text=None)
    assert kb.chunks(NAME)[0] == chunk
    assert texts(kb, "24", "bm25") == [chunk.text]


def test_what_is_not_given_stays(kb: KnowledgeBase) -> None:
    chunk = passage(kb, "warranty").chunk
    kb.correct(chunk.id, text="Another text.", disabled=True)
    again = kb.correct(chunk.id, disabled=False)
    assert again.shown.text == "Another text."
    version = kb.version
    kb.correct(chunk.id, text="Another text.")
    kb.correct(chunk.id)
    assert kb.version == version, "nothing was changed"
    assert kb.correct(chunk.id, text=chunk.text).correction is None, "its own text is no correction"


@pytest.mark.parametrize(("text", "why"), [(" \n", "is empty"), ("\ud800", "halves"), ("word " * 9_999, "tokens")])
def test_a_text_that_cannot_stand_there_is_refused(kb: KnowledgeBase, text: str, why: str) -> None:
    with pytest.raises(WrongUse, match=why):
        kb.correct(passage(kb, "filter").chunk.id, text=text)
    with pytest.raises(WrongUse, match="There is no passage"):
        kb.correct(1, disabled=True)
    with pytest.raises(WrongUse, match="There is no correction"):
        kb.withdraw(1)


def test_corrections_are_kept_while_the_document_still_has_the_passage(house: House, kb: KnowledgeBase) -> None:
    kb.correct(passage(kb, "warranty").chunk.id, text="It lasts 36 months.")
    kb.correct(passage(kb, "filter").chunk.id, disabled=True)
    house.write("pump.md", MANUAL.replace("# Pump", "# Pump\n\nFirst of all.").replace("## Filter", "## Sieve"))
    report = kb.sync()
    assert (report.changed, report.warnings) == ([NAME], [])
    assert [each.text for each in kb.chunks(NAME)] == ["First of all.", "It lasts 36 months."]
    house.write("pump.md", MANUAL.replace("24 months", "12 months"))
    [warning] = kb.sync().warnings
    assert "docs/pump.md: a passage that was corrected or disabled" in warning
    assert "24 months" in warning
    assert [(each.applied, each.original) for each in kb.corrections()] == [
        (False, "The warranty lasts 24 months."),
        (True, "The filter is PPR-9087."),
    ]
    assert [each.text for each in kb.chunks(NAME)] == ["The warranty lasts 12 months."]
    house.write("pump.md", MANUAL)
    assert kb.sync().warnings == []
    assert [each.text for each in kb.chunks(NAME)] == ["It lasts 36 months."], "it came again"
    for each in kb.corrections():
        kb.withdraw(each.id)
    assert [each.text for each in kb.chunks(NAME)] == ["The warranty lasts 24 months.", "The filter is PPR-9087."]


def test_they_go_with_a_document_that_moves_and_wait_for_one_that_is_gone(house: House, kb: KnowledgeBase) -> None:
    kb.correct(passage(kb, "filter").chunk.id, disabled=True)
    (house.docs / "pump.md").rename(house.docs / "moved.md")
    report = kb.sync()
    assert report.moved == [(NAME, "docs/moved.md")]
    assert report.warnings == []
    assert [each.disabled for each in kb.passages("docs/moved.md")] == [False, True]
    (house.docs / "moved.md").unlink()
    [warning] = kb.sync().warnings
    assert "1 corrections of its passages are kept" in warning
    [made] = kb.corrections()
    assert not made.applied
    assert kb.seen_by([]).corrections() == [], "whose document is gone only the owner sees"
    house.write("moved.md", MANUAL)
    kb.sync()
    assert [each.disabled for each in kb.passages("docs/moved.md")] == [False, True]
    [warning] = kb.delete("docs/moved.md").warnings
    assert "deleted with it" in warning
    assert kb.corrections() == []
    house.write("moved.md", MANUAL)
    kb.add(house.docs)
    assert [each.disabled for each in kb.passages("docs/moved.md")] == [False, False]


def test_one_that_waits_for_a_document_that_is_gone_can_be_withdrawn(house: House, kb: KnowledgeBase) -> None:
    kb.correct(passage(kb, "filter").chunk.id, disabled=True)
    (house.docs / "pump.md").unlink()
    kb.sync()
    kb.withdraw(kb.corrections()[0].id)
    assert kb.corrections() == []


@pytest.mark.parametrize("repair", ["index", "all"])
def test_they_outlast_repairs(house: House, kb: KnowledgeBase, repair: str) -> None:
    kb.correct(passage(kb, "warranty").chunk.id, text="It lasts 36 months.")
    house.reopen(repair=repair)
    house.kb.sync()
    assert [each.text for each in house.kb.chunks(NAME)] == ["It lasts 36 months.", "The filter is PPR-9087."]


def test_of_equal_passages_the_one_that_was_meant_is_disabled(house: House, kb: KnowledgeBase) -> None:
    house.write("same.md", "# A\n\nSee below.\n\n# B\n\nSee below.\n\n# C\n\nSee below.\n")
    kb.add(house.docs)
    kb.correct(kb.passages("docs/same.md")[1].chunk.id, disabled=True)
    assert [each.headings for each in kb.chunks("docs/same.md")] == [("A",), ("C",)]
    house.write("same.md", "# B\n\nSee below.\n\n# C\n\nSee below.\n")
    kb.sync()
    assert [each.headings for each in kb.chunks("docs/same.md")] == [("C",)], "known by its headings"
    house.write("same.md", "# X\n\nSee below.\n")
    kb.sync()
    assert kb.chunks("docs/same.md") == [], "its text is still there"


def test_a_reader_corrects_what_it_sees_and_nothing_else(house: House, kb: KnowledgeBase) -> None:
    house.write("pay.md", "---\naccess: hr\n---\n# Pay\n\nThe salary is 90000.\n")
    kb.add(house.docs)
    pay = passage(kb, "salary", "docs/pay.md").chunk
    with pytest.raises(WrongUse, match="There is no passage"):
        kb.seen_by(["it"]).correct(pay.id, disabled=True)
    kb.seen_by(["hr"]).correct(pay.id, disabled=True)
    assert kb.chunks("docs/pay.md") == []
    [made] = kb.corrections()
    assert (kb.seen_by(["hr"]).corrections(), kb.seen_by(["it"]).corrections()) == ([made], [])
    with pytest.raises(WrongUse, match="There is no correction"):
        kb.seen_by(["it"]).withdraw(made.id)
    kb.seen_by(["hr"]).withdraw(made.id)
    assert kb.chunks("docs/pay.md") == [pay]


def test_why_says_that_passages_were_disabled_by_hand(kb: KnowledgeBase) -> None:
    for n, each in enumerate(kb.passages(NAME), 1):
        kb.correct(each.chunk.id, disabled=True)
        why = kb.why("How long is the warranty?", NAME)
        assert why.disabled == n
        assert "disabled by hand" in why.sentence
    assert why.stage is Stage.DISABLED


def test_what_is_read_with_a_hit_reaches_over_no_corrected_or_disabled_passage(house: House) -> None:
    parts = [f"Part {n} of it says word{n} " + "and so on " * 80 for n in range(5)]
    house.write("long.md", "# Long\n\n" + "\n\n".join(parts))
    house.kb.add(house.docs)
    chunks = house.kb.chunks("docs/long.md")
    assert len(chunks) > 3
    house.kb.correct(chunks[2].id, disabled=True)
    found = house.kb.ask("word1")
    assert "word2" not in found.text
    house.kb.correct(chunks[2].id, disabled=False, text="A correction of it.")
    for question in ("word1", "correction"):
        for cited in house.kb.ask(question).citations:
            said = house.kb.read("docs/long.md", cited.start, cited.end)
            assert (cited.quote == said) is not cited.corrected


def test_a_correction_that_comes_while_its_document_is_read_again_is_kept(
    house: House, kb: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunk, done = passage(kb, "warranty").chunk, threading.Event()
    encode = house.encoder.encode_passages

    def slowly(given):
        if any("meanwhile" in text for text in given) and not done.is_set():
            done.set()
            other = threading.Thread(target=lambda: kb.correct(chunk.id, disabled=True))
            other.start()
            other.join(30)
        return encode(given)

    monkeypatch.setattr(house.encoder, "encode_passages", slowly)
    house.write("pump.md", MANUAL + "\n## New\n\nIt came meanwhile.\n")
    kb.sync()
    assert done.is_set()
    assert [each.text for each in kb.chunks(NAME)] == ["The filter is PPR-9087.", "It came meanwhile."]


def test_a_copy_of_the_knowledge_base_has_them(house: House, kb: KnowledgeBase) -> None:
    kb.correct(passage(kb, "warranty").chunk.id, text="It lasts 36 months.")
    kb.backup(house.base / "copy.tar.gz")
    restore(house.base / "copy.tar.gz", house.base / "other")
    with KnowledgeBase.open(house.base / "other", encoder=house.encoder) as other:
        assert other.chunks(NAME)[0].text == "It lasts 36 months."
        assert other.corrections() == kb.corrections()


def test_a_folder_that_is_followed_keeps_them(house: House, kb: KnowledgeBase) -> None:
    kb.correct(passage(kb, "filter").chunk.id, disabled=True)
    house.write("pump.md", MANUAL + "\n## More\n\nOf it.\n")
    kb.follow(house.docs, Root())
    assert [each.disabled for each in kb.passages(NAME)] == [False, True, False]
