"""Where a hit, a source and a citation come from: the page, sheet and row at their first character, in every format."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from pptx import Presentation
from pptx.util import Inches

from fakes import word_encoder
from llm_server import call, llm_server
from load.makers import docx, loaded, paragraph, pdf
from wenyuan.engine import KnowledgeBase
from wenyuan.settings import Settings
from wenyuan.trace import Trace
from wenyuan.types import Citation, Document, mark_at

Place = tuple[int | None, str | None, int | None]
Facts = dict[str, Place]  # a code → where the file says something of it
Made = tuple[str, bytes, Facts]  # name of a file, its content, its facts

NOWHERE: Place = (None, None, None)
SUBJECTS = ("gravel", "mortar", "harbour", "lantern", "meadow", "turbine", "orchard", "granite", "canvas", "ladder")


class Writing:
    """Filler and facts, from one seed."""

    def __init__(self, seed: int, prefix: str) -> None:
        self.random, self.prefix, self.facts = random.Random(f"{seed} {prefix}"), prefix, Facts()

    def filler(self, most: int) -> list[str]:
        return [self._sentence() for _ in range(self.random.randint(0, most))]

    def _sentence(self) -> str:
        one, other = self.random.sample(SUBJECTS, 2)
        return f"The {one} stands {self.random.randint(2, 99)} steps behind the {other}."

    def fact(self, *, page: int | None = None, sheet: str | None = None, row: int | None = None) -> str:
        code = f"{self.prefix}-{100 + len(self.facts)}"
        self.facts[code] = (page, sheet, row)
        return f"Compound {code} cures in {self.random.randint(100, 999)} hours."

    def around(self, most: int, **place: Any) -> list[str]:
        """Sentences with a fact somewhere among them."""
        return [*self.filler(most), self.fact(**place), *self.filler(most)]


def a_pdf(seed: int) -> Made:
    writing = Writing(seed, "PD")
    pages = [writing.around(4, page=n) if n % 4 else [] for n in range(1, 12)]
    outline = [(pages[n][0], n) for n in (4, 8)] if seed % 2 else []
    return "manual.pdf", pdf(pages, outline=outline), writing.facts


def a_presentation(seed: int) -> Made:
    writing, deck, buffer = Writing(seed, "PP"), Presentation(), io.BytesIO()
    for n in range(1, 9):
        slide = deck.slides.add_slide(deck.slide_layouts[6 if n % 3 else 5])
        if n == 4:
            continue
        if not n % 3:
            slide.shapes.title.text = f"Part {n}"
        box = slide.shapes.add_textbox(Inches(1), Inches(2), Inches(8), Inches(3))
        box.text_frame.text = "\n".join(writing.around(3, page=n))
    deck.save(buffer)
    return "talk.pptx", buffer.getvalue(), writing.facts


def a_workbook(seed: int) -> Made:
    writing, book, buffer = Writing(seed, "XL"), Workbook(), io.BytesIO()
    book.remove(book.active)
    for name in ("Prices", "价格 表"):
        sheet = book.create_sheet(name)
        sheet.cell(2, 1, writing.fact(sheet=name, row=2))  # a caption, below an empty row
        at = 3
        for _ in range(3):  # tables, parted by empty rows
            sheet.append(["compound", "note"])
            for row in range(at + 1, at + writing.random.randint(3, 9)):
                sheet.append([writing.fact(sheet=name, row=row), " ".join(writing.filler(2))])
                at = row
            sheet.cell(at + 3, 1, "end")
            at += 4
        book.create_sheet(f"{name} empty")
    book.save(buffer)
    return "book.xlsx", buffer.getvalue(), writing.facts


def a_csv(seed: int) -> Made:
    writing, buffer = Writing(seed, "CS"), io.StringIO()
    rows = csv.writer(buffer)
    rows.writerow(["compound", "note"])
    for row in range(2, 40):
        odd = writing.random.random() < 0.2
        text = "" if odd else writing.fact(row=row)
        rows.writerow(["", ""] if odd else [text, "\n".join(writing.filler(3))])
    return "rows.csv", buffer.getvalue().encode(), writing.facts


def a_jsonl(seed: int) -> Made:
    writing = Writing(seed, "JL")
    odd = {5: "", 9: "no JSON", 12: "{}"}
    lines = [odd.get(row) or json.dumps({"text": " ".join(writing.around(3, row=row))}) for row in range(1, 20)]
    return "records.jsonl", "\n".join(lines).encode(), writing.facts


def a_letter(seed: int) -> Made:
    writing = Writing(seed, "EM")
    body = "\n\n".join(" ".join(writing.around(3)) for _ in range(6))
    return "letter.eml", f"Subject: Compounds\nFrom: a@example.com\n\n{body}\n".encode(), writing.facts


def a_faq(seed: int) -> Made:
    writing = Writing(seed, "FA")
    pairs = "".join(f"## What of part {n}?\n\n{' '.join(writing.around(3))}\n\n" for n in range(6))
    return "faq.md", pairs.encode(), writing.facts


def a_word_file(seed: int) -> Made:
    writing = Writing(seed, "WD")
    return "text.docx", docx("".join(paragraph(each) for each in writing.around(9))), writing.facts


MAKERS = (a_pdf, a_presentation, a_workbook, a_csv, a_jsonl, a_letter, a_faq, a_word_file)


@contextmanager
def opened(folder: Path, made: Sequence[Made], **sections: Any) -> Iterator[KnowledgeBase]:
    """A knowledge base of these files that answers whatever its confidence."""
    docs = folder / "docs"
    docs.mkdir()
    for name, content, _ in made:
        (docs / name).write_bytes(content)
    answer = {"confidence": 0} | sections.pop("answer", {})
    settings = Settings(
        rerank={"model": "none"},
        understand={"intent": "none"},
        answer=answer,
        diversity={"coverage": False},
        **sections,
    )
    with KnowledgeBase.open(folder / "kb", settings=settings, encoder=word_encoder()) as kb:
        assert kb.add(docs).failed == {}
        yield kb


def place_of(thing: Any) -> Place:
    return thing.page, thing.sheet, thing.row


def check(citation: Citation, document: Document) -> None:
    assert citation.quote == document.text[citation.start : citation.end] != ""
    assert place_of(citation) == place_of(mark_at(document.marks, citation.start))


def from_the_passage(body: dict[str, Any]) -> dict[str, Any]:
    """A model that says the fact it is asked for, and cites the passage that holds it."""
    asked = body["messages"][-1]["content"]
    code = re.findall(r"Compound (\S+)\?", asked)[-1]
    fact = re.search(rf"Compound {code} cures in \d+ hours", asked)
    assert fact
    number = re.findall(r"^\[(\d+)\]", asked[: fact.start()], re.MULTILINE)[-1]
    return {"content": f"{fact[0]} [{number}]."}


@pytest.mark.parametrize(
    ("seed", "size", "context"), [(1, 256, "neighbours"), (2, 64, "neighbours"), (3, 64, "section")]
)
def test_hits_sources_and_quotes_name_the_place_where_they_begin(
    tmp_path: Path, seed: int, size: int, context: str
) -> None:
    made = [maker(seed) for maker in MAKERS]
    answer = {"context": context, "budget": 400, "sources": 3}
    with opened(tmp_path, made, chunk={"size": size}, answer=answer) as kb:
        files = {name: loaded(content, name) for name, content, _ in made}
        exact: list[bool] = []
        for name, _, facts in made:
            for code, place in list(facts.items())[seed % 3 :: 3]:
                assert place_of(mark_at(files[name].marks, files[name].text.index(code))) == place, code
                trace = Trace()
                reply = kb.ask(f"How long does Compound {code} cure?", trace=trace)
                for hit in trace.hits:
                    marks = files[Path(hit.chunk.document).name].marks
                    assert place_of(hit.chunk) == place_of(mark_at(marks, hit.chunk.start))
                assert trace.assembled
                for source in trace.assembled.sources:
                    document = files[Path(source.document).name]
                    assert source.text == document.text[source.start : source.end]
                    assert place_of(source) == place_of(mark_at(document.marks, source.start))
                    assert source.last_page == mark_at(document.marks, source.end - 1).page
                for citation in reply.citations:
                    check(citation, files[Path(citation.document).name])
                quotes = [each for each in reply.citations if code in each.quote]
                assert quotes, code
                exact.append([place_of(each) for each in quotes] == [place])
        assert sum(exact) > 0.8 * len(exact), "most quotes begin where their fact stands"


@pytest.mark.parametrize(("seed", "size"), [(4, 256), (5, 64)])
def test_what_a_language_model_cites_names_the_place_of_the_words_that_prove_it(
    tmp_path: Path, seed: int, size: int
) -> None:
    made = [maker(seed) for maker in (a_pdf, a_presentation, a_workbook, a_csv, a_jsonl)]
    with llm_server(from_the_passage) as (url, _):
        llm = {"url": url, "model": "m", "retries": 0}
        with opened(tmp_path, made, chunk={"size": size}, answer={"sources": 2, "budget": 400}, llm=llm) as kb:
            files = {name: loaded(content, name) for name, content, _ in made}
            for name, _, facts in made:
                for code, place in list(facts.items())[::5]:
                    [citation] = kb.ask(f"How long does it take: Compound {code}?").citations
                    check(citation, files[name])
                    assert code in citation.quote
                    assert place_of(citation) == place


def test_a_function_reads_and_cites_from_the_page_where_its_stretch_begins(tmp_path: Path) -> None:
    name, content, facts = made = a_pdf(6)
    document = loaded(content, name)
    code, place = list(facts.items())[5]
    start = document.text.index(f"Compound {code}")
    told: list[str] = []

    def reply(body: dict[str, Any]) -> dict[str, Any]:
        message = body["messages"][-1]
        if message["role"] != "tool":
            stretch = {"document": document.id, "start": start, "end": start + 400}
            return {"tool_calls": [call("get_document_span", stretch)]}
        told.append(message["content"])
        return {"content": f"{document.text[start:].split('.')[0]} [{message['content'][1]}]."}

    tools = {"builtin": ["get_document_span"]}
    with llm_server(reply) as (url, _):
        llm = {"url": url, "model": "m", "retries": 0}
        with opened(tmp_path, [made], answer={"sources": 1, "budget": 100}, llm=llm, tools=tools) as kb:
            [citation] = kb.ask("How long does the first compound cure?").citations
    check(citation, document)
    assert place_of(citation) == place
    assert f"pages {place[0]}-{mark_at(document.marks, start + 399).page} (" in told[0]


def test_a_curated_answer_names_sheet_and_row_of_its_quote(tmp_path: Path) -> None:
    name, content, facts = made = a_workbook(7)
    code, place = list(facts.items())[-1]
    source = f"document = 'docs/{name}', quote = '{code}'"
    rule = f"[[rule]]\nname = 'it'\nwhen.any = 'cure'\nanswer = {{ text = 'Long.', expires = 9999-12-31, {source} }}\n"
    (tmp_path / "kb").mkdir()
    (tmp_path / "kb" / "rules.toml").write_text(rule, "utf-8")
    with opened(tmp_path, [made]) as kb:
        [citation] = kb.ask("How long does it cure?").citations
    check(citation, loaded(content, name))
    assert citation.quote == code
    assert place_of(citation) == place


def test_a_trace_keeps_the_place_of_a_source(tmp_path: Path) -> None:
    with opened(tmp_path, [a_pdf(8)], answer={"budget": 100}) as kb:
        trace = Trace()
        kb.ask("How long does Compound PD-104 cure?", trace=trace)
    assert trace.assembled
    kept = json.loads(json.dumps(trace.as_json()))["assemble"]["sources"]
    assert [(each["page"], each["sheet"], each["row"]) for each in kept] == list(map(place_of, trace.assembled.sources))
    assert kept[0]["page"] > 1
