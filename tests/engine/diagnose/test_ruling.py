"""Rules in the question flow: real files, a real archive, a stand-in for the model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from fakes import word_encoder
from wenyuan.engine import KnowledgeBase
from wenyuan.engine.way import Result
from wenyuan.errors import WrongUse
from wenyuan.filters import read_test
from wenyuan.settings import Settings
from wenyuan.types import Decision, Document

TEXTS = {
    "docs/bank.md": "river bank",
    "docs/boat.md": "river boat",
    "docs/fish.md": "river fish river",
    "docs/zh/yu.md": "河里的鱼",
    "old/bank.md": "river bank of old times",
    "hill.md": "a mountain far away",
}

Open = Callable[..., KnowledgeBase]


@pytest.fixture
def with_rules(tmp_path: Path) -> Iterator[Open]:
    """Open the knowledge base with these rules, closing the one opened before."""
    opened: list[KnowledgeBase] = []

    def open_kb(rules: str, reranker: object | None = None) -> KnowledgeBase:
        for kb in opened:
            kb.close()
        opened.clear()
        (tmp_path / "kb").mkdir(exist_ok=True)
        (tmp_path / "kb" / "rules.toml").write_text(rules, "utf-8")
        settings = Settings.model_validate({"answer": {"confidence": 0.0}})
        kb = KnowledgeBase.open(tmp_path / "kb", settings=settings, encoder=word_encoder(), reranker=reranker)
        opened.append(kb)
        if not kb.documents():
            kb.put(
                Document(name, name, text, "md", "", 86400.0 * n, metadata={"n": n})
                for n, (name, text) in enumerate(TEXTS.items())
            )
        return kb

    yield open_kb
    for kb in opened:
        kb.close()


def rule(keys: str, name: str = "it") -> str:
    return f"[[rule]]\nname = '{name}'\n{keys}\n"


def documents(result: Result) -> list[str]:
    return [hit.chunk.document for hit in result.hits]


def assert_in_order(result: Result) -> None:
    scores = [hit.score for hit in result.hits]
    assert scores == sorted(scores, reverse=True)
    assert [hit.rank for hit in result.hits] == list(range(1, len(scores) + 1))


def plain(kb: KnowledgeBase, question: str = "river bank", k: int = 10) -> list[str]:
    return documents(kb.without("rules").search(question, k))


def test_no_file_no_rules(tmp_path: Path) -> None:
    with KnowledgeBase.open(tmp_path / "kb", encoder=word_encoder()) as kb:
        assert kb.rules.rules == ()
        kb.put([Document("a", "a", "river", "md", "", 0.0)])
        result = kb.search("river")
        assert (result.fired, result.notes) == ([], [])
        assert "rules" not in result.timings_ms


def test_a_broken_file_keeps_the_knowledge_base_closed_and_unlocked(tmp_path: Path) -> None:
    (tmp_path / "kb").mkdir()
    (tmp_path / "kb" / "rules.toml").write_text("[[rule]\n")
    with pytest.raises(WrongUse, match=r"rules\.toml"):
        KnowledgeBase.open(tmp_path / "kb", encoder=word_encoder())
    (tmp_path / "kb" / "rules.toml").unlink()
    KnowledgeBase.open(tmp_path / "kb", encoder=word_encoder()).close()


def test_a_rule_that_does_not_fire_changes_nothing(with_rules: Open) -> None:
    kb = with_rules(rule("pin = 'hill.md'\nwhen.any = 'lake'"))
    result = kb.search("river bank")
    assert documents(result) == plain(kb)
    assert (result.fired, result.notes) == ([], [])


def test_pins_come_first_in_order_whether_found_or_not(with_rules: Open) -> None:
    kb = with_rules(rule("pin = ['hill.md', 'docs/boat.md']\nwhen.any = 'bank'"))
    assert "hill.md" not in plain(kb, k=3)
    result = kb.search("river bank", 3)
    assert documents(result)[:2] == ["hill.md", "docs/boat.md"]
    assert len(result.hits) == 3
    assert_in_order(result)
    assert [fired.action for fired in result.fired] == ["pin", "pin"]
    assert "hill.md" in result.notes[0]
    assert "'it'" in result.notes[0]
    assert documents(kb.search("river boat", 1)) == ["docs/boat.md"]


def test_pins_hold_with_one_leg_without_reranking_and_after_it(with_rules: Open) -> None:
    class Dislikes:
        id, max_tokens = "dislikes@1", 512

        def score(self, query, passages):
            return np.array([-float("mountain" in passage) for passage in passages], np.float32)

        def truncated(self):
            return 0

    kb = with_rules(rule("pin = 'hill.md'"), Dislikes())
    assert documents(kb.search("river", 2))[0] == "hill.md"
    assert documents(kb.search("river", 2, legs=("bm25",)))[0] == "hill.md"
    assert documents(kb.search("river", 2, rerank=False))[0] == "hill.md"
    assert documents(kb.search("😀", 2))[0] == "hill.md"


def test_a_pinned_document_shows_its_best_passage(with_rules: Open) -> None:
    kb = with_rules(rule("pin = 'long.md'"))
    sections = "\n\n".join(f"## {word}\n\nAll about the {word}." for word in ("ant", "bee", "cat", "dog"))
    kb.put([Document("long.md", "Animals", f"# Animals\n\n{sections}", "md", "", 0.0)])
    kb.put([Document(f"x{n}", "x", f"cat number {n} " * 3, "md", "", 0.0) for n in range(5)])
    assert "cat" in kb.search("the cat", 1).hits[0].chunk.text


def test_a_pinned_document_that_is_gone_or_filtered_out_is_noted(with_rules: Open) -> None:
    kb = with_rules(rule("pin = ['absent.md', 'hill.md']"))
    gone = kb.search("river bank", filter=read_test("source=docs"))
    assert set(documents(gone)) <= {name for name in TEXTS if name.startswith("docs/")}
    assert gone.fired == []
    assert "absent.md, which is not in the knowledge base" in gone.notes[0]
    assert "a filter leaves out" in gone.notes[1]
    assert "hill.md" not in gone.notes[1], "nothing is told of what the asker may not see"


def test_a_deleted_document_is_pinned_no_more(with_rules: Open) -> None:
    kb = with_rules(rule("pin = 'hill.md'"))
    assert documents(kb.search("river", 1)) == ["hill.md"]
    kb.delete("hill.md")
    assert "hill.md" not in documents(kb.search("river"))


def test_boost_multiplies_and_lifts_what_lay_below_k(with_rules: Open) -> None:
    kb = with_rules(rule("boost = { documents = 'docs/fish.md', factor = 100 }"))
    before = kb.without("rules").search("river bank")
    assert "docs/fish.md" not in documents(before)[:1]
    result = kb.search("river bank", 1)
    assert documents(result) == ["docs/fish.md"]
    score = next(hit.score for hit in before.hits if hit.chunk.document == "docs/fish.md")
    assert result.hits[0].score == pytest.approx(100 * score)
    assert "1 hits were multiplied by 100" in result.notes[0]


def test_factors_of_several_rules_multiply(with_rules: Open) -> None:
    both = "boost = { where = 'n=2', factor = 3 }\nbury = { source = 'old', factor = 0.5 }"
    kb = with_rules(rule(both, "a") + rule("boost = { source = 'docs', factor = 2 }", "b"))
    before = {hit.chunk.document: hit.score for hit in kb.without("rules").search("river bank").hits}
    result = kb.search("river bank")
    after = {hit.chunk.document: hit.score for hit in result.hits}
    assert after["docs/fish.md"] == pytest.approx(6 * before["docs/fish.md"])
    assert after["docs/bank.md"] == pytest.approx(2 * before["docs/bank.md"])
    assert after["old/bank.md"] == pytest.approx(0.5 * before["old/bank.md"])
    assert after["hill.md"] == pytest.approx(before["hill.md"])
    assert_in_order(result)


def test_bury_without_a_factor_is_to_the_end(with_rules: Open) -> None:
    kb = with_rules(rule("bury = { source = 'docs/bank.md' }"))
    assert plain(kb)[0] == "docs/bank.md"
    result = kb.search("river bank")
    assert documents(result)[-1] == "docs/bank.md"
    assert set(documents(result)) == set(plain(kb))
    assert_in_order(result)


def test_exclude_leaves_room_for_others(with_rules: Open) -> None:
    kb = with_rules(rule("exclude = { source = ['docs', 'old'] }\nwhen.any = 'bank'"))
    assert documents(kb.search("river bank", 1)) == ["hill.md"]
    assert "docs/boat.md" in documents(kb.search("river boat"))


def test_filter_joins_that_of_the_asker(with_rules: Open) -> None:
    kb = with_rules(rule("filter = { source = 'docs' }"))
    assert set(documents(kb.search("river"))) == {name for name in TEXTS if name.startswith("docs")}
    assert documents(kb.search("river", filter=read_test("n=3"))) == ["docs/zh/yu.md"]
    nothing = kb.search("river", filter=read_test("source=old"))
    assert nothing.hits == []
    assert "leave no passage" in nothing.notes[-1]


def test_exclusion_wins_over_the_pin_of_another_rule(with_rules: Open) -> None:
    kb = with_rules(rule("pin = 'hill.md'", "a") + rule("exclude = { documents = 'hill.md' }", "b"))
    result = kb.search("mountain")
    assert "hill.md" not in documents(result)
    assert [(fired.rule, fired.action) for fired in result.fired] == [("b", "exclude")]
    assert any("'a' pins" in note for note in result.notes)


def test_questions_in_both_languages_fire_their_own_rule(with_rules: Open) -> None:
    kb = with_rules(
        rule("pin = 'docs/zh/yu.md'\nwhen = { any = '鱼', language = 'zh' }", "鱼")
        + rule("pin = 'docs/fish.md'\nwhen = { any = 'fish', language = 'en' }", "fish")
    )
    assert documents(kb.search("哪裡有魚？", 1)) == ["docs/zh/yu.md"]
    assert documents(kb.search("Where is FISH?", 1)) == ["docs/fish.md"]
    assert [fired.rule for fired in kb.search("fish").fired] == ["fish"]


def test_ask_reads_what_the_rules_put_first(with_rules: Open) -> None:
    kb = with_rules(rule("exclude = { source = ['docs', 'old'] }"))
    answer = kb.ask("river bank")
    assert {citation.document for citation in answer.citations} == {"hill.md"}
    assert any("'it', exclude" in note for note in answer.notes)
    assert answer.curated is None


# --- curated answers


def curated(keys: str = "document = 'docs/bank.md'", expires: str = "9999-12-31") -> str:
    return rule(f"when.any = ['bank', '河岸']\nanswer = {{ text = 'By the river.', expires = {expires}, {keys} }}")


def test_a_curated_answer_is_given_and_marked(with_rules: Open) -> None:
    kb = with_rules(curated("document = 'docs/bank.md', quote = 'river bank'"))
    answer = kb.ask("Where is the bank?")
    assert (answer.decision, answer.text, answer.confidence) == (Decision.ANSWERED, "By the river. [1]", 1.0)
    assert answer.curated == "it"
    assert "'it'" in answer.reason
    assert any("'it', answer" in note for note in answer.notes)
    (citation,) = answer.citations
    assert citation.document == "docs/bank.md"
    assert citation.quote == kb.read(citation.document, citation.start, citation.end) == "river bank"
    assert "it" in kb.ask("河岸在哪里？").reason
    assert kb.ask("河岸在哪里？").reason.startswith("这是")
    assert kb.ask("river boat").curated is None


def test_a_source_without_a_quote_is_named_only(with_rules: Open) -> None:
    (citation,) = with_rules(curated()).ask("bank").citations
    assert (citation.document, citation.quote, citation.start, citation.end) == ("docs/bank.md", "", 0, 0)
    (citation,) = with_rules(curated("url = 'https://example.com/bank'")).ask("bank").citations
    assert (citation.document, citation.quote) == ("https://example.com/bank", "")


@pytest.mark.parametrize(
    ("keys", "expires", "why"),
    [
        ("document = 'docs/bank.md'", "2020-01-31", "expired on 2020-01-31"),
        ("document = 'absent.md'", "9999-12-31", "absent.md is not in the knowledge base"),
        ("document = 'docs/bank.md', quote = 'lake bank'", "9999-12-31", "no longer in docs/bank.md"),
    ],
)
def test_a_curated_answer_that_no_longer_holds_is_noted_and_not_used(
    with_rules: Open, keys: str, expires: str, why: str
) -> None:
    answer = with_rules(curated(keys, expires)).ask("Where is the bank?")
    assert answer.curated is None
    assert answer.citations, "the sources answer"
    assert any(why in note and "'it'" in note for note in answer.notes)


def test_a_curated_answer_is_kept_from_who_may_not_see_its_source(with_rules: Open) -> None:
    kb = with_rules(curated())
    assert kb.ask("bank", filter=read_test("source=docs")).curated == "it"
    answer = kb.ask("bank", filter=read_test("source=old"))
    assert answer.curated is None
    assert "docs/bank.md" not in " ".join(answer.notes)


def test_the_first_answer_that_holds_is_given(with_rules: Open) -> None:
    late = curated().replace("'it'", "'late'").replace("By the river", "Late")
    kb = with_rules(curated(expires="2020-01-31") + late + curated().replace("'it'", "'last'"))
    assert kb.ask("bank").curated == "late"


# --- trying rules


def test_a_trial_shows_verdicts_and_the_effect(with_rules: Open) -> None:
    kb = with_rules(
        rule("pin = 'hill.md'\nfrom = 2030-01-01", "later")
        + rule("exclude = { source = 'docs/bank.md' }", "now")
        + curated()
    )
    trial = kb.try_rules("river bank", 3)
    assert [(verdict.rule.name, verdict.fires) for verdict in trial.verdicts] == [
        ("later", False),
        ("now", True),
        ("it", True),
    ]
    assert trial.verdicts[0].why_not == "it begins on 2030-01-01"
    assert "docs/bank.md" in [hit.chunk.document for hit in trial.before]
    assert "docs/bank.md" not in [hit.chunk.document for hit in trial.after]
    assert trial.answer is not None
    assert [fired.action for fired in trial.fired] == ["exclude", "answer"]
    then = kb.try_rules("river bank", 3, at=datetime(2030, 6, 1, tzinfo=UTC).timestamp())
    assert then.after[0].chunk.document == "hill.md"


def test_the_tests_of_a_file(with_rules: Open) -> None:
    tests = """
[[test]]
question = "river bank"
expect = ["it"]
top = "hill.md"
[[test]]
question = "river boat"
expect = "it"
[[test]]
question = "bank"
expect = []
[[test]]
question = "river boat"
top = "hill.md"
[[test]]
question = "bank"
expect = []
at = 2020-01-01
"""
    kb = with_rules(rule("pin = 'hill.md'\nwhen.any = 'bank'\nfrom = 2021-01-01") + tests)
    problems = [outcome.problems for outcome in kb.test_rules()]
    assert problems == [
        [],
        ["'it' does not fire: the question holds none of “bank”."],
        ["'it' fires and is not expected."],
        ["docs/boat.md comes first, not hill.md."],
        [],
    ]
