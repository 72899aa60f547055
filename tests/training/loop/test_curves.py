"""The curves of a run folder, read off its own files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wenyuan.errors import Damaged
from wenyuan.training.config import TrainConfig
from wenyuan.training.loop.curves import curves, is_run, record, summary
from wenyuan.training.loop.run_folder import RunFolder


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    made = RunFolder(tmp_path / "e5-0.1")
    made.begin(TrainConfig("reader", "embed", tmp_path / "train.jsonl", made.path), resume=False)
    return made


def test_each_key_of_the_log_is_a_series_by_steps(run: RunFolder) -> None:
    run.append({"step": 20, "loss": 0.5, "grad_norm": None})
    run.append({"step": 40, "loss": 0.25, "grad_norm": 1.5})
    run.append({"step": 40, "dev_ndcg@10": 0.75, "score_spread": float("nan")})
    assert curves(run.path) == {
        "loss": [(20, 0.5), (40, 0.25)],
        "grad_norm": [(40, 1.5)],
        "dev_ndcg@10": [(40, 0.75)],
    }


def test_a_run_says_how_it_stands(run: RunFolder) -> None:
    assert is_run(run.path)
    assert not is_run(run.path.parent)
    begun = summary(run.path)
    assert (begun.name, begun.state, begun.kind, begun.step) == ("e5-0.1", "unfinished", "reader", 0)
    assert record(run.path) is None
    run.append({"step": 20, "loss": 0.5})
    run.model.mkdir()
    run.write_record({"steps": 20})
    done = summary(run.path)
    assert (done.state, done.step, done.changed >= done.started) == ("done", 20, True)
    assert record(run.path) == {"steps": 20}


def test_what_a_kill_cut_short_and_what_another_version_wrote_hides_nothing(run: RunFolder) -> None:
    run.append({"step": 1, "loss": 2.0})
    with (run.path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 2, "lo')
    assert curves(run.path) == {"loss": [(1, 2.0)]}
    for text, kind in (("task: reranker\nnew: 1\n", "reranker"), ("[", None), ("- 1\n", None), ("task: 1\n", None)):
        (run.path / "config.yaml").write_text(text)
        assert summary(run.path).kind == kind


@pytest.mark.parametrize("line", ["{}\n", "[1]\n", "x\n", '{"step": "a"}\n'])
def test_a_log_that_is_none_is_told(run: RunFolder, line: str) -> None:
    (run.path / "metrics.jsonl").write_text(line)
    for read in (curves, summary):
        with pytest.raises(Damaged, match=r"metrics\.jsonl is no log"):
            read(run.path)


def test_stages_that_have_folders_of_their_own_are_told_apart(run: RunFolder) -> None:
    for n in (1, 2):
        stage = RunFolder(run.path / f"stage-{n}")
        stage.path.mkdir()
        stage.append({"step": n, "loss": 1.0 / n})
    assert curves(run.path) == {"stage-1 loss": [(1, 1.0)], "stage-2 loss": [(2, 0.5)]}


def test_a_long_log_is_thinned_out_and_keeps_its_end(run: RunFolder) -> None:
    lines = [json.dumps({"step": n, "loss": 1 / n}) + "\n" for n in range(1, 9_001)]
    (run.path / "metrics.jsonl").write_text("".join(lines))
    points = curves(run.path)["loss"]
    assert 1_000 < len(points) <= 2_000
    assert points[-1] == (9_000, 1 / 9_000)
    assert [step for step, _ in points] == sorted({step for step, _ in points})
