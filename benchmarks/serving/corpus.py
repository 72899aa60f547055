"""What is served: passages of a BEIR folder as files of a knowledge base, the questions, and the same for the peers."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wenyuan.engine import KnowledgeBase
from wenyuan.evaluate import read_corpus, read_judgements
from wenyuan.jsonl import read_rows
from wenyuan.models import OnnxEncoder, locate
from wenyuan.types import Vector

SEED = 0
KB = "bench"
_PREFERRED = "squad-en"
_REPEATED = 50  # questions that come again and again
_JUDGED = 200  # questions by which quality is told


@dataclass(frozen=True)
class Corpus:
    """Documents by id, what comes in while it is served, and questions."""

    name: str
    documents: dict[str, str]
    arriving: dict[str, str]
    fresh: list[str]
    repeated: list[str]
    judged: list[tuple[str, set[str]]]


def read(data: Path, passages: int) -> Corpus:
    """Judged passages first, then others, drawn with the seed; `data` may be a folder of BEIR folders."""
    folder = data / _PREFERRED if (data / _PREFERRED).is_dir() else data
    split = next((each for each in ("dev", "mono", "zh2zh") if (folder / "qrels" / f"{each}.tsv").is_file()), None)
    judgements = read_judgements(folder, folder / "qrels" / f"{split}.tsv" if split else None)
    relevant = {
        query: {name for name, grade in grades.items() if grade > 0} for query, grades in judgements.qrels.items()
    }
    texts = {
        each.id: f"# {each.title}\n\n{each.text}\n" if each.title else f"{each.text}\n" for each in read_corpus(folder)
    }
    draw = random.Random(SEED)
    ids = draw.sample(sorted(texts), len(texts))
    wanted = set().union(*relevant.values())
    ids.sort(key=lambda name: name not in wanted)  # stable
    served = dict.fromkeys(ids[:passages])
    judged = [(judgements.queries[query], names) for query, names in relevant.items() if names & served.keys()]
    source = next(each for each in (folder / "queries.jsonl", folder / "queries.jsonl.gz") if each.is_file())
    questions = list(dict.fromkeys(str(row["text"]) for _, row in read_rows(source)))
    draw.shuffle(questions)
    judged = draw.sample(judged, min(_JUDGED, len(judged)))
    few = min(_REPEATED, len(questions) // 2)
    return Corpus(
        folder.name,
        {name: texts[name] for name in served},
        {name: texts[name] for name in ids[passages:]},
        questions[few:],
        questions[:few],
        judged,
    )


class Remembering(OnnxEncoder):
    """The shipped encoder; it remembers what it encoded, so that the peers need not do it again."""

    def __init__(self) -> None:
        super().__init__(locate("embed"), threads=len(os.sched_getaffinity(0)))
        self.known: dict[str, Vector] = {}

    def encode_passages(self, texts: Sequence[str]) -> Vector:
        vectors = super().encode_passages(texts)
        self.known |= dict(zip(texts, vectors, strict=True))
        return vectors


def build(corpus: Corpus, folder: Path, peers: Path | None) -> int:
    """A knowledge base with the documents as its own files; how many passages it has.

    `peers`: a folder that gets its passages and their vectors: each a document of the peers, its text what our encoder
    and BM25 see of it.
    """
    files = folder / "files"
    files.mkdir(parents=True)
    for name, text in corpus.documents.items():
        (files / f"{name}.md").write_text(text, "utf-8")
    encoder = Remembering()
    with KnowledgeBase.open(folder, encoder=encoder) as kb:
        report = kb.take(*(f"{name}.md" for name in corpus.documents))
        assert not report.failed, report.failed
        chunks = [chunk for name in corpus.documents for chunk in kb.chunks(f"{name}.md")]
    if peers is not None:
        rows = [{"id": f"{stem(chunk.document)}#{chunk.ordinal}", "text": chunk.encoded} for chunk in chunks]
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (peers / "passages.jsonl").write_text(lines, "utf-8")
        np.save(peers / "vectors.npy", np.stack([encoder.known[row["text"]] for row in rows]))
    return len(chunks)


def stem(document: str) -> str:
    """A passage's id in the corpus, of a document of ours or of a peer."""
    return document.removesuffix(".md").partition("#")[0]


@contextmanager
def opened(folder: Path) -> Iterator[KnowledgeBase]:
    """A knowledge base with its models loaded."""
    with KnowledgeBase.open(folder, create=False) as kb:
        kb.warm_up()
        kb.search("warm up", 10)
        yield kb
