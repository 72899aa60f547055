"""Follow-ups made to stand alone: which words the rules restore, and what that does for retrieval.

    python benchmarks/conversation.py DATA [--sets words retrieval] [--cast odd|even|all]

DATA holds `rewrite/restoration_zh`, `rewrite/cast_en` and `retrieval/faq-manual`. The rules were written with the
training split of the first, the even topics of the second and the even lines of `data/followups.jsonl` in sight.
A word counts as restored where a person put it into the question and the turn did not have it.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wenyuan.conversation import RuleRewriter, Standalone
from wenyuan.engine import KnowledgeBase
from wenyuan.evaluate import read_judgements
from wenyuan.evaluate.bootstrap import interval
from wenyuan.evaluate.judged import corpus_settings, open_corpus
from wenyuan.evaluate.rerankers import documents
from wenyuan.models import load_encoder
from wenyuan.text.normalise import normalise
from wenyuan.text.words import stop_words, words
from wenyuan.types import Message

FOLLOWUPS = Path(__file__).parent / "data" / "followups.jsonl"
DRAWS = 2000


@dataclass(frozen=True)
class Turn:
    """A turn, what came before it, and what a person made of it."""

    text: str
    history: list[Message]
    human: str


Restore = Callable[[Turn], str]


def main() -> None:
    """Print a Markdown table a measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", nargs="*", default=["words", "retrieval"])
    parser.add_argument("--cast", choices=["odd", "even", "all"], default="odd", help="which topics of CAsT")
    arguments = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, bootstrap seed 0")
    rewriter = RuleRewriter(load_encoder("embed"))
    if "words" in arguments.sets:
        restored("restoration_zh, dev", list(chinese(arguments.data)), rewriter)
        restored(f"cast_en, {arguments.cast} topics", list(english(arguments.data, arguments.cast)), rewriter)
    if "retrieval" in arguments.sets:
        retrieved(arguments.data / "retrieval" / "faq-manual")


def chinese(data: Path) -> Iterator[Turn]:
    for row in lines(data / "rewrite" / "restoration_zh" / "dev.jsonl"):
        said = [Message("assistant" if n % 2 else "user", text) for n, text in enumerate(row["history"])]
        yield Turn(row["current"], said, row["rewrite"])


def english(data: Path, half: str) -> Iterator[Turn]:
    for row in lines(data / "rewrite" / "cast_en" / "dev.jsonl"):
        odd = int(row["id"].split("_")[1]) % 2 == 1
        if half == "all" or odd == (half == "odd"):
            yield Turn(row["current"], [Message("user", text) for text in row["history"]], row["rewrite"])


def lines(file: Path) -> Iterator[dict[str, Any]]:
    yield from map(json.loads, file.read_text("utf-8").splitlines())


def restored(name: str, turns: Sequence[Turn], rewriter: RuleRewriter) -> None:
    """Precision and recall of the words put in."""
    times: list[float] = []

    def rules(turn: Turn) -> str:
        started = time.perf_counter()
        question = rewriter.rewrite(turn.text, turn.history).question
        times.append((time.perf_counter() - started) * 1000)
        return question

    systems: Mapping[str, Restore] = {
        "turn as typed": lambda turn: turn.text,
        "turn + last turn before": lambda turn: " ".join([turn.text, *(m.content for m in turn.history[-1:])]),
        "turn + whole history": lambda turn: " ".join([turn.text, *(m.content for m in turn.history)]),
        "rules": rules,
    }
    needy = sum(bool(added(turn.human, turn.text)) for turn in turns)
    print(f"\n### {name}, n = {len(turns)}, of which a person added words to {needy}\n")
    print("| system | micro P [95 %] | micro R [95 %] | macro P | macro R | complete turns left alone |")
    print("|---|---|---|---|---|---|")
    for system, restore in systems.items():
        print(f"| {system} | {row(turns, restore)} |", flush=True)
    if times:
        print(f"\nrules: p50 {statistics.median(times):.2f} ms, p95 {np.quantile(times, 0.95):.2f} ms a turn")


def row(turns: Sequence[Turn], restore: Restore) -> str:
    counts, precisions, recalls, untouched = [], [], [], []
    for turn in turns:
        human, ours = added(turn.human, turn.text), added(restore(turn), turn.text)
        right = len(human & ours)
        counts.append((right, len(ours), len(human)))
        if ours:
            precisions.append(right / len(ours))
        if human:
            recalls.append(right / len(human))
        else:
            untouched.append(not ours)
    table = np.array(counts, float)
    alone = f"{np.mean(untouched):.2f} of {len(untouched)}" if untouched else "–"
    precision = f"{np.mean(precisions):.3f}" if precisions else "–"
    return f"{ratio(table, 1)} | {ratio(table, 2)} | {precision} | {np.mean(recalls):.3f} | {alone}"


