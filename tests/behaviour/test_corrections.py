"""Random corrections among changes, moves and deletions of files: both legs find what a plain model says.

And kill -9 in between: what was acknowledged is there, and both legs agree.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from fakes import word_encoder
from wenyuan.engine import KnowledgeBase

NAMES = ["a.md", "b.md", "in/c.md"]
TOPICS = ["ant", "bee", "cat", "dog", "elk", "狐狸", "老虎"]
OTHERS = ["gnu", "hen", "熊猫"]  # words that only corrections have

names = st.sampled_from(NAMES)
topics = st.lists(st.sampled_from(TOPICS), unique=True, min_size=1, max_size=5)  # a heading alone is a passage


@dataclass
class Made:
    """What a person made of a passage."""

    disabled: bool = False
    text: str | None = None


class Corrections(RuleBasedStateMachine):
    """The model: the topics of each file that was taken in, and what was made of each of their passages."""

    def __init__(self) -> None:
        super().__init__()
        self.base = Path(tempfile.mkdtemp())
        self.docs = self.base / "docs"
        self.docs.mkdir()
        self.disk: dict[str, list[str]] = {}
        self.known: dict[str, list[str]] = {}
        self.made: dict[tuple[str, str], Made] = {}
        self.kb = self.open()

    def open(self) -> KnowledgeBase:
        return KnowledgeBase.open(self.base / "kb", encoder=word_encoder())

    @initialize(topics=topics)
    def begin(self, topics: list[str]) -> None:
        self.write("a.md", [*topics, "yak"])
        self.write("b.md", ["ant", "bee", "cat"])
        self.sync(reopen=False)

    @rule(name=names, topics=topics)
    def write(self, name: str, topics: list[str]) -> None:
        path = self.docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        parts = [f"## Part {n}\n\nAbout {topic} of {name[0]}." for n, topic in enumerate(topics)]
        path.write_text("\n\n".join(["# Words", *parts]), "utf-8")
        self.disk[name] = topics

    @precondition(lambda self: self.disk)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.disk)))
        (self.docs / name).unlink()
        del self.disk[name]

    @rule(reopen=st.booleans())
    def sync(self, reopen: bool) -> None:
        warnings = [*self.kb.add(self.docs).warnings, *self.kb.sync().warnings]
        for name, topic in self.made:
            if name in self.known and topic in self.known[name] and topic not in self.disk.get(name, []):
                assert any(warning.startswith(f"docs/{name}: ") for warning in warnings), "lost silently"
        self.known = dict(self.disk)
        if reopen:
            self.kb.close()
            self.kb = self.open()
        self.check()

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.known)))
        self.kb.delete(f"docs/{name}")
        del self.known[name]
        self.made = {place: made for place, made in self.made.items() if place[0] != name}
        self.check()

    @precondition(lambda self: any(self.known.values()))
    @rule(data=st.data(), disabled=st.sampled_from([None, True, False]), word=st.sampled_from([None, "", *OTHERS]))
    def correct(self, data: st.DataObject, disabled: bool | None, word: str | None) -> None:
        places = [(name, n) for name in sorted(self.known) for n in range(len(self.known[name]))]
        name, n = data.draw(st.sampled_from(places))
        passage = self.kb.passages(f"docs/{name}")[n]
        made = self.made.setdefault((name, self.known[name][n]), Made())
        given: dict[str, str | None] = {}
        if word is not None:
            made.text = given["text"] = f"Said of {word}." if word else None
        made.disabled = made.disabled if disabled is None else disabled
        self.kb.correct(passage.chunk.id, disabled=disabled, **given)
        if not made.disabled and made.text is None:
            del self.made[name, self.known[name][n]]
        self.check()

    @precondition(lambda self: self.made)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        name, topic = data.draw(st.sampled_from(sorted(self.made)))
        corrections = self.kb.corrections()
        mine = (each for each in corrections if (each.document, _topic(each.original)) == (f"docs/{name}", topic))
        self.kb.withdraw(next(mine).id)
        del self.made[name, topic]
        self.check()

    def check(self) -> None:
        """Both legs find what the model says; what waits is listed."""
        wanted = []
        for name, topics in self.known.items():
            for topic in topics:
                made = self.made.get((name, topic), Made())
                if not made.disabled:
                    wanted.append((f"docs/{name}", made.text or f"About {topic} of {name[0]}."))
        for leg, question in (("dense", "About Said"), ("bm25", "About Said")):
            hits = self.kb.search(question, 200, legs=(leg,)).hits
            found = {(hit.chunk.document, hit.chunk.text) for hit in hits}
            assert found <= {*wanted}, leg
        for word in [*TOPICS, *OTHERS]:
            hits = self.kb.search(word, 200, legs=("bm25",)).hits
            assert {hit.chunk.text for hit in hits} == {text for _, text in wanted if f" {word}" in text}
        listed = {(each.document[5:], _topic(each.original)): each for each in self.kb.corrections()}
        assert {place: Made(each.disabled, each.text) for place, each in listed.items()} == self.made
        assert {place for place, each in listed.items() if each.applied} == {
            (name, topic) for name, topic in self.made if topic in self.known.get(name, [])
        }
        for name in self.known:
            chunks = self.kb.chunks(f"docs/{name}")
            assert [chunk.text for chunk in chunks] == [text for document, text in wanted if document == f"docs/{name}"]
            for chunk in chunks:
                said = self.kb.read(chunk.document, chunk.start, chunk.end)
                assert said == (chunk.text if chunk.original is None else chunk.original)

    def teardown(self) -> None:
        faults = self.kb.check().problems
        self.kb.close()
        shutil.rmtree(self.base)
        assert faults == []


def _topic(original: str) -> str:
    return original.split()[1]


COMMON = settings(deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.timeout(300)
def test_a_few_histories() -> None:
    few = settings(COMMON, max_examples=2, stateful_step_count=12, derandomize=True)
    run_state_machine_as_test(Corrections, settings=few)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_many_histories() -> None:
    run_state_machine_as_test(Corrections, settings=settings(COMMON, max_examples=40, stateful_step_count=30))


def _write_without_end(base: Path, seed: int) -> None:
    """Correct passages, and say what was acknowledged, until killed."""
    dice = random.Random(seed)
    with KnowledgeBase.open(base / "kb", encoder=word_encoder()) as kb:
        passages = kb.passages("docs/a.md")
        print(json.dumps("open"), flush=True)
        for step in range(1_000_000):
            n, kind = dice.randrange(len(passages)), dice.choice(["disable", "enable", "text", "own", "reread"])
            print(json.dumps(["try", n, kind, step]), flush=True)
            match kind:
                case "disable" | "enable":
                    kb.correct(passages[n].chunk.id, disabled=kind == "disable")
                case "text" | "own":
                    kb.correct(passages[n].chunk.id, text=f"Said {step} all." if kind == "text" else None)
                case _:
                    os.utime(base / "docs" / "a.md", (step, step))
                    kb.sync()
            print(json.dumps(["done", n, kind, step]), flush=True)


def _follow(state: dict[int, Made], said: list) -> list[dict[int, Made]]:
    """The state that was acknowledged, and the one if the last step came through unacknowledged."""
    before = state
    for word, n, kind, step in said:
        made = state.get(n, Made())
        after = {
            "disable": Made(True, made.text), "enable": Made(False, made.text), "reread": made,
            "text": Made(made.disabled, f"Said {step} all."), "own": Made(made.disabled, None),
        }[kind]  # fmt: skip
        before, state = (state, {**state, n: after}) if word == "try" else (state, state)
    return [before, state] if said and said[-1][0] == "try" else [state]


def _killed(base: Path, seed: int, seconds: float) -> list:
    command = [sys.executable, __file__, str(base), str(seed)]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as child:
        assert child.stdout is not None
        assert child.stdout.readline(), "it did not open"
        time.sleep(seconds)
        child.kill()
        lines = child.stdout.read().splitlines()
    whole = lines if not lines or lines[-1].endswith("]") else lines[:-1]
    return [json.loads(line) for line in whole]


def _kill_again_and_again(base: Path, kills: int, seed: int) -> None:
    (base / "docs").mkdir()
    parts = [f"## Part {n}\n\nAbout topic{n} all." for n in range(6)]
    (base / "docs" / "a.md").write_text("# Words\n\n" + "\n\n".join(parts), "utf-8")
    with KnowledgeBase.open(base / "kb", encoder=word_encoder()) as kb:
        kb.add(base / "docs")
    state: dict[int, Made] = {}
    dice = random.Random(seed)
    for kill in range(kills):
        possible = _follow(state, _killed(base, seed + kill, dice.uniform(0.01, 0.6)))
        with KnowledgeBase.open(base / "kb", encoder=word_encoder()) as kb:
            assert kb.check().problems == []
            passages = kb.passages("docs/a.md")
            state = {n: Made(p.disabled, p.correction.text if p.correction else None) for n, p in enumerate(passages)}
            own = {n: Made() for n in range(6)}
            assert state in [{**own, **each} for each in possible]
            shown = {p.shown.text for p in passages if not p.disabled}
            for leg in ("bm25", "dense"):
                assert {hit.chunk.text for hit in kb.search("all", 50, legs=(leg,)).hits} == shown, leg


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_kill_in_between_loses_nothing(tmp_path: Path) -> None:
    _kill_again_and_again(tmp_path, 25, 7)


if __name__ == "__main__":
    _write_without_end(Path(sys.argv[1]), int(sys.argv[2]))
