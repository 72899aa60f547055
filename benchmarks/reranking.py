"""What reranking gains on public development sets: the first stage, the coarse stage, the cross-encoder, both.

    python benchmarks/reranking.py DATA [--model rerank] [--weight 0.5] [--limit 200] [--sets NAME …] [--read 10 30 100]
        [--coarse 0.5]

DATA holds BEIR folders under `retrieval` and lists to put in order under `rerank`. Every system orders the same 100
best hits of the first stage, or the whole list; each pair is read once. `--coarse` adds the comparison token by token,
for which the corpora are encoded again. Differences are from the first stage, paired; "speed" is pairs a second of CPU.
"""

from __future__ import annotations

import argparse
import gzip
import json
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from wenyuan.engine import KnowledgeBase
from wenyuan.evaluate import read_judgements, sample
from wenyuan.evaluate.bootstrap import difference, interval
from wenyuan.evaluate.judged import open_corpus
from wenyuan.evaluate.metrics import Qrels, Run, measure
from wenyuan.evaluate.rerankers import documents
from wenyuan.models import CachedCrossEncoder, load_cross_encoder
from wenyuan.rerank import Coarse, Plan, rerank
from wenyuan.settings import Settings
from wenyuan.trace import Trace
from wenyuan.types import Condition, Document, Hit, Query, Vector

DEPTH = 100


@dataclass(frozen=True)
class Judged:
    """Questions with the hits that are to be put in order."""

    name: str
    metric: str
    qrels: Qrels
    found: Mapping[str, tuple[Query, Sequence[Hit]]]
    coarse: Mapping[str, Vector]  # score of each hit, where the stage is measured
    bm25: Run


def main() -> None:
    """Print a Markdown table a set."""
    options = arguments()
    model = CachedCrossEncoder(load_cross_encoder(options.model), 1024)
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, {model.id}, seed 0")
    for name in options.sets:
        table(SETS[name](options, name), model, options)


def table(judged: Judged, model: CachedCrossEncoder, options: argparse.Namespace) -> None:
    runs: dict[str, Run] = {"bm25": judged.bm25, "first stage": run(judged, Plan(), None, None)}
    if judged.coarse:
        runs["coarse"] = run(judged, Plan(coarse_weight=options.coarse), judged.coarse, None)
    started, before = time.process_time(), model.statistics().misses
    longest = max(len(hits) for _, hits in judged.found.values())
    for read in sorted({min(read, longest) for read in options.read}):
        plan = Plan(coarse_weight=options.coarse, fine=read, weight=options.weight)
        runs[f"fine, {read} read"] = run(judged, plan, None, model)
        if judged.coarse:
            runs[f"coarse, fine, {read} read"] = run(judged, plan, judged.coarse, model)
    deepest = min(max(options.read), longest)
    runs[f"fine alone, {deepest} read"] = run(judged, Plan(fine=deepest, weight=1.0), None, model)
    speed = (model.statistics().misses - before) / (time.process_time() - started)
    values = {system: measure(judged.metric, found, judged.qrels) for system, found in runs.items()}
    print(f"\n### {judged.name}, n = {len(judged.qrels)}, up to {longest} hits, speed {speed:.1f}\n")
    print(f"| system | {judged.metric} [95 %] | points over the first stage [95 %] (p) |\n|---|---|---|")
    for system, each in values.items():
        mean, gain = interval(each), difference(each, values["first stage"])
        points = f"{100 * gain.mean:+.1f} [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}] ({gain.p:.4f})"
        print(f"| {system} | {mean.mean:.4f} [{mean.low:.4f}, {mean.high:.4f}] | {points} |", flush=True)


def run(judged: Judged, plan: Plan, coarse: Mapping[str, Vector] | None, model: CachedCrossEncoder | None) -> Run:
    """Documents in the order of one system."""

    def ordered(name: str) -> list[str]:
        query, hits = judged.found[name]
        known: Coarse | None = (lambda _, seen: coarse[name][: len(seen)]) if coarse else None
        return documents(rerank(query, hits, plan, Trace(), coarse=known, fine=model))

    return {name: ordered(name) for name in judged.found}


