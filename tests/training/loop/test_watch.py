"""What a run tells: progress, lines of metrics, dev metrics, the alarm for a collapsed model."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")
pytest.importorskip("transformers")

from wenyuan.training.loop.run_folder import RunFolder  # noqa: E402
from wenyuan.training.loop.trainer import open_reranker  # noqa: E402
from wenyuan.training.loop.watch import DevJudge, LiveScorer, Recorder, RunProgress, logits  # noqa: E402


class Model:
    """Scores passages by their lengths, times `scale`."""

    device = torch.device("cpu")

    def __init__(self, scale: float) -> None:
        self.scale = scale


def score(model, query, passages):
    return np.array([len(passage) for passage in passages]) * model.scale


def state(step: int, main: bool = True) -> SimpleNamespace:
    return SimpleNamespace(global_step=step, max_steps=10, is_world_process_zero=main)


@pytest.fixture
def told() -> list[RunProgress]:
    return []


@pytest.fixture
def recorder(tmp_path, told) -> Recorder:
    (tmp_path / "run").mkdir()
    return Recorder(RunFolder(tmp_path / "run"), told.append)


def test_what_is_logged_is_a_line_and_what_is_no_number_is_null(recorder, told):
    recorder.on_log(None, state(5), None, logs={"loss": math.nan, "grad_norm": math.inf, "learning_rate": 0.5})
    recorder.on_log(None, state(10), None, logs={"train_runtime": 3.0})
    recorder.on_log(None, state(10, main=False), None, logs={"loss": 1.0})
    assert recorder.run.metrics() == [{"step": 5, "loss": None, "grad_norm": None, "learning_rate": 0.5}]
    [step] = told
    assert (step.step, step.steps, step.metrics["learning_rate"], step.note) == (5, 10, 0.5, "")


def test_every_step_is_told(recorder, told):
    recorder.on_step_end(None, state(3), None)
    assert told == [RunProgress(3, 10)]
    assert recorder.run.metrics() == []


def test_a_scorer_remembers_how_far_apart_scores_were_until_it_is_asked():
    scorer = LiveScorer(Model(1.0), score, bf16=False)
    assert scorer.score("q", ["a", "abc"]).tolist() == [1, 3]
    assert scorer.score("q", ["a"]).dtype == np.float32
    assert scorer.spread() == 1.0, "one passage alone is not compared"
    assert math.isnan(scorer.spread())


def watch(recorder: Recorder, scale: float, every: int = 4) -> DevJudge:
    def judge(scorer):
        return {"first": float(scorer.score("q", ["a", "abc"]).argmax())}

    return DevJudge(judge, LiveScorer(Model(scale), score, bf16=False), recorder, every)


def test_it_is_judged_at_times_and_at_the_end_by_the_first_process(recorder):
    judged = watch(recorder, 1.0)
    for step in range(1, 11):
        judged.on_step_end(None, state(step, main=step != 4), None)
    lines = recorder.run.metrics()
    assert [line["step"] for line in lines] == [8, 10]
    assert lines[-1] == {"step": 10, "dev_first": 1.0, "score_spread": 1.0}
    assert judged.last == {"dev_first": 1.0, "score_spread": 1.0}
    assert judged.warnings == []


def test_scores_that_hardly_differ_are_an_alarm(recorder, told):
    judged = watch(recorder, 1e-9)
    judged.measure(4, 10)
    [warning] = judged.warnings
    assert warning.startswith("At step 4 all passages of a query score nearly the same (spread 0.0000)")
    assert told[-1].note == warning


def test_logits_are_what_the_network_says_without_a_sigmoid(config):
    model = open_reranker(config, "cpu")
    found = logits(model, "what is red", ["is red", "is blue", "is green"])
    pairs = model.tokenizer(["what is red"] * 3, ["is red", "is blue", "is green"], padding=True, return_tensors="pt")
    with torch.no_grad():
        expected = model.model.eval()(**pairs).logits.squeeze(-1)
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-5)
