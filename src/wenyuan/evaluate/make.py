"""Judged questions from one's own documents: headings, questions of FAQs, and sentences with their key word left out.

They ask in the documents' own words, so they are easier than those of people: good for comparing one setting with
another, and to begin a set that people go on with. A document is relevant that the question was taken from.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from itertools import groupby
from math import log
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from wenyuan.chunk.faq import group_questions, is_faq, is_question
from wenyuan.chunk.markdown import read_sections
from wenyuan.chunk.node import Section
from wenyuan.engine import KnowledgeBase
from wenyuan.errors import WrongUse
from wenyuan.evaluate.beir import REVIEW
from wenyuan.text.fingerprint import SIZE, fingerprint
from wenyuan.text.language import HAN, language
from wenyuan.text.normalise import fold
from wenyuan.text.sentences import sentences
from wenyuan.text.words import stop_words, word_spans, words
from wenyuan.types import Language

_ANSWER = {"zh": 15, "en": 40}  # characters that a heading must have below it
_SENTENCE = {"zh": (15, 80), "en": (40, 240)}  # characters of a sentence that can be asked for
_ALONE = {"zh": 7, "en": 12}  # characters from which a heading can ask without its document's title
_LONGEST = 120  # characters of a question
_QUOTE = 200
_NEAR = 0.6  # share of equal MinHash bytes from which two questions are nearly the same
_CLOZE = 3  # sentences asked for a document
_RARE = 0.05  # share of the documents that a distinctive word may be in
_BLANK = "____"

_NUMBER = re.compile(
    r"^(?:第[\d一二三四五六七八九十百]+[章节条部篇][、:：]?|[一二三四五六七八九十]+[、.．]|[(（][\d一二三四五六七八九十]+[)）]"
    r"|\d{1,2}(?:\.\d{1,2})+[.、)）]?|\d{1,2}[.、)）]|\d{1,2}(?=\s+\D))(?!\s*[年月日个])\s*"
)
_MARK = re.compile(r"^(?:\d{1,3}[.)、]\s*)?(?:Q|Question|问题?)\s?\d{0,3}\s?[:：.、]\s*", re.IGNORECASE)
_REPLY = re.compile(r"^\W*(?:A|Answer|答案?)\s?\d{0,3}\s?[:：.、]\s*", re.IGNORECASE)
_ASKED = re.compile(r"q|questions?|问|问题|提问|常见问题|問題", re.IGNORECASE)
_ANSWERED = re.compile(r"a|answers?|答|答案|回答|解答|答复|答覆", re.IGNORECASE)
_BAR = re.compile(r"(?<!\\)\|")
_MARKUP = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)|\{#[^{}]*\}|[*`#>]+|\b_+|_+\b")
_READABLE = re.compile(rf"[A-Za-z]{{3}}|[{HAN}]{{2}}")
_NO_PROSE = re.compile(r"[\n|{}<>`=\\\[\]*_]|https?:")
_STOP = re.compile(r"[.。!！]\W*$")
_POINTS_BACK = re.compile(
    r"^(?:it|its|this|that|these|those|they|their|he|she|his|her|such|both|however|but|and|so|also|then|there|otherwise)\b"
    r"|^(?:它|这|那|该|此|其|他|她|上述|以上|另外|但|因此|所以|然而|同时|并且|否则)",
    re.IGNORECASE,
)
QuestionKind = Literal["heading", "faq", "cloze"]


class Page(NamedTuple):
    """A document to ask about."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the documents that answer it, and the place in the first of them where the answer begins."""

    text: str
    kind: QuestionKind
    documents: tuple[str, ...]
    quote: str

    @property
    def id(self) -> str:
        """The same for the same words, so that runs over sets made anew compare."""
        return f"{self.kind}-{hashlib.sha256(fold(self.text).encode()).hexdigest()[:10]}"

    @property
    def language(self) -> Language:
        """Of its words."""
        return language(self.text)


def questions_of(kb: Path, limit: int = 200, seed: int = 0) -> list[Question]:
    """At most `limit` questions about the documents of a knowledge base; WrongUse where they give none."""
    with KnowledgeBase.open(kb, create=False) as base:
        pages = [Page(info.id, info.title, base.read(info.id, 0, sys.maxsize)) for info in base.documents()]
    questions = make_questions(pages, limit, seed)
    if not questions:
        raise WrongUse(f"{kb} gives no question: it needs more documents, with headings or whole sentences.")
    return questions


