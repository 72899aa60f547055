"""The archive against the raw engine under it, in one process: search, ingest, delete, optimise, memory, disk.

    python benchmarks/store.py 10000 100000

Synthetic chunks: unit vectors in clusters, terms with Zipf's frequencies, texts of about 600 characters. "raw" is the
engine's own hybrid query (two prefetches, reciprocal rank fusion) that returns the payload text of the best ten from a
shard of the same points; "archive" is a view of the moment, both legs and the chunk rows of the best ten.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import qdrant_edge as engine

from wenyuan.store import upkeep
from wenyuan.store.archive import Archive
from wenyuan.store.change import Change
from wenyuan.store.edge import shard_config
from wenyuan.text.words import words
from wenyuan.types import WHOLE, Candidate, Chunk, Condition, Document, Filter, SparseVector, Vector

Hits = list[Candidate]

DIMENSION, CHUNKS, K, TOP = 384, 20, 100, 10
WORDS = 50_000
LATENT = 48  # dimensions in which real embeddings vary; a cloud in all 384 has no near neighbours


class Corpus:
    """Documents of twenty chunks, and questions near them."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.axes = np.linalg.qr(self.random.standard_normal((DIMENSION, LATENT)))[0].T.astype(np.float32)
        self.centres = self.random.standard_normal((2_000, LATENT)).astype(np.float32)
        ranks = np.arange(1, WORDS + 1)
        self.cumulated = np.cumsum(1 / ranks) / np.sum(1 / ranks)
        self.words = self.random.integers(0, 2**32, WORDS)

    def vectors(self, n: int, clusters: int) -> Vector:
        centres = self.centres[self.random.integers(0, len(self.centres), clusters)]
        near = centres[self.random.integers(0, clusters, n)]
        near = near + 0.6 * self.random.standard_normal((n, LATENT)).astype(np.float32)
        found = near @ self.axes + 0.05 * self.random.standard_normal((n, DIMENSION)).astype(np.float32)
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    def terms(self, n: int) -> SparseVector:
        words = np.unique(self.words[np.searchsorted(self.cumulated, self.random.random(n)).clip(max=WORDS - 1)])
        return SparseVector(tuple(words.tolist()), tuple(self.random.uniform(0.5, 2.0, len(words)).tolist()))

    def change(self, number: int) -> Change:
        name = f"s{number % 100:02}/d{number}.md"
        texts = [f"{number} {at} ".ljust(600, "文") for at in range(CHUNKS)]
        document = Document(name, name, "\n".join(texts), "md", "0" * 64, float(number))
        chunks = [
            Chunk((number * CHUNKS + at) * 0x9E3779B97F4A7C15 % 2**63, name, name, at, text, at * 601, at * 601 + 600)
            for at, text in enumerate(texts)
        ]
        keys = [f"{number}.{at}".encode() for at in range(CHUNKS)]
        prints = list(self.random.integers(0, 256, (CHUNKS, 64), dtype=np.uint8))
        sparse = [self.terms(150) for _ in range(CHUNKS)]
        return Change(document, chunks, keys, self.vectors(CHUNKS, 3), sparse, prints)

    def questions(self, n: int) -> list[tuple[Vector, SparseVector]]:
        return [(vector, self.terms(7)) for vector in self.vectors(n, n)]


