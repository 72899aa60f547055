"""Judged questions asked of a knowledge base, with a stand-in for the encoder."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fakes import word_encoder, word_scorer, write_policy
from judged_sets import write_examples, write_set
from wenyuan.engine import KnowledgeBase
from wenyuan.engine.progress import Progress
from wenyuan.engine.way import Result
from wenyuan.errors import Busy, SourceError, WrongUse
from wenyuan.evaluate.beir import Judgements
from wenyuan.evaluate.judged import (
    Task,
    check_known,
    compare_rerankers,
    measure_and_report,
    measure_answers,
    measure_engine,
    open_corpus,
    opened,
    stages_of,
)
from wenyuan.evaluate.rerankers import Contender
from wenyuan.recall import LEGS, SUMMARY
from wenyuan.settings import Settings
from wenyuan.types import Document

N = 6
HOLDS = """
import sys
from pathlib import Path
from wenyuan.store.lock import Lock
held = Lock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache; models are those of `fakes`."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for module in ("wenyuan.engine.opening", "wenyuan.evaluate.judged"):
        monkeypatch.setattr(f"{module}.load_encoder", lambda name, threads: word_encoder())
    monkeypatch.setattr("wenyuan.engine.opening.load_late_interaction", lambda name, encoder: word_scorer(encoder))
    monkeypatch.setattr("wenyuan.evaluate.judged.models_of", lambda settings, task: [])
    return tmp_path / "cache" / "wenyuan" / "eval"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Questions whose words are in one document each."""
    texts = {f"d{n}": f"编号{n} token{n}" for n in range(N)}
    questions = {f"q{n}": f"token{n} 在哪？" for n in range(N)}
    return write_set(tmp_path / "set", texts, questions, {f"q{n}": {f"d{n}": 1} for n in range(N)})


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with KnowledgeBase.open(tmp_path / "kb") as base:
        base.put(Document(f"d{n}", "", f"编号{n} token{n}", "md", str(n), 0.0) for n in range(N))
        yield base


def test_every_question_is_asked_and_told_with_what_is_judged_for_it(data: Path) -> None:
    told: list[tuple[int, Result, dict[str, int]]] = []
    found = measure_engine(Task(data), "me", lambda n, result, grades: told.append((n, result, dict(grades))))
    assert (found["n"], found["command"], found["metrics"]["ndcg@10"]) == (N, "me", 1.0)
    assert [stage["name"] for stage in found["stages"]] == ["bm25", "dense", "fused"]
    assert {"start", "with models and index", "peak"} >= set(found["memory_mb"])
    assert [(n, grades) for n, _, grades in told] == [(n + 1, {f"d{n}": 1}) for n in range(N)]
    assert all(result.hits[0].chunk.document == f"d{n - 1}" for n, result, _ in told)


def test_without_anybody_to_tell_only_the_whole_is_measured(data: Path) -> None:
    found = measure_engine(Task(data, limit=2), "me")
    assert ("stages" in found, found["n"]) == (False, 2)


def test_a_report_and_an_earlier_run_go_with_the_figures(data: Path, tmp_path: Path) -> None:
    asked: list[tuple[int, int]] = []
    task, report = Task(data, legs=("bm25",)), tmp_path / "report"
    done = measure_and_report(
        task,
        "me",
        report,
        shape=lambda result, grades: {"hits": len(result.hits), "judged": [*grades]},
        on_question=lambda *progress: asked.append(progress),
    )
    assert (done.page, done.against) == (report / "index.html", None)
    assert asked == [(n, N) for n in range(1, N + 1)]
    assert json.loads((report / "traces" / "1.json").read_text("utf-8"))["judged"] == ["d0"]
    again = measure_and_report(task, "me", earlier=report / "run.json", shape=lambda result, grades: {})
    assert again.page is None
    assert again.against is not None
    assert (again.against.n, again.against.wins, again.against.losses) == (N, 0, 0)
    assert again.record["against"]["ties"] == N


def test_a_report_and_an_earlier_run_are_looked_at_before_anything_is_measured(data: Path, tmp_path: Path) -> None:
    def never(n: int, of: int) -> None:
        raise AssertionError

    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").touch()
    for places in ({"report": tmp_path / "mine"}, {"earlier": tmp_path / "none.json"}):
        with pytest.raises(WrongUse):
            measure_and_report(Task(data), "me", **places, shape=lambda result, grades: {}, on_question=never)


def test_a_corpus_is_made_once_for_a_model_and_its_settings(data: Path, cache: Path) -> None:
    for settings in (Settings(), Settings(), Settings.model_validate({"chunk": {"size": 64}})):
        with open_corpus(data, settings) as base:
            assert len(base.documents()) == N
    assert len(list(cache.iterdir())) == 2


def test_a_corpus_is_found_again_by_its_content_whatever_it_is_called(data: Path, cache: Path) -> None:
    open_corpus(data, Settings()).close()
    [folder] = cache.iterdir()
    steps: list[Progress] = []
    open_corpus(data.rename(data.with_name("other")), Settings(), steps.append).close()
    assert ([*cache.iterdir()], steps) == ([folder], [])
    before = folder.rename(folder.with_name(f"set-{folder.name}"))  # as caches were called before
    open_corpus(data.with_name("other"), Settings(), steps.append).close()
    assert ([*cache.iterdir()], steps) == ([before], [])


def test_a_corpus_that_was_left_half_made_is_taken_up(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Cut(Exception):
        pass

    def cut(step: Progress) -> None:
        steps.append(step)
        if step.done == 4:
            raise Cut

    steps: list[Progress] = []
    monkeypatch.setattr("wenyuan.engine.ingest.GROUP_CHUNKS", 2)
    with pytest.raises(Cut):
        open_corpus(data, Settings(), cut)
    with open_corpus(data, Settings(), steps.append) as base:
        assert len(base.documents()) == N
    assert [(step.done, step.total) for step in steps] == [(0, N), (2, N), (4, N), (0, N - 4), (N - 4, N - 4)]


def test_a_corpus_that_another_process_has_open_is_waited_for(data: Path, cache: Path, monkeypatch, caplog) -> None:
    open_corpus(data, Settings()).close()
    [folder] = cache.iterdir()
    command = [sys.executable, "-c", HOLDS, str(folder / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        pauses: list[float] = []

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 2:
                other.communicate()  # let it end

        monkeypatch.setattr("wenyuan.evaluate.judged.time.sleep", pause)
        with open_corpus(data, Settings()) as base:
            assert len(base.documents()) == N
    assert len(pauses) == 2
    assert caplog.messages == [f"Process {other.pid} works with the same corpus; this one waits for its end."]


def test_a_corpus_that_this_process_has_open_itself_is_not_waited_for(data: Path) -> None:
    with open_corpus(data, Settings()), pytest.raises(Busy):
        open_corpus(data, Settings())


def test_questions_without_a_corpus_need_a_knowledge_base(tmp_path: Path, data: Path) -> None:
    (data / "corpus.jsonl").unlink()
    with pytest.raises(WrongUse, match=r"set has no corpus\.jsonl: .* --kb"):
        opened(data, None)
    KnowledgeBase.open(tmp_path / "kb").close()
    with opened(data, tmp_path / "kb") as base:
        assert base.documents() == []


def test_what_is_judged_must_be_there(kb: KnowledgeBase) -> None:
    check_known(kb, Judgements({"q": "x"}, {"q": {"d1": 1, "gone": 1}}), Path("kb"))
    with pytest.raises(WrongUse, match="No document that is judged is in kb"):
        check_known(kb, Judgements({"q": "x"}, {"q": {"gone": 1}}), Path("kb"))


@pytest.mark.parametrize(
    ("settings", "task", "stages"),
    [
        ({}, {"legs": ("bm25",)}, ["bm25"]),
        ({}, {}, ["bm25", "dense", "fused"]),
        ({"rerank": {"coarse": 0.5, "model": "none"}}, {}, ["bm25", "dense", "fused", "+ coarse"]),
        ({"rerank": {"coarse": 0.5, "model": "none"}}, {"rerank": False}, ["bm25", "dense", "fused"]),
        ({"rerank": {"model": "rerank"}}, {}, ["bm25", "dense", "fused", "+ fine"]),
        ({"rerank": {"model": "rerank"}}, {"legs": ("bm25",)}, ["bm25"]),
        ({"rerank": {"model": "rerank"}}, {"legs": ("bm25",), "rerank": True}, ["bm25", "+ fine"]),
        ({"diversity": {"per_document": 1}}, {}, ["bm25", "dense", "fused", "+ diversity"]),
        ({"recall": {"summaries": True}}, {}, ["bm25", "dense", SUMMARY, "fused", "+ summaries"]),
    ],
)
def test_stages_are_those_that_the_settings_have(tmp_path: Path, settings, task, stages, monkeypatch) -> None:
    monkeypatch.delenv("WENYUAN_RERANK__MODEL", raising=False)
    made = Settings.model_validate({"rerank": {"model": "none"}} | settings)
    with KnowledgeBase.open(tmp_path / "kb", settings=made, encoder=word_encoder()) as base:
        found = stages_of(base, Task(tmp_path, **{"legs": LEGS} | task), ["Where?"])
        assert sorted(found) == sorted(stages)
        assert list(found)[-1] == stages[-1]


def test_a_policy_of_the_weights_and_a_comparison_are_stages_of_their_own(tmp_path: Path) -> None:
    policy = str(write_policy(tmp_path / "mine"))
    settings = Settings.model_validate({"fuse": {"policy": policy}, "rerank": {"model": "none"}})
    with KnowledgeBase.open(tmp_path / "kb", settings=settings, encoder=word_encoder()) as base:
        found = stages_of(base, Task(tmp_path, legs=("bm25", "dense")), ["A和B有什么区别？"])
        assert list(found)[-3:] == ["fused", "fused per query", "+ diversity"]


class Backwards:
    """A reranker that likes least what has the question's first word in it."""

    id, max_tokens = "backwards@1", 512

    def score(self, query: str, passages: list[str]) -> np.ndarray:
        return np.array([-float(query.split(maxsplit=1)[0] in passage) for passage in passages], np.float32)

    def truncated(self) -> int:
        return 0