def make_questions(pages: Sequence[Page], limit: int = 200, seed: int = 0) -> list[Question]:
    """At most `limit` questions, none nearly the same as another, spread over documents and kinds.

    The same pages and seed give the same questions, and a greater limit gives more of them.
    """
    found = [*_from_headings(pages), *_cloze(pages)]
    random.Random(seed).shuffle(found)  # noqa: S311 — a sample, not a secret
    met: Counter[tuple[str, QuestionKind]] = Counter()
    turns = []
    for question in found:
        turns.append(met[question.documents[0], question.kind])
        met[question.documents[0], question.kind] += 1
    in_turn = [question for _, question in sorted(zip(turns, found, strict=True), key=lambda pair: pair[0])]
    return _distinct(in_turn, limit)


def write_questions(folder: Path, questions: Sequence[Question]) -> None:
    """A data set in the BEIR layout without its corpus, and review.csv for a person to look through.

    WrongUse when the folder holds anything, or cannot be written.
    """
    try:
        if folder.exists() and any(folder.iterdir()):
            raise WrongUse(f"{folder} is not empty: name a new folder, so that no review is lost.")
        (folder / "qrels").mkdir(parents=True, exist_ok=True)
        with (folder / "queries.jsonl").open("w", encoding="utf-8") as file:
            for each in questions:
                row = {"_id": each.id, "text": each.text, "kind": each.kind, "language": each.language}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        with (folder / "qrels" / "all.tsv").open("w", encoding="utf-8") as file:
            file.write("query-id\tcorpus-id\tscore\n")
            file.writelines(f"{each.id}\t{document}\t1\n" for each in questions for document in each.documents)
        # Spreadsheets take a file without the mark for one in the system's own encoding.
        with (folder / REVIEW).open("w", encoding="utf-8-sig", newline="") as file:
            table = csv.writer(file)
            table.writerow(("keep", "question", "document", "quote", "kind", "language", "id"))
            for each in questions:
                for document in each.documents:
                    table.writerow(("yes", each.text, document, each.quote, each.kind, each.language, each.id))
    except OSError as error:
        raise WrongUse(f"{folder} cannot be written ({error.strerror}): name another folder.") from error


def _from_headings(pages: Sequence[Page]) -> list[Question]:
    """What headings ask and what they name, and the marked questions below them; those of several pages once."""
    found: dict[str, Question] = {}
    topics: dict[str, list[tuple[Page, str, str]]] = defaultdict(list)
    for page in pages:
        for text, quote, asks in _headed(page):
            if asks:
                _add(found, Question(text, "faq", (page.id,), quote))
            else:
                topics[fold(text)].append((page, text, quote))
    for same in topics.values():
        several = len({page.id for page, _, _ in same}) > 1
        for page, text, quote in same:
            alone = not several and len(text) >= _ALONE[language(text)]
            asked = text if alone or fold(text) in fold(page.title) else " ".join([*page.title.split(), text])
            if len(asked) <= _LONGEST:
                _add(found, Question(asked, "heading", (page.id,), quote))
    return list(found.values())


def _add(found: dict[str, Question], question: Question) -> None:
    """A question that is there already gets the further document."""
    known = found.setdefault(fold(question.text), question)
    found[fold(question.text)] = replace(known, documents=tuple(dict.fromkeys(known.documents + question.documents)))


def _headed(page: Page) -> Iterator[tuple[str, str, bool]]:
    """(heading, the beginning of what stands below it, whether it asks) of a page, and its marked questions."""
    sections = read_sections(page.text)
    page_is_faq = is_faq((page.title, page.id), sections)
    for section in sections:
        below = page.text[section.start : section.end].strip()
        heading = _plain(section.path[-1]) if section.path else ""
        topic = _NUMBER.sub("", heading)
        usable = _READABLE.search(topic) and len(topic) <= _LONGEST and not _generic(topic)
        if usable and fold(topic) != fold(page.title) and len(below) >= _ANSWER[language(below)]:
            yield topic, _begin(below), is_question(topic)
        pairs = [*_tabled(page.text, section), *_marked(page.text, section, page_is_faq)]
        for question, answer in pairs:
            if _READABLE.search(question) and len(question) <= _LONGEST and answer:
                yield question, _begin(answer), True


def _marked(text: str, section: Section, page_is_faq: bool) -> Iterator[tuple[str, str]]:
    """The questions marked "Q:" or "问：", or in bold on a page of them, with their answers."""
    for node in group_questions(text, section.nodes, page_is_faq):
        if node.kind == "faq":
            first, *others = node.leaves()
            question = _MARK.sub("", _plain(text[first.start : first.end]))
            yield question, _REPLY.sub("", text[first.end : others[-1].end]) if others else ""


