"""Training runs over HTTP."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from running import Running
from wenyuan.training.config import TrainConfig
from wenyuan.training.loop.run_folder import RunFolder

RUNS = "/api/training-runs"


@pytest.fixture
def runs(server: Running) -> Path:
    return server.service.home.folder / "runs"


def begun(runs: Path, name: str) -> RunFolder:
    run = RunFolder(runs / name)
    run.begin(TrainConfig("reranker", "embed", runs / "train.jsonl", run.path), resume=False)
    run.append({"step": 20, "loss": 0.5})
    return run


def test_the_owner_sees_runs_and_their_curves(server: Running, runs: Path) -> None:
    owner = server.client()
    assert owner.get(RUNS).json() == {"training_runs": []}
    begun(runs, "first")
    begun(runs, "第二 v1.2").write_record({"steps": 20})
    (runs / "notes").mkdir()
    (runs / "notes.txt").write_text("x")
    assert {each["name"] for each in owner.get(RUNS).json()["training_runs"]} == {"first", "第二 v1.2"}
    run = owner.get(f"{RUNS}/第二 v1.2").json()
    assert (run["state"], run["kind"], run["step"]) == ("unfinished", "reranker", 20)
    assert (run["record"], run["curves"]) == ({"steps": 20}, {"loss": [[20, 0.5]]})


@pytest.mark.parametrize("name", ["nope", "notes", "..", "../runs/first", "%2e%2e%2fruns", "outside"])
def test_only_what_is_a_run_there_is_read(server: Running, runs: Path, tmp_path: Path, name: str) -> None:
    begun(runs, "first")
    (runs / "notes").mkdir()
    outside = begun(tmp_path, "elsewhere")
    (runs / "outside").symlink_to(outside.path, target_is_directory=True)
    path = name.replace("..", "%2E%2E").replace("/", "%2F")
    assert server.client().get(f"{RUNS}/{path}").status_code in (404, 405)


def test_one_that_cannot_be_read_hides_no_other(server: Running, runs: Path) -> None:
    begun(runs, "first")
    (begun(runs, "broken").path / "metrics.jsonl").write_text("x\n")
    found = {each["name"]: each for each in server.client().get(RUNS).json()["training_runs"]}
    assert found["first"]["error"] is None
    assert found["broken"]["error"]["code"] == "damaged"
    assert server.client().get(f"{RUNS}/broken").status_code == 503


def test_nobody_else_sees_them(server: Running, runs: Path) -> None:
    begun(runs, "first")
    admin: httpx.Client = server.client(server.key("admin"))
    for path in (RUNS, f"{RUNS}/first", f"{RUNS}/nope"):
        assert admin.get(path).status_code == 403
