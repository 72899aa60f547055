"""A question asked again with a change: what is found then, and the least change that finds it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from wenyuan.engine.diagnose.conditions import Limit
from wenyuan.engine.diagnose.trial import Trial, hundredths, leaving_out
from wenyuan.types import Condition, Constraint
from why_cases import Scenario, ladder, name

from .trials import trial_of

RULES = '[[rule]]\nname = "not the best"\nexclude = { source = "docs/zebra/000.md" }\n'
SCENARIO = Scenario("ladder", ladder("zebra", 20), [], rules=RULES)
WITHOUT = Limit(Condition("document", "eq", "x"), rule="not the best")


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """Twenty documents, of which a rule excludes the first; the eighth is number 7 of 5."""
    with trial_of(SCENARIO, tmp_path_factory.mktemp("trial"), "zebra", name("zebra", 7), 5) as made:
        yield made


def test_a_document_has_the_place_of_its_best_hit_or_source(trial: Trial) -> None:
    assert trial.place(trial.run()) is None
    more = trial.changed("k", 9)
    assert more.place(more.run()) == 7
    asked = replace(trial, ask=True)
    assert (trial.cut, asked.cut) == ("k", "answer.sources")
    seen = asked.run()
    assert seen.assembled
    assert asked.place(seen) is None
    assert replace(asked, document=name("zebra", 1)).place(seen) == 1


def test_a_change_is_made_in_a_copy(trial: Trial) -> None:
    changed = trial.changed("recall.candidates", 7)
    assert (trial.value("recall.candidates"), changed.value("recall.candidates")) == (100, 7)
    assert (trial.value("k"), trial.changed("k", 9).value("k")) == (5, 9)
    assert len(changed.run().recalled["dense"]) == 7


def test_what_does_not_help_is_no_remedy(trial: Trial) -> None:
    assert trial.attempt("k", 6) is None
    found = trial.attempt("k", 7)
    assert found
    assert (found.sentence, found.settings, found.rank) == ("k from 5 to 7", {"k": 7}, 7)


@pytest.mark.parametrize("guess", [1, 6, 7, 15, 999])
def test_the_least_number_is_found_from_any_guess(trial: Trial, guess: int) -> None:
    found = trial.least("k", guess, 1000)
    assert found
    assert found.settings == {"k": 7}


def test_it_goes_no_further_than_it_may(trial: Trial) -> None:
    assert trial.least("k", 6, 6) is None
    assert replace(trial, document="absent").least("k", 6, 1000) is None
    assert trial.changed("k", 20).least("k", 6, 1000) is None, "there are no more chunks"


def test_the_first_value_that_helps_is_taken(trial: Trial) -> None:
    found = trial.first("k", [6, 9, 7])
    assert found
    assert found.settings == {"k": 9}


def test_without_a_rule_what_it_did_is_undone(trial: Trial) -> None:
    first = replace(trial, document=name("zebra", 0))
    assert first.place(first.run()) is None
    free = first.without([WITHOUT])
    found = free.change("so", {})
    assert found
    assert (found.rank, found.rules, found.phrases) == (1, ("not the best",), ())


def test_without_a_condition_the_others_stay(trial: Trial) -> None:
    old, new, md = (Condition("year", "lt", 2), Condition("year", "gt", 1), Condition("type", "eq", "md"))
    stated = Constraint("since 1", new)
    query = replace(trial.query, filter=old, constraints=(stated, Constraint("in Markdown", md)))
    limits = [Limit(old), Limit(new, stated)]
    free = replace(trial, query=query).without(limits)
    assert free.query.filter is None
    assert [each.phrase for each in free.query.constraints] == ["in Markdown"]
    assert free.phrases == ("since 1",)
    assert leaving_out([*limits, WITHOUT, WITHOUT]) == (
        "the filter without year<2, and search without the condition 'since 1' of the question, "
        "and search without the rule 'not the best'"
    )


def test_hundredths_begin_with_the_nearest() -> None:
    assert hundredths(0, 1, 0.5, 25) == [0.25, 0.75, 0.0, 1.0]
    assert hundredths(0.97, 1, 0.97, 1) == [0.98, 0.99, 1.0]
