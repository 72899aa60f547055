"""What is printed of questions."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from wenyuan.cli import answers
from wenyuan.trace import Weighed


@pytest.mark.parametrize(
    ("shift", "gain", "said"),
    [
        (0.2, 0.05, "weights dense 0.70: shifted by +0.20; p@1 expects +5.0 points, acts from 1.0 on"),
        (0.0, -0.05, "weights dense 0.70: fixed; p@1 expects -5.0 points, acts from 1.0 on"),
        (0.0, None, "weights dense 0.70: fixed, for one leg (p@1)"),
    ],
)
def test_what_a_policy_did_is_one_line(shift: float, gain: float | None, said: str) -> None:
    weighed = Weighed("p@1", {"dense": 0.7}, {}, shift, gain, 0.01, "one leg")
    assert answers.weighed_line(asdict(weighed)) == said


def citation(n: int, quote: str, answer: list[int] | None) -> dict[str, Any]:
    place = {"document": "a.pdf", "heading": "Care", "page": 3, "sheet": None, "row": None}
    return {"n": n, "start": 4, "end": 9, "quote": quote, "answer": answer} | place


def test_an_answer_names_where_its_quotes_stand(capsys: pytest.CaptureFixture[str]) -> None:
    cited = [citation(1, "Two years.", [0, 9]), citation(2, "", None)]
    answers.answer({"answer": "Two years. [1]", "citations": cited, "notes": ["a note"]}, as_json=False)
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        "Two years. [1]",
        "",
        "[1] a.pdf › Care, page 3, characters 4–9",
        "[2] a.pdf › Care, page 3",
    ]
    assert printed.err == "note: a note\n"


def test_words_that_answer_are_bold_each_in_its_own_quote(monkeypatch: pytest.MonkeyPatch) -> None:
    printed: list[Any] = []
    monkeypatch.setattr(answers.out, "print", lambda *given, **_: printed.extend(given))
    cited = [citation(1, "It is red.", [6, 9]), citation(2, "It is red.", [6, 9])]
    answers.answer({"answer": "It is red. It is red.", "citations": cited, "notes": []}, as_json=False)
    assert [(span.start, span.end, span.style) for span in printed[0].spans] == [(6, 9, "bold"), (17, 20, "bold")]
