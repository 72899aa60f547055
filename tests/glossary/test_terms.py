"""The shipped glossary, and what is no glossary."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from wenyuan.errors import Damaged, WrongModel
from wenyuan.glossary import TermGlossary, load_glossary
from wenyuan.glossary.terms import TERMS, write_terms
from wenyuan.models import locate
from wenyuan.models.artefact import sha256


@pytest.fixture(scope="module")
def shipped() -> TermGlossary:
    return load_glossary("glossary")


@pytest.mark.parametrize(
    ("word", "terms"),
    [("集群", ["cluster"]), ("重置", ["reset"]), ("密码", ["password"]), ("发票", ["invoic"]), ("退货", ["return"]),
     ("invoice", ["发票"]), ("firmware", ["固件"]), ("warranty", ["保修"]), ("Deployments", ["部署"])],
)  # fmt: skip
def test_words_of_manuals_and_of_every_day_are_known_both_ways(
    shipped: TermGlossary, word: str, terms: list[str]
) -> None:
    found = shipped.translations(word)
    assert set(terms) <= found.keys()
    assert all(0 < weight <= 1 for weight in found.values())


@pytest.mark.parametrize("text", ["", "？！", "PPR-9087", "的了吗"])
def test_what_has_no_translation_has_none(shipped: TermGlossary, text: str) -> None:
    assert not shipped.translations(text)


def test_it_is_named_by_its_content(shipped: TermGlossary) -> None:
    assert shipped.id.startswith("glossary@")
    assert shipped.artefact.card.licence == "CC BY-SA 4.0"


def made(folder: Path, content: bytes, **card: str) -> str:
    shutil.copytree(locate("glossary").folder, folder)
    (folder / TERMS).write_bytes(content)
    replace(locate("glossary").card, files={TERMS: sha256(folder / TERMS)}, **card).write(folder)
    return str(folder)


def test_terms_are_read_as_they_were_written(tmp_path: Path) -> None:
    terms = {"阀": {"valv": 0.5, "cock": 0.125}, "valv": {"阀": 1.0, "a:b": 0.004}}
    glossary = load_glossary(made(tmp_path / "mine", write_terms(terms)))
    assert glossary.translations("阀 valve") == {"valv": 0.5, "cock": 0.12, "阀": 1.0}


def test_every_word_is_found_where_it_stands(tmp_path: Path) -> None:
    terms = {f"{word}{n}": {f"t{n}": 1.0} for n in range(50) for word in ("a", "泵", "zz")}
    glossary = load_glossary(made(tmp_path / "mine", write_terms(terms)))
    found = {word: glossary.translations(word) for word in ("a7", "a49", "zz0", "a", "zzz9", "0")}
    assert found == {"a7": {"t7": 1.0}, "a49": {"t49": 1.0}, "zz0": {"t0": 1.0}, "a": {}, "zzz9": {}, "0": {}}
    assert load_glossary(made(tmp_path / "none", write_terms({}))).translations("a7") == {}


def test_what_is_no_glossary_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongModel, match="name a glossary"):
        load_glossary("intent")
    with pytest.raises(WrongModel, match="no longer makes"):
        load_glossary(made(tmp_path / "old", write_terms({}), source="zh-en-1"))
    cut = write_terms({"a": {"b": 1}})[:-4]
    for name, content in (("plain", b"a"), ("cut", cut)):
        with pytest.raises(Damaged, match="install it again"):
            load_glossary(made(tmp_path / name, content)).translations("pump")