def _tabled(text: str, section: Section) -> Iterator[tuple[str, str]]:
    """The rows of tables with a column of questions and one of answers."""
    for is_table, leaves in groupby(section.leaves(), key=lambda leaf: leaf.kind == "table"):
        if not is_table:
            continue
        parts = list(leaves)
        lines = text[parts[0].start : parts[-1].end].splitlines()
        head, *rows = [_cells(line) for line in lines if "|" in line] or [[]]  # an HTML table has none
        asked = next((n for n, name in enumerate(head) if _ASKED.fullmatch(name)), None)
        answered = next((n for n, name in enumerate(head) if _ANSWERED.fullmatch(name)), None)
        if asked is not None and answered is not None:
            yield from ((_plain(row[asked]), row[answered]) for row in rows[1:] if len(row) == len(head))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in _BAR.split(line.strip().strip("|"))]


def _cloze(pages: Sequence[Page]) -> list[Question]:
    """The most distinctive sentences of each page as questions for their rarest word; no sentence of two pages."""
    bags = [set(words(page.text)) for page in pages]
    spread = Counter(word for bag in bags for word in bag)
    prose = [_prose(page) for page in pages]
    copies = Counter(folded for each in prose for folded in {fold(sentence) for sentence in each})
    most = max(2.0, _RARE * len(pages))
    questions = []
    for page, sentences_ in zip(pages, prose, strict=True):
        ranked: dict[str, tuple[float, str]] = {}
        for sentence in sentences_:
            if copies[fold(sentence)] == 1 and (asked := _blanked(sentence, spread, len(pages), most)):
                ranked[asked[1]] = asked[0], sentence
        best = sorted(ranked, key=lambda text: (-ranked[text][0], text))[:_CLOZE]
        questions += [Question(text, "cloze", (page.id,), ranked[text][1]) for text in best]
    return questions


def _prose(page: Page) -> list[str]:
    """Whole sentences that can be read by themselves."""
    leaves = (leaf for section in read_sections(page.text) for leaf in section.leaves() if leaf.kind == "text")
    pieces = (page.text[leaf.start : leaf.end].strip() for leaf in leaves)
    found = []
    for piece in pieces:
        low, high = _SENTENCE[language(piece)]
        if (
            low <= len(piece) <= high
            and _STOP.search(piece)
            and not (_NO_PROSE.search(piece) or _POINTS_BACK.match(piece))
        ):
            found.append(piece)
    return found


def _blanked(sentence: str, spread: Counter[str], pages: int, most: float) -> tuple[float, str] | None:
    """(how distinctive the rest is, the sentence with its rarest word asked for); None where no rest can be found."""
    rarity: dict[tuple[int, int], int] = {}
    for start, end in word_spans(sentence):
        forms = words(sentence[start:end])
        if forms and not stop_words().issuperset(forms):
            rarity[start, end] = min(spread[form] for form in forms)
    keys = [span for span in rarity if _can_be_asked(sentence, span)]
    if not keys or len(rarity) < 4:
        return None
    key = min(keys, key=lambda span: (rarity[span], span[0] - span[1], span))
    rest = sorted(count for span, count in rarity.items() if span != key)
    if rest[0] > most:
        return None
    asked = f"{sentence[: key[0]]}{_BLANK}{sentence[key[1] :]}"
    return sum(log((pages + 1) / count) for count in rest[:3]), " ".join(asked.split())


def _can_be_asked(sentence: str, span: tuple[int, int]) -> bool:
    word = sentence[span[0] : span[1]]
    return len(word) >= (2 if language(word) == "zh" or word.isdigit() else 3) and sentence.count(word) == 1


def _distinct(questions: Sequence[Question], limit: int) -> list[Question]:
    kept: list[Question] = []
    prints = np.empty((limit, SIZE), np.uint8)
    for question in questions:
        own = fingerprint(question.text)
        same = np.count_nonzero(prints[: len(kept)] == own, axis=1)
        if same.max(initial=0) < _NEAR * SIZE:
            prints[len(kept)] = own
            kept.append(question)
            if len(kept) == limit:
                break
    return kept


def _plain(markdown: str) -> str:
    return " ".join(_MARKUP.sub(r"\1", markdown).split())


def _generic(topic: str) -> bool:
    """Whether a heading says nothing by itself."""
    return _generic_words().issuperset(re.findall(r"\w+", fold(topic)))


@functools.cache
def _generic_words() -> frozenset[str]:
    return frozenset(resources.files("wenyuan.evaluate").joinpath("generic_words.txt").read_text("utf-8").split())


def _begin(text: str) -> str:
    """The first sentences, in one line, never one that a spreadsheet takes for a formula."""
    spans = [span for span in sentences(text) if span[1] <= _QUOTE] or [(0, _QUOTE)]
    return " ".join(text[: spans[-1][1]].split()).lstrip("=+-@ ")
