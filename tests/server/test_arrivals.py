"""How files come in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes import word_encoder
from wenyuan.engine import KnowledgeBase
from wenyuan.engine.report import Report
from wenyuan.errors import WrongUse
from wenyuan.server.arrivals import Arrival, Said, as_spec, fields_of, named, refuse_taken, sorted_out, take_over
from wenyuan.server.errors import Refused
from wenyuan.server.identity import Identity, rights_of
from wenyuan.types import Document

OWNER = Identity("k", "acme", rights_of(["admin"]))
HR = Identity("k", "acme", rights_of(["ingest"]), frozenset({"hr"}))
NOBODY = Identity("k", "acme", rights_of(["ingest"]), frozenset())


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with KnowledgeBase.open(tmp_path / "kb", encoder=word_encoder()) as base:
        yield base


def test_a_file_is_named_as_a_document_of_a_format_that_is_read() -> None:
    assert named("手册\\泵.PDF") == "手册/泵.PDF"
    with pytest.raises(Refused) as refused:
        named("a.exe")
    assert refused.value.status == 415
    with pytest.raises(WrongUse):
        named("../a.md")


def test_what_can_be_no_document_is_told_and_the_others_are_taken() -> None:
    long, files = "x" * 198 + ".md", [("a.exe", 1), ("b.md", 1), ("c.exe", 1)]
    arrivals, left = sorted_out([*files, (long, 1), ("big.md", 2 << 20)], 1)
    assert (arrivals, left.passed_over) == ([Arrival("1", "b.md")], {".exe": 2})
    assert [*left.failed] == [long, "big.md"]
    assert as_spec(arrivals, {}, OWNER, left)["left"] == {"failed": left.failed, "passed_over": {".exe": 2}}
    with pytest.raises(Refused, match="not read"):
        sorted_out([("a.exe", 1), (long, 1)], 1)


def test_metadata_is_checked() -> None:
    assert fields_of(None, OWNER) == fields_of("", OWNER) == {}
    assert fields_of('{"product": "X", "tags": ["a"], "old": null}', OWNER) == {
        "product": "X",
        "tags": ["a"],
        "old": None,
    }
    for wrong in ("[]", "{", '{"a": {}}', '{"type": "x"}', '{"date": "yesterday"}', '{"access": 5}', "[" * 100_000):
        with pytest.raises(WrongUse):
            fields_of(wrong, OWNER)


def test_a_caller_of_some_groups_names_no_other() -> None:
    assert fields_of("{}", HR) == {}, "whose it is, is said where it is known whether it is new"
    assert fields_of('{"access": "everyone"}', HR) == {"access": ["everyone"]}
    assert fields_of('{"access": ["everyone"]}', NOBODY) == {"access": ["everyone"]}
    for foreign in ('{"access": "it"}', '{"access": ["hr", "it"]}', '{"access": null}'):
        with pytest.raises(Refused) as refused:
            fields_of(foreign, HR)
        assert refused.value.status == 403


def staged(tmp_path: Path, *texts: str) -> tuple[Path, list[Arrival]]:
    folder = tmp_path / "staging" / "job"
    folder.mkdir(parents=True, exist_ok=True)
    for n, text in enumerate(texts):
        (folder / str(n)).write_text(text)
    return folder, [Arrival(str(n), f"docs/{n}.md") for n in range(len(texts))]


def taken(
    kb: KnowledgeBase,
    folder: Path,
    arrivals: list[Arrival],
    fields: dict[str, object],
    groups: tuple[str, ...] | None = None,
) -> Report:
    return take_over(kb, folder, arrivals, Said(fields, groups), lambda _: None)


def test_what_a_caller_of_some_groups_brings_is_theirs(kb: KnowledgeBase, tmp_path: Path) -> None:
    for n, (groups, kept) in enumerate(((("hr",), ("hr",)), ((), ("everyone",)))):
        folder, _ = staged(tmp_path, "# A")
        taken(kb, folder, [Arrival("0", f"{n}.md")], {}, groups)
        assert kb.document(f"{n}.md").metadata == {"access": kept}


def test_staged_files_become_the_knowledge_bases_own_and_twice_is_once(kb: KnowledgeBase, tmp_path: Path) -> None:
    folder, arrivals = staged(tmp_path, "# A\n\nalpha", "# B\n\nbeta")
    assert taken(kb, folder, arrivals, {"product": "X"}).added == ["docs/0.md", "docs/1.md"]
    again = taken(kb, folder, arrivals, {"product": "X"})
    assert (again.unchanged, again.changed, again.version) == (2, [], 1)
    assert kb.document("docs/1.md").metadata == {"product": "X"}


def test_fields_are_added_and_one_that_is_null_is_taken_away(kb: KnowledgeBase, tmp_path: Path) -> None:
    for fields, kept in (
        ({"access": ["hr"], "product": "X"}, {"access": ["hr"], "product": "X"}),
        ({}, {"access": ["hr"], "product": "X"}),
        ({"product": None, "year": 2024}, {"access": ["hr"], "year": 2024}),
    ):
        folder, arrivals = staged(tmp_path, "# A")
        taken(kb, folder, arrivals, fields)
        assert json.loads((kb.folder / "files" / "docs" / "0.md.meta.json").read_text()) == kept
    folder, arrivals = staged(tmp_path, "# A")
    taken(kb, folder, arrivals, {"access": None, "year": None})
    assert not (kb.folder / "files" / "docs" / "0.md.meta.json").exists()


def test_a_name_that_is_anothers_is_refused(kb: KnowledgeBase, tmp_path: Path) -> None:
    folder, arrivals = staged(tmp_path, "# A\n\nalpha")
    taken(kb, folder, arrivals, {"access": ["it"]})
    kb.put([Document("made.md", "Made", "alpha", "md", "1", 0.0)])
    refuse_taken(kb, ["docs/0.md", "new.md"], None)
    refuse_taken(kb, ["docs/0.md"], ["it"])
    for groups, document in ((["hr"], "docs/0.md"), (None, "made.md"), (["hr"], "made.md")):
        with pytest.raises(Refused) as refused:
            refuse_taken(kb, [document], groups)
        assert refused.value.status == 409


def test_a_job_keeps_all_that_it_needs() -> None:
    spec = as_spec([Arrival("0", "a.md")], {"access": ["hr"]}, HR)
    assert json.loads(json.dumps(spec)) == {
        "files": [{"staged": "0", "document": "a.md"}],
        "fields": {"access": ["hr"]},
        "groups": ["hr"],
    }
