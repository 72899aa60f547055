"""Training runs: listed, their curves read by pointer, keys and table, and what is said where there is none."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from running import Running
from wenyuan.training.config import TrainConfig
from wenyuan.training.loop.run_folder import RunFolder

from .signing import sign_in
from .visit import LOOKS, Look, Visit, Visiting, expect, looks

NAME = {"zh": "重排 第二轮", "en": "reranker v1.2"}


@pytest.fixture
def runs(server: Running) -> Iterator[Path]:
    """Where the runs of the server lie; empty afterwards, as it was before."""
    folder = server.service.home.folder / "runs"
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def begun(runs: Path, name: str) -> RunFolder:
    """A run of a reranker that has logged its loss at three steps and one figure of the dev set."""
    run = RunFolder(runs / name)
    run.begin(TrainConfig("reranker", "embed", runs / "train.jsonl", run.path), resume=False)
    for step, loss in ((20, 0.75), (40, 0.5), (60, 0.25)):
        run.append({"step": step, "loss": loss})
    run.append({"step": 60, "dev mrr": 0.875})
    return run


@looks(LOOKS[1])
def test_the_curves_of_a_run_are_read(visit: Visit, runs: Path) -> None:
    name, words = NAME[visit.look.language], visit.words
    begun(runs, name).write_record({"steps": 60, "model": {"parameters": 118_000_000}})
    visit.open("/training")
    expect(visit.page.get_by_text(f"{words('training.kinds.reranker')} ·")).to_be_visible()
    visit.page.get_by_role("link", name=name, exact=True).click()
    expect(visit.page.get_by_role("heading", level=1, name=name, exact=True)).to_be_visible()
    loss = visit.page.get_by_role("region", name="loss", exact=True)
    curve = loss.get_by_role("slider", name=words("training.curveOf", "loss"))
    expect(loss.get_by_text(words("training.reading", 60, 0.25))).to_be_visible()
    curve.focus()
    curve.press("ArrowLeft")
    expect(loss.get_by_text(words("training.reading", 40, 0.5))).to_be_visible()
    expect(curve).to_have_attribute("aria-valuetext", words("training.reading", 40, 0.5))
    curve.press("Home")
    expect(loss.get_by_text(words("training.reading", 20, 0.75))).to_be_visible()
    curve.hover(position={"x": 5, "y": 20})
    expect(loss.get_by_text(words("training.reading", 20, 0.75))).to_be_visible()
    loss.get_by_text(words("training.table"), exact=True).click()
    rows = loss.get_by_role("table").get_by_role("row")
    assert [" ".join(row.split()) for row in rows.all_inner_texts()[1:]] == ["20 0.75", "40 0.5", "60 0.25"]
    expect(visit.page.get_by_role("row").filter(has_text="model.parameters")).to_contain_text("118000000")
    assert visit.overflow() <= 0
    visit.page.reload()
    expect(visit.page.get_by_role("region", name="dev mrr", exact=True)).to_be_visible()
    visit.page.go_back()
    expect(visit.page.get_by_role("heading", level=1, name=words("training.title"))).to_be_visible()


@looks(LOOKS[0])
def test_a_run_that_cannot_be_read_hides_no_other(visit: Visit, runs: Path) -> None:
    visit.allow(r"status of 404")
    visit.open("/training")
    expect(visit.page.get_by_text(visit.words("training.none"))).to_be_visible()
    begun(runs, "first")
    (begun(runs, "broken").path / "metrics.jsonl").write_text("x\n", "utf-8")
    visit.page.reload()
    expect(visit.page.get_by_role("link", name="first", exact=True)).to_be_visible()
    expect(visit.page.get_by_text(visit.words("training.states.unreadable"), exact=True)).to_be_visible()
    told = visit.page.get_by_role("main").get_by_text("metrics.jsonl")
    expect(told).to_be_visible()
    assert any("\u4e00" <= sign <= "\u9fff" for sign in told.inner_text()) == (visit.look.language == "zh")
    visit.open("/training/first")
    expect(visit.page.get_by_text(visit.words("training.noRecord"))).to_be_visible()
    expect(visit.page.get_by_text(visit.words("training.states.unfinished"), exact=True)).to_be_visible()
    visit.open("/training/no-such-run")
    expect(visit.page.get_by_role("alert")).to_be_visible()
    visit.link("training.all").click()
    expect(visit.page.get_by_role("link", name="first", exact=True)).to_be_visible()


@looks(LOOKS[0])
def test_only_the_owner_of_the_folder_sees_them(visiting: Visiting, keyed: Running, look: Look) -> None:
    visit = visiting(keyed, look)
    visit.allow(r"status of 403")
    visit.open("/training")
    sign_in(visit, keyed.key("admin"))
    expect(visit.page.get_by_role("alert")).to_be_visible()
    expect(visit.link("shell.pages.keys")).to_be_visible()
    expect(visit.link("shell.pages.training")).to_have_count(0)
