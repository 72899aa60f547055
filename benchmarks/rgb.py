"""How a language model answers from noisy, useless and false passages: RGB (Chen et al. 2024), the engine's prompt.

    python benchmarks/rgb.py DATA --url http://127.0.0.1:8080/v1 --model NAME [--limit 10] [--documents 5] [--seed 0]

DATA is the folder of rgb_zh_refine.jsonl, rgb_zh_int.jsonl, rgb_zh_fact.jsonl and rgb_en_fact.jsonl. The passages of a
cell are drawn with a fixed seed; the same questions are asked at every share of noise. The extractive answerer reads
the same prompts: it is the floor. The data are for measuring only (CC BY-NC-SA 4.0); nothing of them is kept here.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import random
import re
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from wenyuan.chat.client import Endpoint, Patience
from wenyuan.cite import check_citations
from wenyuan.cite.verdict import read_verdict
from wenyuan.evaluate.bootstrap import wilson
from wenyuan.generate import DraftJudge, Extractive
from wenyuan.models import load_encoder
from wenyuan.prompt import build_prompt
from wenyuan.types import ChatModel, Citation, Context, Decision, Language, Prompt, Query, Reply, Request, Source
from wenyuan.understand import understand

NOISE = (0.0, 0.2, 0.4, 0.6, 0.8)
REFUSED = re.compile(
    r"INSUFFICIENT|资料不足|信息不足|无法(?:回答|确定)|没有(?:提到|提及|足够)|未(?:提到|提及)"
    r"|not (?:enough|sufficient|mention)|do(?:es)? not (?:contain|state|say|provide)|cannot (?:answer|be answered)",
    re.IGNORECASE,
)
CITED = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True)
class Item:
    """One question of a cell: what is asked, what is shown, what is right, and what is false but shown."""

    question: str
    language: Language
    passages: tuple[str, ...]
    answer: Any
    false: Any = None


@dataclass(frozen=True)
class Judged:
    """What an answer does: says what is right, says what is false, refuses, cites what its sources say."""

    right: bool
    false: bool
    refused: bool
    raw: tuple[int, int]  # numbers in the reply as it came: those of passages that are there, all
    cited: tuple[int, int]  # numbers in the text as shown: those with a verbatim quote of a passage, all


def main() -> None:
    """Print one line a cell for the model and one for the floor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--url", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--key")
    parser.add_argument("--limit", type=int, default=10, help="questions a cell")
    parser.add_argument("--documents", type=int, default=5, help="passages a question")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--noise", type=float, nargs="+", default=NOISE, help="shares of useless passages")
    parser.add_argument("--cells", default="", help="only cells whose name has this in it")
    parser.add_argument("--tokens", type=int, default=160, help="of a reply, at most")
    parser.add_argument("--verbose", action="store_true", help="print every answer")
    given = parser.parse_args()
    print(f"model {given.model}@{given.url}; prompt default {prompt_id()}; seed {given.seed}; {time.strftime('%F')}")
    print(f"{given.documents} passages a question, n = {given.limit} a cell, 95 % intervals by Wilson")
    asyncio.run(measure(given))


def prompt_id() -> str:
    """The first digits of the hash of the templates: figures belong to a prompt."""
    templates = sorted(file for file in files("wenyuan.prompt").iterdir() if file.name.endswith(".jinja"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in templates)).hexdigest()[:8]


async def measure(given: argparse.Namespace) -> None:
    patience = Patience(first=600, between=600, total=900, retries=0)
    model = Endpoint(given.url, given.model, given.key, patience=patience)
    floor, decides = Extractive(load_encoder("embed")), DraftJudge()
    try:
        for name, items in cells(given):
            if given.cells not in name:
                continue
            begun, judged, floored = time.perf_counter(), [], []
            for item in items:
                prompt = prompt_of(item)
                text = await reply(model, prompt, given.tokens)
                judged.append(judge_reply(item, prompt, text))
                answer = decides.judge(prompt, floor.draft(prompt))
                verbatim = [
                    is_verbatim(cited, prompt) for cited in answer.citations
                ]  # quoted text has numbers of its own
                cited = (sum(verbatim), len(verbatim))
                floored.append(judge(item, answer.text, answer.decision == Decision.ABSTAINED, (0, 0), cited))
                if given.verbose:
                    print(f"    {item.question} | {item.answer} | {text!r}", flush=True)
            seconds = (time.perf_counter() - begun) / len(items)
            print(f"{name:34} model {line(judged)} · {seconds:.0f} s each", flush=True)
            print(f"{name:34} floor {line(floored)}", flush=True)
    finally:
        await model.aclose()