class Raw:
    """The engine alone, laid out as ours: text in the payload, fusion in the engine."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.shard = engine.EdgeShard.create(str(folder), shard_config(DIMENSION))

    def add(self, change: Change) -> None:
        rows = [
            engine.Point(
                chunk.id,
                {"dense": vector, "bm25": engine.SparseVector(list(terms.indices), list(terms.values))},
                {"text": chunk.text, "document": chunk.document},
            )
            for chunk, vector, terms in zip(change.chunks, change.vectors.tolist(), change.sparse, strict=True)
        ]
        self.shard.update(engine.UpdateOperation.upsert_points(rows))

    def search(self, dense: Vector, sparse: SparseVector) -> object:
        terms = engine.SparseVector(list(sparse.indices), list(sparse.values))
        legs = [
            engine.Prefetch(
                K,
                query=engine.Query.Nearest(dense.tolist(), using="dense"),
                params=engine.SearchParams(hnsw_ef=150),
            ),
            engine.Prefetch(K, query=engine.Query.Nearest(terms, using="bm25")),
        ]
        fused = self.shard.query(engine.QueryRequest(K, query=engine.Fusion.Rrf(60), prefetches=legs))
        return self.shard.retrieve([point.id for point in fused[:TOP]], with_payload=True, with_vector=False)


def ask(archive: Archive, dense: Vector, sparse: SparseVector) -> object:
    with archive.view(WHOLE) as view:
        legs = view.search_dense(dense, K), view.search_sparse(sparse, K)
        return view.chunks([hit.chunk for leg in legs for hit in leg[: TOP // 2]])


def search(archive: Archive, dense: Vector, sparse: SparseVector, k: int, filter: Filter | None = None) -> list[Hits]:
    with archive.view(WHOLE) as view:
        return [view.search_dense(dense, k, filter), view.search_sparse(sparse, k, filter)]


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - start)


def spread(times: list[float]) -> dict[str, float]:
    return {"p50": round(float(np.percentile(times, 50)), 2), "p95": round(float(np.percentile(times, 95)), 2)}


def memory() -> dict[str, int]:
    lines = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    return {name: int(lines[key].split()[0]) >> 10 for name, key in (("rss", "VmRSS"), ("own", "RssAnon"))}


def size(folder: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file()) >> 20


class Reader:
    """A thread that searches without pause; `gap` is the longest time it, or its heartbeat, stood still."""

    def __init__(self, work: Callable[[int], object]) -> None:
        self.times: list[float] = []
        self.gap = 0.0
        self._work, self._stop = work, threading.Event()
        self._threads = [threading.Thread(target=self._search), threading.Thread(target=self._beat)]

    def __enter__(self) -> Reader:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _search(self) -> None:
        while not self._stop.is_set():
            self.times.append(timed(lambda: self._work(len(self.times))))
            time.sleep(0.002)

    def _beat(self) -> None:
        while not self._stop.is_set():
            start = time.perf_counter()
            time.sleep(0.001)
            self.gap = max(self.gap, 1e3 * (time.perf_counter() - start) - 1)


def measure(n: int, folder: Path, seed: int, optimise: bool) -> dict[str, object]:
    corpus, row = Corpus(seed), dict[str, object](chunks=n)
    words("warm")  # every ingest of documents loads the segmenter
    archive = opened(folder)
    upkeep.OPTIMISE_FROM = sys.maxsize  # it is started, and timed, below
    raw = Raw(folder / "raw")
    spent = {"archive": 0.0, "raw": 0.0}
    for changes in grouped(corpus, n // CHUNKS):
        spent["archive"] += timed(partial(archive.replace, changes))
        for change in changes:
            spent["raw"] += timed(partial(raw.add, change))
        spent["raw"] += timed(raw.shard.flush)
    row["ingest_rows_s"] = {name: round(n / ms * 1e3) for name, ms in spent.items()}
    row["unindexed"] = compare(archive, raw, corpus)
    print(json.dumps(row), file=sys.stderr, flush=True)
    questions = corpus.questions(300)
    if optimise:
        row |= optimised(archive, raw, corpus, questions)
    row["filtered_1%"] = spread(
        [timed(lambda q=q: search(archive, *q, K, Condition("source", "eq", "s07"))) for q in questions]
    )
    row["recall@100"] = round(recall(archive, questions[:100]), 3)
    raw.shard.close()
    row["writes"] = writes(archive, corpus, n // CHUNKS)
    row["search_while_writing"] = while_writing(archive, corpus, n // CHUNKS + 1_000)
    row["mb"] = memory() | {
        "disk": size(folder / "kb"),
        "index": size(folder / "kb/index"),
        "raw_disk": size(folder / "raw"),
    }
    row["close_ms"] = round(timed(archive.close))
    start = time.perf_counter()
    again = opened(folder)
    row["open_ms"] = round(1e3 * (time.perf_counter() - start))
    again.close()
    return row


def optimised(
    archive: Archive, raw: Raw, corpus: Corpus, questions: list[tuple[Vector, SparseVector]]
) -> dict[str, object]:
    """Build the graph while searching; then compare again."""
    with Reader(lambda at: ask(archive, *questions[at % 300])) as reader:
        seconds = timed(archive.optimise) / 1e3
    raw.shard.optimize()
    raw.shard.flush()
    return {
        "optimise_s": round(seconds, 1),
        "during_optimise": spread(reader.times) | {"longest": round(max(reader.times), 1), "gap": round(reader.gap, 1)},
        "indexed": compare(archive, raw, corpus),
    }


def opened(folder: Path) -> Archive:
    return Archive.open(folder / "kb", model="m", analyser="a", dimension=DIMENSION)


def grouped(corpus: Corpus, documents: int) -> Iterator[list[Change]]:
    for start in range(0, documents, 10):
        yield [corpus.change(number) for number in range(start, min(start + 10, documents))]


def compare(archive: Archive, raw: Raw, corpus: Corpus, n: int = 400) -> dict[str, object]:
    """The same questions to both, by turns, after a round to warm up."""
    questions = corpus.questions(n)
    for question in questions[:100]:
        ask(archive, *question)
        raw.search(*question)
    times: dict[str, list[float]] = {"archive": [], "raw": []}
    for question in questions:
        times["raw"].append(timed(lambda q=question: raw.search(*q)))
        times["archive"].append(timed(lambda q=question: ask(archive, *q)))
    both = {name: spread(values) for name, values in times.items()}
    return both | {"ratio": {p: round(both["archive"][p] / both["raw"][p], 2) for p in ("p50", "p95")}}


def recall(archive: Archive, questions: list[tuple[Vector, SparseVector]]) -> float:
    """Of the exact hundred nearest, how many the dense leg finds."""
    shares = []
    for dense, _ in questions:
        request = engine.QueryRequest(
            K,
            query=engine.Query.Nearest(dense.tolist(), using="dense"),
            params=engine.SearchParams(exact=True),
        )
        exact = {point.id for point in archive._store._shard.query(request)}  # type: ignore[attr-defined]
        with archive.view(WHOLE) as view:
            shares.append(len({hit.chunk for hit in view.search_dense(dense, K)} & exact) / K)
    return float(np.mean(shares))


def writes(archive: Archive, corpus: Corpus, first: int, n: int = 150) -> dict[str, object]:
    """One document at a time: until the commit returns; until both legs, asked for this document, find it; until gone.

    A search over all chunks finds it too, but its time is that of the search: "found_by_any_search" tells it apart.
    """
    times: dict[str, list[float]] = {"committed": [], "visible": [], "found_by_any_search": [], "deleted": []}
    for number in range(first, first + n):
        change = corpus.change(number)
        own = Condition("document", "eq", change.document.id)

        def look(filter: Condition | None, change: Change = change) -> None:
            for leg in search(archive, change.vectors[-1], change.sparse[-1], 5, filter):
                assert any(hit.chunk == change.chunks[-1].id for hit in leg)

        committed = timed(partial(archive.replace, [change]))
        times["committed"].append(committed)
        times["visible"].append(committed + timed(partial(look, own)))
        times["found_by_any_search"].append(timed(partial(look, None)))
    for number in range(first, first + n):
        times["deleted"].append(timed(partial(archive.remove, [f"s{number % 100:02}/d{number}.md"])))
    return {f"{name}_ms": spread(values) for name, values in times.items()}


def while_writing(archive: Archive, corpus: Corpus, first: int, rate: float = 20.0) -> dict[str, object]:
    """Search while documents come in at 400 chunks a second, and the same searches without."""
    questions, changes = corpus.questions(300), [corpus.change(number) for number in range(first, first + 120)]
    with Reader(lambda at: ask(archive, *questions[at % 300])) as idle:
        time.sleep(4)
    with Reader(lambda at: ask(archive, *questions[at % 300])) as busy:
        start = time.perf_counter()
        for at, change in enumerate(changes):
            time.sleep(max(0.0, start + at / rate - time.perf_counter()))
            archive.replace([change])
        seconds = time.perf_counter() - start
    p95 = [spread(reader.times)["p95"] for reader in (idle, busy)]
    return {
        "idle_ms": spread(idle.times),
        "busy_ms": spread(busy.times),
        "p95_ratio": round(p95[1] / p95[0], 2),
        "gap_ms": round(busy.gap, 1),
        "rows_s": round(len(changes) * CHUNKS / seconds),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="+", type=int, help="chunks")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=None, help="where to work; a temporary folder if not given")
    parser.add_argument("--no-optimise", dest="optimise", action="store_false", help="leave the graph out")
    options = parser.parse_args()
    print(json.dumps({"command": " ".join(sys.argv), "cores": os.cpu_count(), "load": os.getloadavg()[0]}), flush=True)
    for n in options.sizes:
        folder = Path(tempfile.mkdtemp(dir=options.folder))
        try:
            print(json.dumps(measure(n, folder, options.seed, options.optimise)), flush=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
