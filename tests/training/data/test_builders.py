from __future__ import annotations

from itertools import pairwise

import pytest

from wenyuan.training.data.builders import (
    HeadedPart,
    around,
    from_headings,
    from_headlines,
    from_judgements,
    head,
    inverse_cloze,
    sections,
    translated,
)

PAGE = """Intro of the page, long enough to be worth a question about what it is that it describes here.

## Installation {#install}

Run the installer and wait until it is done; then restart the machine and look at the log of the service.

### With `pip`

Type the command into a terminal; it downloads all packages and their dependencies from the index at once.

## Empty
"""
LONG_ZH = "".join(f"这是第{n}句话，它说的是第{n}件事情，与其他的事情都没有关系。" for n in range(60))


def test_a_page_is_cut_at_its_headings() -> None:
    parts = list(sections("d", "Manual", f"# Manual\n\n{PAGE}", "en"))
    assert parts[0].text.startswith("Intro")
    assert [part.heading for part in parts] == ["", "Installation", "With pip", "Empty"]
    assert parts[1].text.startswith("Run the installer")
    assert parts[1].text.endswith("service.")
    assert {(part.document, part.page, part.language) for part in parts} == {("d", "Manual", "en")}


def test_a_heading_asks_for_its_text_and_a_shared_one_names_its_page() -> None:
    pages = [part for name in ("One", "Two") for part in sections(name, name, PAGE, "en")]
    own = HeadedPart("One", "One", "A heading of its own", "x" * 90, "en")
    pairs = list(from_headings([*pages, own], "manual"))
    assert {pair.query for pair in pairs} == {
        *(f"{name}{heading}" for name in ("One", "Two") for heading in ("", " Installation", " With pip")),
        "A heading of its own",
    }
    assert pairs[1].positive.startswith("Run the installer")
    assert (pairs[1].related, pairs[1].source, pairs[1].language) == (frozenset({"One"}), "manual", "en")


def test_judgements_give_the_best_relevant_passage_and_keep_the_others_from_being_negatives() -> None:
    passages = {"a": "passage a", "b": "passage b", "c": "passage c"}
    qrels = {"1": {"a": 1, "b": 2, "c": 0}, "2": {"c": 0}, "3": {"gone": 1}}
    [pair] = from_judgements(dict.fromkeys("123", "which?"), qrels, passages, {"1": ["b"]}, "set")
    assert (pair.query, pair.positive, pair.gold, pair.answers) == ("which?", "passage b", frozenset("ab"), ("b",))
    assert (pair.language, pair.source) == ("en", "set")


@pytest.mark.parametrize(
    ("headline", "query"),
    [("（经济）股市\n  大涨", "股市 大涨"), ("(国际)Rates rise", "Rates rise"), ("涨（跌）", "涨(跌)")],
)
def test_a_headline_loses_its_rubric(headline: str, query: str) -> None:
    [pair] = from_headlines([("d", headline, LONG_ZH)], "news")
    assert pair.query == query
    assert LONG_ZH.startswith(pair.positive)


def test_a_cloze_question_is_mostly_taken_out_of_its_passage() -> None:
    pairs = list(inverse_cloze([(f"d{n}", LONG_ZH[n:]) for n in range(300)], "cloze", seed=3))
    assert pairs == list(inverse_cloze([(f"d{n}", LONG_ZH[n:]) for n in range(300)], "cloze", seed=3))
    assert len(pairs) == 300
    typed = [pair for pair in pairs if " " in pair.query]
    asked = [pair for pair in pairs if " " not in pair.query]
    assert 70 < len(typed) < 130  # keywords, about a third
    assert all(word in pair.positive for pair in typed for word in pair.query.split())
    kept = sum(pair.query in pair.positive for pair in asked)
    assert 5 < kept < 45  # about a tenth
    assert list(inverse_cloze([("d", "一句话太少。")], "cloze")) == []


def test_a_translation_is_asked_for_by_heading_and_by_sentences() -> None:
    chinese = HeadedPart(
        "z", "手册", "安装", "本节介绍如何把软件安装到服务器上。`code` 里的命令不能当作一个问题来提出。", "zh"
    )
    english = HeadedPart(
        "e", "Manual", "Installation", "This part tells how to install the software on a server.", "en"
    )
    pairs = list(translated([(chinese, english)], "pair"))
    assert [pair.query for pair in pairs] == ["手册 安装", "本节介绍如何把软件安装到服务器上。"]
    for pair in pairs:
        assert (pair.positive, pair.related, pair.language) == (english.text, frozenset("ze"), "zh")
        assert pair.lookups == ("Manual Installation", pair.query)


@pytest.mark.parametrize("text", [LONG_ZH, "A sentence about something that matters to someone. " * 60, "x" * 5000])
def test_a_long_text_is_cut_to_whole_sentences_where_it_has_them(text: str) -> None:
    assert len(head(text)) <= 1100
    assert text.startswith(head(text))
    assert head(text)[-1] in "。.x"


def test_the_cut_holds_the_answer() -> None:
    for n in range(60):
        passage = around(LONG_ZH, (f"第{n}件",))
        assert f"第{n}件" in passage
        assert len(passage) <= 380
    starts = [LONG_ZH.index(around(LONG_ZH, (f"第{n}件",))) for n in range(60)]
    assert all(a <= b for a, b in pairwise(starts))
