"""Random adds, changes, moves, deletes, optimisations and reopenings against a model: no chunk is ever leaked."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

import memory
from archives import Now, change, dense, open_archive, search, sparse

NAMES = strategies.sampled_from([f"{folder}{name}.md" for folder in ("", "docs/", "docs/zh/") for name in "abc"])
TEXTS = strategies.lists(strategies.sampled_from([f"w{n} all" for n in range(12)]), unique=True, max_size=6)


class ArchiveMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=memory.place)
        self.kb = open_archive(Path(self.folder.name))
        self.expected: dict[str, list[str]] = {}
        self.version = 0

    @rule(name=NAMES, texts=TEXTS, time=strategies.integers(0, 3))
    def put(self, name, texts, time):
        self.version = self.kb.replace([change(name, texts, time=time, n=time)])
        self.expected[name] = texts

    @rule(batch=strategies.dictionaries(NAMES, TEXTS, min_size=2, max_size=4))
    def put_many(self, batch):
        self.version = self.kb.replace([change(name, texts) for name, texts in batch.items()])
        self.expected |= batch

    @precondition(lambda self: self.expected)
    @rule(data=strategies.data(), new=NAMES)
    def move(self, data, new):
        old = data.draw(strategies.sampled_from(sorted(self.expected)))
        texts = self.expected.pop(old)
        self.version = self.kb.replace([change(new, texts)], remove=[old])
        self.expected[new] = texts

    @rule(names=strategies.lists(NAMES, min_size=1, max_size=3))
    def delete(self, names):
        self.version = self.kb.remove(names)
        for name in names:
            self.expected.pop(name, None)

    @rule()
    def optimise(self):
        self.kb.optimise()

    @rule(repair=strategies.sampled_from([None, None, "index"]))
    def reopen(self, repair):
        self.kb.close()
        self.kb = open_archive(Path(self.folder.name), repair=repair)

    @invariant()
    def exactly_what_was_put_is_found(self):
        assert self.kb.version == self.version
        assert {info.id: info.chunks for info in self.kb.documents()} == {n: len(t) for n, t in self.expected.items()}
        wanted = sorted((name, text) for name, texts in self.expected.items() for text in texts)
        for leg, hits in search(self.kb, dense("all"), sparse("all"), 100).items():
            chunks = Now(self.kb).chunks([hit.chunk for hit in hits])
            assert sorted((chunks[hit.chunk].document, chunks[hit.chunk].text) for hit in hits) == wanted, leg
        assert self.kb.check() == []

    def teardown(self):
        self.kb.close()
        self.folder.cleanup()


COMMON = settings(deadline=None, suppress_health_check=list(HealthCheck))


def test_a_few_histories():
    run_state_machine_as_test(
        ArchiveMachine, settings=settings(COMMON, max_examples=2, stateful_step_count=10, derandomize=True)
    )


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_many_histories():
    run_state_machine_as_test(ArchiveMachine, settings=settings(COMMON, max_examples=60, stateful_step_count=20))
