"""Reading a data set in the BEIR layout: corpus.jsonl, queries.jsonl, qrels/*.tsv, each plain or .gz.

A file review.csv beside them, as `wenyuan eval-make` writes it, has the last word on the questions that it lists.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wenyuan.errors import SourceError, WrongUse
from wenyuan.jsonl import JsonRow, malformed, read_lines, read_rows
from wenyuan.load.encoding import decode

REVIEW = "review.csv"
REVIEWED = ("keep", "question", "document", "id")  # the columns that are read again
_KEPT = {"yes": True, "y": True, "1": True, "true": True, "是": True} | dict.fromkeys(
    ("no", "n", "0", "false", "否", ""), False
)
_PREFERRED = ("test", "dev")


@dataclass(frozen=True, slots=True)
class Passage:
    """One document of a corpus."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Judgements:
    """Questions with the graded documents that answer them; the keys of `qrels` are those of `queries`."""

    queries: dict[str, str]
    qrels: dict[str, dict[str, int]]


def has_corpus(folder: Path) -> bool:
    """Whether the judged documents are there, too, and not in a knowledge base."""
    return any((folder / name).is_file() for name in ("corpus.jsonl", "corpus.jsonl.gz"))


def read_corpus(folder: Path) -> Iterator[Passage]:
    """The passages in file order; SourceError names the line that is no passage or repeats an id."""
    path = _find(folder, "corpus.jsonl")
    seen: set[str] = set()
    for number, row in read_rows(path):
        id_ = _text(path, number, row, "_id")
        if id_ in seen:
            raise malformed(path, number, f"the id {id_!r} is there twice", "remove one of the two")
        seen.add(id_)
        yield Passage(id_, _text(path, number, row, "title", default=""), _text(path, number, row, "text"))


def read_judgements(folder: Path, qrels: Path | None = None) -> Judgements:
    """The judged queries, in the order of the judgements.

    `qrels`: the file to read (see `find_qrels`), else qrels/test.tsv, qrels/dev.tsv, or the only one there (WrongUse
    if there are more).
    SourceError names the line that is malformed or judges a query that queries.jsonl lacks. Judged documents may be
    missing from the corpus: no system can find them, which is part of the measurement. Questions that review.csv does
    not keep are left out, and those that it keeps have its words and documents.
    """
    path = _find(folder, "queries.jsonl")
    texts = {_text(path, number, row, "_id"): _text(path, number, row, "text") for number, row in read_rows(path)}
    source = find_qrels(folder, qrels) if qrels else _default_qrels(folder)
    grades: dict[str, dict[str, int]] = {}
    for number, line in read_lines(source):
        fields = line.split("\t")
        if number == 1 and fields[-1] == "score":
            continue
        if len(fields) != 3 or not fields[2].lstrip("-").isdecimal():
            raise malformed(source, number, "it is not query-id, corpus-id and whole score between tabs")
        query, document, grade = fields
        if query not in texts:
            raise malformed(source, number, f"the query {query!r} is not in {path.name}", "add it there")
        grades.setdefault(query, {})[document] = int(grade)
    judgements = Judgements({query: texts[query] for query in grades}, grades)
    review = folder / REVIEW
    return _reviewed(judgements, review) if review.is_file() else judgements


def find_qrels(folder: Path, named: Path) -> Path:
    """The file of judgements that is named as it is, in the data set's folder, or in its qrels; plain or .gz.

    Raises:
        WrongUse: it is in none of them; the sentence says where it was looked for.
    """
    for place in (named, folder / named, folder / "qrels" / named):
        for path in (place, place.with_name(f"{place.name}.gz")):
            if path.is_file():
                return path
    raise WrongUse(f"There is no file {named}, nor is it in {folder} or {folder / 'qrels'}: name one that exists.")


def folder_and_qrels(place: Path) -> tuple[Path, Path | None]:
    """A data set that is named by its folder, or by a file of its judgements: set/qrels/dev.tsv, or set/dev.tsv."""
    if place.suffix not in (".tsv", ".gz") or place.is_dir():
        return place, None
    beside = any((place.parent / name).is_file() for name in ("queries.jsonl", "queries.jsonl.gz"))
    folder = place.parent if beside else place.parent.parent
    return folder, find_qrels(folder, Path(place.name) if beside else place)


def _reviewed(judgements: Judgements, review: Path) -> Judgements:
    queries, qrels = dict(judgements.queries), dict(judgements.qrels)
    seen: set[str] = set()
    for number, row in _review_rows(review):
        query, keep = row["id"], _KEPT.get(row["keep"].lower())
        if keep is None:
            raise malformed(review, number, f"keep is {row['keep']!r}", "write yes or no")
        if query not in judgements.queries:
            continue  # of other judgements than those in use
        if query not in seen:
            seen.add(query)
            del queries[query], qrels[query]
        if keep:
            queries[query] = row["question"]
            qrels.setdefault(query, {})[row["document"]] = 1
    return Judgements(queries, qrels)


def _review_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The columns `REVIEWED` of the rows; spreadsheets save in their own encoding and with their own delimiter."""
    try:
        text, _ = decode(path.read_bytes())
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}): mend or remove it.") from error
    head = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    if missing := [name for name in REVIEWED if name not in (reader.fieldnames or ())]:
        raise malformed(path, 1, f"the column {missing[0]!r} is missing", "name it there")
    for row in reader:
        if any(row.values()):
            yield reader.line_num, {name: (row[name] or "").strip() for name in REVIEWED}


def _default_qrels(folder: Path) -> Path:
    found = sorted((folder / "qrels").glob("*.tsv*"))
    for name in _PREFERRED:
        for path in found:
            if path.name.split(".")[0] == name:
                return path
    if len(found) == 1:
        return found[0]
    if not found:
        raise WrongUse(f"{folder / 'qrels'} holds no .tsv file: put the judgements there, or name them with --qrels.")
    names = ", ".join(path.name for path in found)
    raise WrongUse(f"{folder / 'qrels'} has {names}: name the judgements to use with --qrels.")


def _find(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise WrongUse(f"{folder} is no BEIR data set: it lacks {name} (or {name}.gz); name the folder that holds it.")


def _text(path: Path, number: int, row: JsonRow, key: str, default: str | None = None) -> str:
    value = row.get(key, default)
    if not isinstance(value, str):
        raise malformed(path, number, f"{key!r} is {'missing' if value is None else 'no string'}")
    return value
