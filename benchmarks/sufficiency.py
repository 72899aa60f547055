"""Does a language model answer where a passage holds the answer, and refuse where none does? With the engine's prompt.

    python benchmarks/sufficiency.py --url http://127.0.0.1:8080/v1 --model NAME [--part test] [--verbose]

The questions are `benchmarks/data/sufficiency.jsonl`, zh and en, half of them answerable from the passages shown. The
wording of the prompt was chosen on the part "tune"; the part "test" chose nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wenyuan.chat.client import Endpoint, Patience
from wenyuan.cite import check_citations
from wenyuan.cite.verdict import read_verdict
from wenyuan.evaluate.bootstrap import wilson
from wenyuan.prompt import build_prompt
from wenyuan.types import ChatModel, Context, Prompt, Reply, Request, Source
from wenyuan.understand import understand

QUESTIONS = Path(__file__).parent / "data" / "sufficiency.jsonl"


@dataclass(frozen=True)
class Said:
    """What the model did with a question."""

    answerable: bool
    refused: bool
    right: bool
    cited: bool


def main() -> None:
    """Print one line a language."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--key")
    parser.add_argument("--part", choices=("tune", "test"), default="test")
    parser.add_argument("--languages", nargs="+", default=("zh", "en"))
    parser.add_argument("--tokens", type=int, default=80, help="of a reply, at most")
    parser.add_argument("--verbose", action="store_true", help="print every reply")
    given = parser.parse_args()
    rows = [json.loads(row) for row in QUESTIONS.read_text("utf-8").splitlines()]
    asyncio.run(measure(given, [row for row in rows if row["part"] == given.part]))


async def measure(given: argparse.Namespace, rows: Sequence[dict[str, Any]]) -> None:
    """Ask each question once, one after the other."""
    patience = Patience(first=600, between=600, total=900, retries=0)
    model = Endpoint(given.url, given.model, given.key, patience=patience)
    try:
        for language in given.languages:
            begun, said = time.perf_counter(), []
            for row in (row for row in rows if row["id"].startswith(language)):
                text, one = await ask(model, row, given.tokens)
                said.append(one)
                if given.verbose:
                    print(f"    {row['question']} | {row['answer']} | {text!r}", flush=True)
            print(f"{language} {line(said)} · {(time.perf_counter() - begun) / len(said):.0f} s each", flush=True)
    finally:
        await model.aclose()


async def ask(model: ChatModel, row: dict[str, Any], tokens: int) -> tuple[str, Said]:
    """The reply and what it does."""
    prompt, text = prompt_of(row), ""
    async with aclosing(model.stream(Request(prompt.messages, max_tokens=tokens))) as pieces:
        async for piece in pieces:
            if isinstance(piece, Reply):
                text = piece.text
    verdict, answers = read_verdict(text), row["answer"] or ()
    cited = check_citations(verdict.text, prompt.context.sources).citations
    refused = verdict.insufficient == "wholly" or (verdict.insufficient == "partly" and not cited)
    right = not refused and any(fold(answer) in fold(text) for answer in answers)
    return text, Said(bool(answers), refused, right, bool(cited))


def prompt_of(row: dict[str, Any]) -> Prompt:
    """As the engine asks; the delimiter is fixed, so that a run can be repeated."""
    sources = tuple(
        Source(n, f"d{n}", f"d{n}", text, 0, len(text), (), 1.0, ()) for n, text in enumerate(row["passages"], 1)
    )
    return build_prompt(understand(row["question"]), Context(sources, 0), nonce="a1b2c3d4e5f6")


def fold(text: str) -> str:
    """Without spaces, in lower case."""
    return re.sub(r"\s", "", text).lower()


def line(said: Sequence[Said]) -> str:
    """Counts with their intervals."""
    with_answer = [each for each in said if each.answerable]
    without = [each for each in said if not each.answerable]
    answered = [each for each in with_answer if not each.refused]
    return (
        f"answerable: answered {share(len(answered), len(with_answer))}"
        f" · right {share(sum(each.right for each in with_answer), len(with_answer))}"
        f" · of the answers, with a checked citation {share(sum(each.cited for each in answered), len(answered))}"
        f" · not answerable: refused {share(sum(each.refused for each in without), len(without))}"
    )


def share(count: int, n: int) -> str:
    """Count, n and Wilson's 95 % interval."""
    if not n:
        return "0/0"
    low, high = wilson(count, n)
    return f"{count}/{n} ({low:.2f}-{high:.2f})"


if __name__ == "__main__":
    main()
