"""The conditions of a question that a document does not fulfil, and who makes each."""

from __future__ import annotations

from wenyuan.engine.diagnose.conditions import Limit, unmet
from wenyuan.rules import Rule, Rules
from wenyuan.trace import Fired, Trace
from wenyuan.types import And, Condition, Constraint, DocumentInfo, Not, Query

A, PDF, BEFORE = Condition("product", "eq", "A"), Condition("type", "eq", "pdf"), Condition("time", "lt", 5)
PUMP = DocumentInfo("pump.md", "Pump", "md", "hash", 9.0, 9.0, "", {"product": "B"}, 1)
SAID = Constraint("before 5", BEFORE)


def traced(*fired: str, filter=None, constraints=()) -> Trace:
    query = Query("q", "en", "q", filter, constraints=constraints)
    return Trace(query=query, searched=query, fired=[Fired(rule, "filter", "") for rule in fired])


def test_each_condition_is_looked_at_by_itself_and_says_who_makes_it() -> None:
    rules = Rules((Rule("only A", filter=A), Rule("no Markdown", exclude=Condition("type", "eq", "md"))))
    trace = traced("only A", "no Markdown", "only A", filter=And((PDF, Condition("product", "eq", "B"))))
    trace.searched = Query("q", "en", "q", constraints=(SAID,))
    assert unmet(trace, rules, PUMP) == [
        Limit(PDF),
        Limit(BEFORE, SAID),
        Limit(A, rule="only A"),
        Limit(Not(Condition("type", "eq", "md")), rule="no Markdown"),
    ]


def test_what_it_fulfils_and_what_did_not_fire_keep_nothing_out() -> None:
    rules = Rules((Rule("only A", filter=A), Rule("first", pin=("pump.md",))))
    assert unmet(traced("first", filter=Condition("type", "eq", "md")), rules, PUMP) == []


def test_a_condition_that_was_dropped_during_recall_is_none() -> None:
    trace = traced(constraints=(SAID,))
    trace.searched = Query("q", "en", "q")
    assert unmet(trace, Rules(), PUMP) == []


def test_a_rules_condition_is_not_said_to_one_who_may_not_see_all_documents() -> None:
    trace = traced("only A", filter=PDF)
    trace.discreet = True
    asked, ruled = unmet(trace, Rules((Rule("only A", filter=A),)), PUMP)[0:1], Limit(A, rule="only A", discreet=True)
    assert [limit.told for limit in asked] == ["type=pdf"]
    assert (ruled.told, str(ruled)) == ("rule 'only A'", "rule 'only A'")


def test_in_words() -> None:
    assert str(Limit(PDF)) == "type=pdf"
    assert str(Limit(PDF, Constraint("in PDF", PDF))) == "type=pdf (“in PDF” in the question)"
    assert str(Limit(Not(PDF), rule="no PDF")) == "type!=pdf (rule 'no PDF')"