def ratio(table: np.ndarray, below: int) -> str:
    """Σ right / Σ column, with the bootstrap interval over turns: a ratio of sums, which `interval` does not do."""
    if not table[:, below].sum():
        return "–"
    draw = np.random.default_rng(0)
    picks = [table[draw.integers(len(table), size=len(table))].sum(axis=0) for _ in range(DRAWS)]
    low, high = np.quantile([pick[0] / max(1, pick[below]) for pick in picks], [0.025, 0.975])
    return f"{table[:, 0].sum() / table[:, below].sum():.3f} [{low:.3f}, {high:.3f}]"


def added(text: str, turn: str) -> set[str]:
    """Content words of a text that the turn does not have."""
    return (set(words(text)) - set(words(turn))) - stop_words()


def retrieved(data: Path) -> None:
    """R@10 of follow-ups, and the share of the gap between the turn and the full question that each form closes."""
    judged = read_judgements(data, data / "qrels" / "mono.tsv")
    rows = list(lines(FOLLOWUPS))
    said = [[Message(each["role"], each["content"]) for each in row["history"]] for row in rows]
    with open_corpus(data, corpus_settings(data)) as kb:
        texts = forms(rows, said, judged.queries, kb)
        recalls = {}
        for form, questions in texts.items():
            recalls[form] = np.array(
                [recall(kb, question, judged.qrels[row["id"]]) for row, question in zip(rows, questions, strict=True)]
            )
        rewritten = [
            recall(kb, row["question"], judged.qrels[row["id"]], turns) for row, turns in zip(rows, said, strict=True)
        ]
        recalls["rules, turns searched with it"] = np.array(rewritten)
    splits = {"all": slice(None), "even lines (seen)": slice(0, None, 2), "odd lines": slice(1, None, 2)}
    print(f"\n### follow-ups, faq-manual, n = {len(rows)}\n")
    print("| form | R@10 [95 %] | " + " | ".join(f"gap closed, {split}" for split in splits) + " |")
    print("|---|---|" + "---|" * len(splits))
    for form, values in recalls.items():
        mean = interval(values)
        gaps = [
            (values[part].mean() - recalls["turn as typed"][part].mean())
            / (recalls["full question"][part].mean() - recalls["turn as typed"][part].mean())
            for part in splits.values()
        ]
        shares = " | ".join(f"{gap:.0%}" for gap in gaps)
        print(f"| {form} | {mean.mean:.3f} [{mean.low:.3f}, {mean.high:.3f}] | {shares} |")


def forms(
    rows: Sequence[dict[str, Any]], said: Sequence[Sequence[Message]], full: Mapping[str, str], kb: KnowledgeBase
) -> dict[str, list[str]]:
    """Each follow-up as it would be asked without a history."""
    rewriter = RuleRewriter(load_encoder(kb.settings.encoder.model))
    alone = [rewriter.rewrite(row["question"], turns) for row, turns in zip(rows, said, strict=True)]
    typed = [row["question"] for row in rows]
    print(f"\n{sum(map(leans, typed, alone))} of {len(rows)} follow-ups seen to lean on the history")
    return {
        "turn as typed": typed,
        "full question": [full[row["id"]] for row in rows],
        "turn + whole history": [
            "\n".join([text, *(m.content for m in turns)]) for text, turns in zip(typed, said, strict=True)
        ],
        "turn + user's turns": [
            "\n".join([text, *(m.content for m in turns if m.role == "user")])
            for text, turns in zip(typed, said, strict=True)
        ],
        "turn + words of the full question that the history holds (oracle)": [
            f"{text} {' '.join(sorted(added(full[row['id']], text) & held(turns)))}"
            for row, text, turns in zip(rows, typed, said, strict=True)
        ],
        "rules, question alone": [standalone.question for standalone in alone],
    }


def leans(typed: str, standalone: Standalone) -> bool:
    return bool(standalone.context) or standalone.question != normalise(typed)


def held(turns: Sequence[Message]) -> set[str]:
    return set(words(" ".join(message.content for message in turns)))


def recall(kb: KnowledgeBase, question: str, judged: Mapping[str, int], history: Sequence[Message] = ()) -> float:
    found = set(documents(kb.search(question, 100, history=history).hits)[:10])
    relevant = {document for document, grade in judged.items() if grade > 0}
    return len(found & relevant) / len(relevant)


if __name__ == "__main__":
    main()
