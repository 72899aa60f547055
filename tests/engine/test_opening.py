"""Opening a knowledge base: whose it is, what it was made with, what the settings name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fakes import word_encoder, write_policy
from wenyuan.engine import KnowledgeBase
from wenyuan.errors import Busy, Damaged, WrongModel, WrongUse
from wenyuan.settings import Settings, read_settings
from wenyuan.types import (
    Condition,
    Document,
    Draft,
    Prompt,
)
from wenyuan.weigh import FEATURES

from .house import House, ids


def test_a_second_process_is_told_who_is_first(house: House) -> None:
    script = """
import sys
from fakes import word_encoder
from wenyuan.engine import KnowledgeBase
from wenyuan.errors import Busy
try:
    KnowledgeBase.open(sys.argv[1], encoder=word_encoder())
except Busy as error:
    print(error)
    sys.exit(7)
"""
    command = [sys.executable, "-c", script, str(house.base / "kb")]
    path = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path})
    assert done.returncode == 7, done.stderr
    assert str(os.getpid()) in done.stdout
    with pytest.raises(Busy):
        house.open()


def test_another_model_is_refused_until_rebuilt(house: House) -> None:
    house.write("a.md", "# A\n\nalpha")
    house.kb.add(house.docs, metadata={"product": "X"})
    house.kb.close()
    other = word_encoder("other@2")
    with pytest.raises(WrongModel, match="sync --rebuild"):
        house.open(other)
    house.encoder = other
    house.kb = house.open(repair="all")
    assert house.kb.documents() == []
    assert house.kb.sync().added == ids("a.md")
    assert other.passages
    assert house.found("alpha", Condition("product", "eq", "X")) == ids("a.md")


def test_the_index_can_be_made_anew_without_encoding(house: House) -> None:
    house.write("a.md", "# A\n\nalpha")
    house.kb.add(house.docs)
    encoded = len(house.encoder.passages)
    house.reopen(repair="index")
    assert house.found("alpha") == ids("a.md")
    assert house.found("alpha", legs=("dense",)) == ids("a.md")
    assert len(house.encoder.passages) == encoded
    assert house.kb.check().problems == []


def test_without_create_a_missing_knowledge_base_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="wenyuan add"):
        KnowledgeBase.open(tmp_path / "absent", create=False, encoder=word_encoder())
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize(("llm", "named"), [({"url": "ftp://x"}, "ftp://x"), ({"model": ""}, "name of its model")])
def test_an_endpoint_that_cannot_be_asked_is_refused_when_it_is_opened(
    tmp_path: Path, llm: dict[str, str], named: str
) -> None:
    settings = Settings(llm={"url": "http://x/v1", "model": "m"} | llm, rerank={"model": "none"})
    with pytest.raises(WrongUse, match=named):
        KnowledgeBase.open(tmp_path / "kb", settings=settings, encoder=word_encoder())


def test_the_model_of_the_settings_is_looked_up_when_the_knowledge_base_opens(tmp_path, monkeypatch):
    monkeypatch.setenv("WENYUAN_RERANK__MODEL", "./nowhere/at-all")
    with pytest.raises(WrongUse, match="no model"):
        KnowledgeBase.open(tmp_path / "kb", settings=read_settings(tmp_path), encoder=word_encoder())


def open_kb(folder: Path, **fuse: object) -> KnowledgeBase:
    settings = Settings.model_validate({"fuse": fuse, "rerank": {"model": "none"}})
    return KnowledgeBase.open(folder / "kb", settings=settings, encoder=word_encoder())


def test_a_policy_for_another_encoder_leaves_the_fixed_weights(tmp_path: Path) -> None:
    with open_kb(tmp_path, policy=str(write_policy(tmp_path / "mine", encoder="other@1"))) as kb:
        kb.put([Document("a.md", "", "damp paper", "md", "", 0.0)])
        assert kb.policy is None
        assert kb.search("damp paper").hits[0].legs["dense"].weight == 0.5


def test_a_policy_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    mine = write_policy(tmp_path / "mine")
    with pytest.raises(WrongUse, match=r'set fuse.method = "weighted"'):
        open_kb(tmp_path, policy=str(mine), method="rrf")
    with pytest.raises(WrongUse, match=r'fuse.normalise = "minmax"'):
        open_kb(tmp_path, policy=str(mine), normalise="max")
    with pytest.raises(WrongModel, match="other features"):
        open_kb(tmp_path, policy=str(write_policy(tmp_path / "old", features=[*FEATURES[1:], "mood"])))
    with pytest.raises(WrongUse, match="There is no model"):
        open_kb(tmp_path, policy="nowhere")
    (mine / "policy.npz").unlink()
    with pytest.raises(Damaged, match="is missing"):
        open_kb(tmp_path, policy=str(mine))


def test_what_was_opened_is_closed_again_where_something_fails(tmp_path: Path) -> None:
    (tmp_path / "kb").mkdir()
    (tmp_path / "kb" / "rules.toml").write_text("[[rule]]\nname = 3\n")
    with pytest.raises(WrongUse, match="rules"):
        open_kb(tmp_path)
    (tmp_path / "kb" / "rules.toml").unlink()
    with pytest.raises(WrongUse, match="There is no model"):
        open_kb(tmp_path, policy="nowhere")
    open_kb(tmp_path).close()


def test_a_model_that_rewrites_must_be_named(tmp_path: Path) -> None:
    settings = Settings.model_validate({"understand": {"rewriter": "llm"}})
    with pytest.raises(WrongUse, match="needs a language model"):
        KnowledgeBase.open(tmp_path / "kb", settings=settings, encoder=word_encoder())


def test_what_the_caller_brings_takes_the_place_of_what_the_settings_name(tmp_path: Path) -> None:
    class Poet:
        def draft(self, prompt: Prompt) -> Draft:
            return Draft(prompt.context.sources[0].text, prompt.context.sources)

    settings = Settings.model_validate({"encoder": {"model": "nowhere"}, "llm": {"url": "http://127.0.0.1:9/v1"}})
    encoder = word_encoder("mine@1")
    with KnowledgeBase.open(tmp_path / "kb", settings=settings, encoder=encoder, generator=Poet()) as kb:
        assert kb.model == "mine@1"
        kb.put([Document("a.md", "", "A damp paper.", "md", "", 0.0)])
        assert "damp" in kb.ask("What is damp?", filter=None).text