def cells(given: argparse.Namespace) -> Iterator[tuple[str, list[Item]]]:
    """Every cell's name and questions."""
    refine, integration = rows(given, "rgb_zh_refine"), rows(given, "rgb_zh_int")
    facts: dict[Language, list[dict[str, Any]]] = {"zh": rows(given, "rgb_zh_fact"), "en": rows(given, "rgb_en_fact")}
    size = given.documents
    for noise in given.noise:
        yield f"noise {noise} zh", [item(given, row, "zh", row["positive"], noise, size) for row in refine]
        yield f"noise {noise} en", [item(given, row, "en", row["positive"], noise, size) for row in facts["en"]]
    yield "rejection zh", [item(given, row, "zh", [], 1.0, size) for row in refine]
    yield "rejection en", [item(given, row, "en", [], 1.0, size) for row in facts["en"]]
    for noise in [share for share in given.noise if share <= 0.4]:
        firsts = [(row, [group[0] for group in row["positive"]]) for row in integration]
        yield f"integration {noise} zh", [item(given, row, "zh", good, noise, size) for row, good in firsts]
    for language, judged in facts.items():
        false = [item(given, row, language, row["positive_wrong"], 0.4, size) for row in judged]
        yield f"counterfactual {language}", false


def rows(given: argparse.Namespace, name: str) -> list[dict[str, Any]]:
    """The questions of a file that are asked: the same ones in every cell."""
    every = [json.loads(row) for row in (given.data / f"{name}.jsonl").read_text("utf-8").splitlines()]
    return random.Random(given.seed).sample(every, min(given.limit, len(every)))


def item(
    given: argparse.Namespace, row: dict[str, Any], language: Language, good: Sequence[str], noise: float, size: int
) -> Item:
    """A question with useful and useless passages in the share asked for, where there are so many, in random order."""
    draw = random.Random(f"{given.seed} {row['id']}")
    useless = row["negative"][: round(size * noise)]
    passages = [
        *good[: max(size - len(useless), min(2, len(good)) if isinstance(row["answer"], list) else 1)],
        *useless,
    ]
    draw.shuffle(passages)
    return Item(row["query"], language, tuple(passages), row["answer"], row.get("fakeanswer"))


def prompt_of(item: Item) -> Prompt:
    sources = tuple(
        Source(n, f"d{n}", f"d{n}", text, 0, len(text), (), 1.0, ()) for n, text in enumerate(item.passages, 1)
    )
    query: Query = understand(item.question)
    return build_prompt(query, Context(sources, 0))


async def reply(model: ChatModel, prompt: Prompt, tokens: int) -> str:
    async with aclosing(model.stream(Request(prompt.messages, max_tokens=tokens))) as pieces:
        async for piece in pieces:
            if isinstance(piece, Reply):
                return piece.text
    return ""


def judge_reply(item: Item, prompt: Prompt, text: str) -> Judged:
    """A reply of the model, as it came and, for the citations, as the engine shows it."""
    known = {source.n for source in prompt.context.sources}
    raw = [int(number) for number in CITED.findall(text)]
    checked = check_citations(read_verdict(text).text, prompt.context.sources)
    cited = valid(checked.text, checked.citations, prompt)
    return judge(item, text, bool(REFUSED.search(text)), (sum(n in known for n in raw), len(raw)), cited)


def valid(text: str, citations: Sequence[Citation], prompt: Prompt) -> tuple[int, int]:
    """Of the numbers in a text, those whose citations quote a passage word for word; and how many there are."""
    numbers = [int(number) for number in CITED.findall(text)]
    of = {n: [is_verbatim(cited, prompt) for cited in citations if cited.n == n] for n in numbers}
    return sum(bool(of[n]) and all(of[n]) for n in numbers), len(numbers)


def is_verbatim(cited: Citation, prompt: Prompt) -> bool:
    return any(
        source.document == cited.document and source.text[cited.start : cited.end] == cited.quote
        for source in prompt.context.sources
    )


def judge(item: Item, text: str, refused: bool, raw: tuple[int, int], cited: tuple[int, int]) -> Judged:
    return Judged(
        right=not refused and says(text, item.answer),
        false=item.false is not None and not refused and says(text, item.false),
        refused=refused,
        raw=raw,
        cited=cited,
    )


def says(text: str, answer: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether all parts of the answer are in the text; of a part that is a list, one."""
    plain = fold(text)
    parts = answer if isinstance(answer, list) else [answer]
    return all(any(fold(one) in plain for one in (part if isinstance(part, list) else [part])) for part in parts)


def fold(text: object) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", str(text))).lower()


def line(judged: Sequence[Judged]) -> str:
    """Shares with n and interval."""
    n = len(judged)

    def share(what: Callable[[Judged], object]) -> str:
        count = sum(bool(what(each)) for each in judged)
        low, high = wilson(count, n)
        return f"{count / n:.2f} ({low:.2f}-{high:.2f})"

    def pair(pairs: Sequence[tuple[int, int]]) -> str:
        return f"{sum(good for good, _ in pairs)}/{sum(every for _, every in pairs)}"

    return (
        f"n {n} · right {share(lambda each: each.right)} · refused {share(lambda each: each.refused)}"
        f" · false {share(lambda each: each.false)} · numbers in range {pair([each.raw for each in judged])}"
        f" · checked quotes {pair([each.cited for each in judged])}"
    )


if __name__ == "__main__":
    main()
