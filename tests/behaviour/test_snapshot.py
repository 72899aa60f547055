"""A question reads one moment: whoever writes and deletes meanwhile, every quote is the text at its place."""

from __future__ import annotations

import itertools
import re
import threading
from pathlib import Path

import pytest

from fakes import word_encoder
from wenyuan.engine import KnowledgeBase
from wenyuan.settings import Settings
from wenyuan.trace import Trace
from wenyuan.types import Decision, Document

TOPICS = ("pump", "valve", "filter", "滤芯", "保修")


def version(topic: str, n: int) -> Document:
    """The n-th state of a document: other sentences at other places, each with its number."""
    said = (
        f"The {topic} is checked every {n + 1} days by hand (v{n}). ",
        f"It costs {n} euros a year to keep the {topic} (v{n}). ",
        f"Ask before you open the {topic} (v{n}). ",
    )
    text = f"# {topic}\n\n" + "x " * n + "".join(said[n % 3 :] + said[: n % 3])
    return Document(f"{topic}.md", topic, text, "md", str(n), 0.0)


def settings() -> Settings:
    return Settings.model_validate({"rerank": {"model": "none"}, "answer": {"confidence": 0.0}})


class Disturbance:
    """Threads that write and delete until the block is left; what one of them raises is raised there."""

    def __init__(self, *work) -> None:
        self.rounds = [0] * len(work)
        self._work, self._stop, self._errors = work, threading.Event(), []
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(len(work))]

    def __enter__(self) -> Disturbance:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if self._errors:
            raise self._errors[0]

    def _run(self, n: int) -> None:
        try:
            while not self._stop.is_set():
                self._work[n](self.rounds[n])
                self.rounds[n] += 1
        except BaseException as error:
            self._errors.append(error)
            raise


def wrong_quotes(tmp_path: Path, quotes: int, rounds: int) -> list[str]:
    """What is wrong with this many quotes, asked for while at least so many rounds of writing and deleting went on.

    How often a question meets a document that is there depends on the machine, so the counts end the loop, not time.
    """
    wrong: list[str] = []
    quoted = 0
    with KnowledgeBase.open(tmp_path / "kb", settings=settings(), encoder=word_encoder()) as kb:
        kb.put(version(topic, 0) for topic in TOPICS)

        def write(n: int) -> None:
            kb.put([version(TOPICS[n % len(TOPICS)], n % 7)])

        def delete(n: int) -> None:
            topic = TOPICS[n % len(TOPICS)]
            kb.put([version(topic, n % 5)])
            kb.delete(f"{topic}.md")

        with Disturbance(write, delete) as disturbance:
            topics = itertools.cycle(TOPICS)
            while quoted < quotes or min(disturbance.rounds) < rounds:
                topic = next(topics)
                trace = Trace()
                answer = kb.ask(f"How often is the {topic} checked?", trace=trace)
                quoted += answer.decision is Decision.ANSWERED
                for citation in answer.citations:
                    states = set(re.findall(r"\(v(\d)\)", citation.quote))
                    text = version(citation.document.removesuffix(".md"), int(min(states, default="0"))).text
                    if len(states) != 1 or citation.quote != text[citation.start : citation.end]:
                        wrong.append(f"{citation} of {states}")
    return wrong


def test_quotes_are_right_while_documents_change_and_go(tmp_path: Path) -> None:
    assert wrong_quotes(tmp_path, quotes=100, rounds=10) == []


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_five_thousand_quotes_are_right(tmp_path: Path) -> None:
    assert wrong_quotes(tmp_path, quotes=5_000, rounds=100) == []
