"""Measuring a knowledge base that others use meanwhile: it is borrowed for one question at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from wenyuan.engine import KnowledgeBase
from wenyuan.engine.way import Result
from wenyuan.errors import WrongUse
from wenyuan.evaluate.answers import ask_cases
from wenyuan.evaluate.answers_page import answers_page
from wenyuan.evaluate.judged import Task, models_of, ranking, stages_of
from wenyuan.evaluate.question_set import AskedQuestion, cases, grades, judgements
from wenyuan.evaluate.record import Against, Record, against, answers_against, answers_record, record
from wenyuan.evaluate.report import page, scripts
from wenyuan.evaluate.run import OnQuestion, evaluate
from wenyuan.rules import FILE_NAME as RULES_FILE
from wenyuan.types import Answer

Lend = Callable[[], AbstractContextManager[KnowledgeBase]]
"""Lends the knowledge base; it may be another object each time, of other settings, too."""

Measure = Literal["answers", "search"]
"""What is measured: what `ask` quotes, or where `search` ranks the right documents, stage by stage."""


@dataclass(slots=True)
class Watched:
    """What a knowledge base was at each question; figures of one that changed meanwhile are those of neither state."""

    lend: Lend
    states: list[object] = field(default_factory=list)

    def ask(self, question: str) -> Answer:
        """The answer, quoted, whatever the settings say."""
        with self.lend() as base:
            self._note(base)
            return base.quoting().ask(question)

    def search(self, task: Task, stage: str, question: str) -> Result:
        """What a search finds up to a stage; one that does nothing to this question is as the last that does."""
        with self.lend() as base:
            self._note(base)
            stages = stages_of(base, task, [question])
            return (stages.get(stage) or list(stages.values())[-1])(question)

    @property
    def changed(self) -> bool:
        """Whether documents, settings or rules changed between the first question and the last."""
        return any(state != self.states[0] for state in self.states)

    def _note(self, base: KnowledgeBase) -> None:
        rules = base.folder / RULES_FILE
        text = rules.read_bytes() if rules.is_file() else b""
        state = (base.version, base.settings.model_dump_json(), text)
        if not self.states or state != self.states[-1]:
            self.states.append(state)


@dataclass(frozen=True, slots=True)
class Asked:
    """A set of questions, what sentences call it, and the words that a run is repeated with."""

    questions: Sequence[AskedQuestion]
    path: Path
    command: str
    kb: str


def measure_lent(lend: Lend, asked: Asked, measure: Measure, on_question: OnQuestion) -> dict[str, Any]:
    """The record of a run, as `answers_record` or `record` makes it, and whether the knowledge base changed meanwhile.

    Raises:
        SourceError: as `cases` and `judgements`.
    """
    watched = Watched(lend)
    with lend() as base:
        models = models_of(base.settings, Task(asked.path))
    work = _answers if measure == "answers" else _search
    made = work(watched, asked, on_question)
    return made | {"models": models, "measure": measure, "changed": watched.changed}


def page_of(made: Record) -> tuple[str, list[str]]:
    """The page of a record that `measure_lent` made, as `wenyuan eval --report` writes it, and the scripts in it."""
    if made["measure"] == "answers":
        return answers_page(made), scripts("answers.html.jinja")
    return page(made), scripts("report.html.jinja")


def compared(made: Record, earlier: Record, run: str) -> Against:
    """Such a record beside that of an earlier run, whose name is `run`.

    Raises:
        WrongUse: they measured different things, or were asked no question in common.
    """
    if made["measure"] != earlier["measure"]:
        raise WrongUse(f"{run} measured {earlier['measure']}, and this run {made['measure']}: compare like with like.")
    return (answers_against if made["measure"] == "answers" else against)(made, earlier, run)


def _answers(watched: Watched, asked: Asked, on_question: OnQuestion) -> dict[str, Any]:
    with watched.lend() as base:

        def text_of(document: str) -> str | None:
            return base.document(document).text if base.has(document) else None

        examples = cases(asked.questions, text_of, asked.path)
        base.quoting().ask(asked.kb)  # loading the models is nobody's question
    outcomes = ask_cases(examples, watched.ask, grades(asked.questions), on_question)
    return answers_record(asked.kb, asked.path.stem, outcomes, asked.command)


def _search(watched: Watched, asked: Asked, on_question: OnQuestion) -> dict[str, Any]:
    judged, task = judgements(asked.questions, asked.path), Task(asked.path)
    with watched.lend() as base:
        stages = list(stages_of(base, task, judged.queries.values()))
        base.search(asked.kb, 1)  # loading the models is nobody's question
    n, all_ = len(judged.queries), len(stages) * len(judged.queries)
    found = {}
    for before, stage in enumerate(stages):
        with watched.lend() as base:
            base.forget_questions()  # the stage before asked the same ones

        def ask(question: str, stage: str = stage) -> Result:
            return watched.search(task, stage, question)

        def told(done: int, _: int, before: int = before * n) -> None:
            on_question(before + done, all_)

        found[stage] = evaluate(asked.kb, judged, ranking(ask), told)
    return record(found, asked.command)
