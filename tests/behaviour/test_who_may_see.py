"""A knowledge base seen by readers of some groups: nothing that is asked of it says a word of the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes import word_encoder
from wenyuan import shapes
from wenyuan.engine import KnowledgeBase
from wenyuan.errors import WrongUse
from wenyuan.trace import Trace
from wenyuan.types import Condition, Decision, Document

CANARY = "zqxcanary"
RULES = """
[[rule]]
name = "pinned"
when.all = ["salary"]
pin = ["hr/pay.md"]

[[rule]]
name = "narrowed"
when.all = ["moat"]
filter = { documents = ["hr/pay.md"] }

[[rule]]
name = "written"
when.all = ["bonus"]
answer = { text = "The bonus is zqxcanary.", document = "hr/pay.md", quote = "zqxcanary", expires = 2099-01-01 }
"""


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    folder = tmp_path / "kb"
    folder.mkdir()
    (folder / "rules.toml").write_text(RULES)
    with KnowledgeBase.open(folder, encoder=word_encoder()) as owner:
        secret = f"# Salary {CANARY}\n\nThe salary of the director is 90000 {CANARY} yuan a month."
        owner.put(
            [
                _document("hr/pay.md", secret, access=("hr",)),
                _document("open.md", "# Canteen\n\nThe salary of the director is no secret in the canteen."),
            ]
        )
        yield owner


def _document(name: str, text: str, **metadata: object) -> Document:
    return Document(name, f"{name} title", text, "md", name, 0.0, metadata=metadata)  # type: ignore[arg-type]


def _told(kb: KnowledgeBase, question: str) -> str:
    """All that a reader is told of a question, in one text."""
    trace = Trace()
    found, answer = kb.search(question), kb.ask(question, trace=trace)
    why = [kb.why(question, name, ask=ask) for name in ("hr/pay.md", "hr/pay", "open.md") for ask in (False, True)]
    said = [shapes.search_shape(found, explain=True), shapes.ask_shape(answer), trace.as_json(), found.trace.as_json()]
    said += [shapes.documents_shape(kb.documents()), *map(shapes.why_shape, why)]
    return json.dumps(said, ensure_ascii=False)


@pytest.mark.parametrize(
    "question", ["What is the salary of the director?", "What is the bonus?", "hr/pay.md", CANARY, "pay title: salary?"]
)
def test_who_is_of_another_group_learns_nothing(kb: KnowledgeBase, question: str) -> None:
    for groups in ((), ("it",), ("HR",), ("everyone",)):
        told = _told(kb.seen_by(groups), question)
        assert "90000" not in told
        if CANARY not in question:
            assert CANARY not in told
        assert "hr/pay.md title" not in told


def test_conditions_and_pins_of_rules_name_no_hidden_document(kb: KnowledgeBase) -> None:
    reader, trace = kb.seen_by(["it"]), Trace()
    reader.ask("the moat, and the salary", trace=trace)
    assert {each.rule for each in trace.fired} == {"narrowed"}
    found = [reader.search(question).trace.as_json() for question in ("the moat, and the salary", "the salary")]
    assert "hr/pay.md" not in json.dumps([trace.as_json(), found])
    assert kb.why("the moat", "open.md").conditions == ("document=hr/pay.md",)
    assert kb.seen_by(["it"]).why("the moat", "open.md").conditions == ("rule 'narrowed'",)


def test_who_is_of_the_group_sees_what_the_owner_sees(kb: KnowledgeBase) -> None:
    reader = kb.seen_by(["hr"])
    question = "What is the salary of the director?"
    assert [hit.chunk.id for hit in reader.search(question).hits] == [hit.chunk.id for hit in kb.search(question).hits]
    assert reader.ask("What is the bonus?").curated == "written"
    assert kb.seen_by(["it"]).ask("What is the bonus?").curated is None


def test_a_filter_cannot_widen_what_is_seen(kb: KnowledgeBase) -> None:
    own = kb.seen_by(["it"])
    for narrowed in (Condition("access", "eq", "hr"), Condition("document", "eq", "hr/pay.md")):
        assert own.search("salary", filter=narrowed).hits == []
        assert own.ask("salary?", filter=narrowed).decision is Decision.ABSTAINED
        assert own.documents(filter=narrowed) == []


def test_what_is_read_by_name_is_not_there(kb: KnowledgeBase) -> None:
    own = kb.seen_by([])
    for ask in (own.document, own.documents, lambda name: own.read(name, 0, 9)):
        with pytest.raises(WrongUse) as hidden:
            ask("hr/pay.md")
        with pytest.raises(WrongUse) as absent:
            ask("xx/pay.md")
        assert str(hidden.value).replace("hr/pay.md", "xx/pay.md") == str(absent.value)


def test_only_the_owner_writes(kb: KnowledgeBase, tmp_path: Path) -> None:
    own = kb.seen_by(["hr"])
    (tmp_path / "new.md").write_text("# New")
    for write in (lambda: own.add(tmp_path / "new.md"), lambda: own.delete("hr/pay.md"), own.sync, lambda: own.put([])):
        with pytest.raises(WrongUse, match="Only the owner"):
            write()
    assert len(kb.documents()) == 2
    assert own.without("rules").seen_by([]).documents() == kb.documents("open.md")