def corpus_set(options: argparse.Namespace, name: str) -> Judged:
    """A BEIR set: the hits are those of the whole corpus."""
    folder, questions, split = CORPORA[name]
    data = options.data / "retrieval"
    judgements = data / questions
    judged = sample(read_judgements(judgements, judgements / f"{split}.tsv"), options.limit)
    with open_corpus(data / folder, first_stage(options)) as kb:
        return gathered(kb, name, "ndcg@10", dict(judged.queries), judged.qrels)


def listed_set(options: argparse.Namespace, name: str) -> Judged:
    """A set of questions with a list of texts each: the list is what a filter lets through of one knowledge base."""
    file, metric = LISTS[name]
    rows = list(islice(lines(options.data / "rerank" / file), options.limit))
    texts = {f"{n}/{m}": text(each) for n, row in enumerate(rows) for m, each in enumerate(row["candidates"])}
    texts = {place: each for place, each in texts.items() if each.strip()}  # a few are empty
    qrels = {
        str(n): {f"{n}/{m}": int(each["label"]) for m, each in enumerate(row["candidates"])}
        for n, row in enumerate(rows)
    }
    with tempfile.TemporaryDirectory() as scratch, KnowledgeBase.open(scratch, settings=first_stage(options)) as kb:
        kb.put(Document(place, "", each, "list", "", 0.0) for place, each in texts.items())
        return gathered(kb, name, metric, {str(n): row["query"] for n, row in enumerate(rows)}, qrels, lists=True)


def gathered(
    kb: KnowledgeBase, name: str, metric: str, questions: Mapping[str, str], qrels: Qrels, *, lists: bool = False
) -> Judged:
    found, coarse, bm25 = {}, {}, {}
    for query, question in questions.items():
        only = Condition("source", "eq", query) if lists else None
        result = kb.search(question, DEPTH, filter=only, rerank_ms=0)
        plain = kb.search(question, DEPTH, filter=only, rerank=False)
        found[query] = plain.query, plain.hits
        scores = {hit.chunk.id: hit.legs["coarse"].raw for hit in result.hits if "coarse" in hit.legs}
        if scores:
            coarse[query] = np.array([scores[hit.chunk.id] for hit in plain.hits], np.float32)
        bm25[query] = documents(kb.search(question, DEPTH, filter=only, legs=("bm25",), rerank=False).hits)
    return Judged(name, metric, qrels, found, coarse, bm25)


def first_stage(options: argparse.Namespace) -> Settings:
    fuse = {"duplicate": 1.0}  # a near-identical passage may be judged relevant in its own right
    return Settings.model_validate({"fuse": fuse, "rerank": {"model": "none", "coarse": options.coarse}})


def text(candidate: Mapping[str, str]) -> str:
    return candidate["text"] if "text" in candidate else candidate["title"]


def lines(file: Path) -> Iterator[dict]:
    if not file.is_file():
        file = file.with_name(f"{file.name}.gz")
    with (gzip.open if file.suffix == ".gz" else open)(file, "rt", encoding="utf-8") as rows:
        yield from map(json.loads, rows)


CORPORA = {
    "rgb-web-zh": ("rgb-web-zh", "rgb-web-zh", "qrels/dev"),
    "faq-manual": ("faq-manual", "faq-manual", "qrels/mono"),
    "squad-en": ("squad-en", "squad-en", "qrels/dev"),
    "xquad-zh2en": ("squad-en", "xquad-zh-en", "qrels_squad20k/zh2en"),
}
LISTS = {"qbqtc-zh": ("qbqtc-zh/listwise_dev.jsonl", "ndcg@10"), "selqa-en": ("selqa-en/dev.jsonl", "map@100")}
SETS: dict[str, Callable[[argparse.Namespace, str], Judged]] = {
    **dict.fromkeys(CORPORA, corpus_set),
    **dict.fromkeys(LISTS, listed_set),
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", default="rerank")
    parser.add_argument("--weight", type=float, default=Settings().rerank.weight)
    parser.add_argument("--coarse", type=float, default=0.0)
    parser.add_argument("--limit", type=int, default=200, help="questions a set, drawn with seed 0")
    parser.add_argument("--sets", nargs="*", default=list(SETS), choices=list(SETS))
    parser.add_argument("--read", type=int, nargs="*", default=[10, 30, 100])
    return parser.parse_args()


if __name__ == "__main__":
    main()
