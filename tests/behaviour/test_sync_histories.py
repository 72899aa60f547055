"""Random additions, changes, moves and deletions of files: what is found is what was taken in, nothing else."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

import memory
from fakes import word_encoder
from wenyuan.engine import KnowledgeBase

NAMES = ["a.md", "b.md", "in/c.md", "in/d.txt", "in/deep/e.md"]
TOPICS = ["ant", "bee", "cat", "dog", "elk", "狐狸", "老虎", "熊猫"]

names = st.sampled_from(NAMES)
topics = st.lists(st.sampled_from(TOPICS), min_size=1, max_size=4)


class Files(RuleBasedStateMachine):
    """The model is the files on disk (`disk`) and what of them was taken in (`known`), each name with its topics."""

    def __init__(self) -> None:
        super().__init__()
        self.base = Path(tempfile.mkdtemp(dir=memory.place))
        self.docs = self.base / "docs"
        self.docs.mkdir()
        self.disk: dict[str, frozenset[str]] = {}
        self.known: dict[str, frozenset[str]] = {}
        self.kb = self.open()

    def open(self) -> KnowledgeBase:
        return KnowledgeBase.open(self.base / "kb", encoder=word_encoder())

    @initialize(topics=topics)
    def begin(self, topics: list[str]) -> None:
        for name in NAMES[1:3]:
            self.write(name, topics)
        self.add()

    @rule(name=names, topics=topics)
    def write(self, name: str, topics: list[str]) -> None:
        path = self.docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n\n".join(f"## Part {n}\n\nAbout {topic}." for n, topic in enumerate(topics)), "utf-8")
        self.disk[name] = frozenset(topics)

    @precondition(lambda self: self.disk)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.disk)))
        (self.docs / name).unlink()
        del self.disk[name]

    @precondition(lambda self: self.disk)
    @rule(data=st.data(), new=names)
    def move(self, data: st.DataObject, new: str) -> None:
        old = data.draw(st.sampled_from(sorted(self.disk)))
        (self.docs / new).parent.mkdir(parents=True, exist_ok=True)
        (self.docs / old).rename(self.docs / new)
        self.disk[new] = self.disk.pop(old)

    @rule()
    def add(self) -> None:
        """What is gone stays known until the next sync."""
        self.kb.add(self.docs)
        self.known.update(self.disk)
        self.check()

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.known)))
        self.kb.delete(f"docs/{name}")
        del self.known[name]
        self.check()

    @rule(reopen=st.booleans())
    def sync(self, reopen: bool) -> None:
        before = set(self.known)
        report = self.kb.sync()
        self.known = dict(self.disk)
        came = {*report.added, *(new for _, new in report.moved)}
        went = {*report.deleted, *(old for old, _ in report.moved)}
        assert came == {f"docs/{name}" for name in set(self.disk) - before}
        assert went == {f"docs/{name}" for name in before - set(self.disk)}
        if reopen:
            self.kb.close()
            self.kb = self.open()
        self.check()

    def check(self) -> None:
        """What is found is what was taken in."""
        assert {info.id for info in self.kb.documents()} == {f"docs/{name}" for name in self.known}
        found = self.kb.search("About", 100, legs=("dense",)).hits
        assert {hit.chunk.document for hit in found} <= {f"docs/{name}" for name in self.known}
        for topic in TOPICS:
            hits = self.kb.search(topic, 100, legs=("bm25",)).hits
            assert all(topic in hit.chunk.text for hit in hits)
            holders = {f"docs/{name}" for name, topics in self.known.items() if topic in topics}
            assert {hit.chunk.document for hit in hits} <= holders, "a leaked chunk"
            assert bool(hits) == bool(holders)

    def teardown(self) -> None:
        faults = self.kb.check().problems
        self.kb.close()
        shutil.rmtree(self.base)
        assert faults == []


COMMON = settings(stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("examples", [4, pytest.param(40, marks=pytest.mark.slow)])
def test_whatever_happens_to_files(examples: int) -> None:
    run_state_machine_as_test(Files, settings=settings(COMMON, max_examples=examples))