def test_rerankers_are_compared_over_the_same_hits(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wenyuan.evaluate.judged.contender", lambda name, *_: Contender(name, Backwards, 0.0))
    asked: list[tuple[int, int]] = []
    found = compare_rerankers(["backwards"], data, depth=3, on_question=lambda *progress: asked.append(progress))
    assert [row.model for row in found.rows] == ["first stage", "backwards"]
    assert asked == 2 * [(n, N) for n in range(1, N + 1)], "the first stage, then the reranker"


def example(n: int, **change: object) -> dict[str, object]:
    """Asks for the n-th document in its own words."""
    words = {"question": f"编号{n} token{n}", "evidence": f"token{n}", "start": 4}
    return {"id": f"q{n}", "passage": f"d{n}", "unanswerable": "Who invented this machine?"} | words | change


def test_answers_are_quoted_whatever_the_settings_say(data: Path, tmp_path: Path, monkeypatch) -> None:
    for name, value in {"URL": "http://127.0.0.1:9/v1", "MODEL": "none", "EXTRACTIVE": "false"}.items():
        monkeypatch.setenv(f"WENYUAN_LLM__{name}", value)
    file = write_examples(tmp_path / "asked.jsonl", (example(n) for n in range(N)))
    told: list[tuple[int, int]] = []
    made = measure_answers(Task(data, limit=4), file, "me", on_question=lambda *progress: told.append(progress)).record
    assert (made["n"], made["evidence"], made["right_document"], made["declined"]) == (4, 1.0, 1.0, 1.0)
    assert (made["command"], made["data"], made["models"]) == ("me", "set", [])
    assert told == [(n, 8) for n in range(1, 9)]


def test_documents_that_any_judgement_calls_right_are_right(data: Path, tmp_path: Path) -> None:
    file = write_examples(tmp_path / "asked.jsonl", [example(1, question="编号2 token2")])
    assert measure_answers(Task(data), file, "me").record["right_document"] == 0
    for name, graded in {"train": "d2\t2", "twins": "d3\t1"}.items():
        (data / "qrels" / f"{name}.tsv").write_text(f"query-id\tcorpus-id\tscore\nq1\t{graded}", "utf-8")
    found = measure_answers(Task(data), file, "me").record
    assert (found["right_document"], found["evidence"]) == (1, 0), "the evidence is in the passage alone"
    assert measure_answers(Task(data, qrels=Path("test.tsv")), file, "me").record["right_document"] == 0


def test_answers_of_a_knowledge_base(data: Path, tmp_path: Path) -> None:
    with KnowledgeBase.open(tmp_path / "kb") as kb:
        kb.put([Document("d3", "", "编号3 token3", "md", "3", 0.0)])
    (data / "corpus.jsonl").unlink()
    file = write_examples(tmp_path / "asked.jsonl", [example(3)])
    assert measure_answers(Task(data, tmp_path / "kb"), file, "me").record["evidence"] == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"passage": "gone"}, "there is no document 'gone'; name documents by their ids."),
        ({"start": 3}, "'evidence' is not what stands there in 'd1'; mend or remove it."),
    ],
)
def test_evidence_must_stand_where_it_says(data: Path, tmp_path: Path, change, said: str) -> None:
    file = write_examples(tmp_path / "asked.jsonl", [example(0), example(1, **change)])
    with pytest.raises(SourceError, match=r"asked\.jsonl, line 2: ") as caught:
        measure_answers(Task(data), file, "me")
    assert str(caught.value).endswith(said)
