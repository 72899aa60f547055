"""Folders of judged questions in BEIR's layout, and files of questions with their evidence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

Texts = Mapping[str, str]  # id → text


def write_set(folder: Path, corpus: Texts, queries: Texts, qrels: Mapping[str, Mapping[str, int]]) -> Path:
    """Questions `queries` about the documents of `corpus`; `qrels`: question → document → grade."""
    (folder / "qrels").mkdir(parents=True)
    rows = [{"_id": name, "title": "", "text": text} for name, text in corpus.items()]
    asked = [{"_id": name, "text": text} for name, text in queries.items()]
    for file, lines in (("corpus", rows), ("queries", asked)):
        (folder / f"{file}.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    judged = [f"{query}\t{document}\t{grade}" for query, grades in qrels.items() for document, grade in grades.items()]
    (folder / "qrels" / "test.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *judged]), "utf-8")
    return folder


def write_examples(file: Path, rows: Iterable[Mapping[str, object]]) -> Path:
    """One line an example: at least id, passage, question, evidence and start."""
    usual = {"language": "en", "passage_language": "en", "style": "fact", "unanswerable": None}
    lines = [usual | {"end": row["start"] + len(row["evidence"])} | row for row in rows]
    file.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")
    return file
