"""The files that documents were read from."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from fakes import word_encoder
from load import makers
from wenyuan.engine import KnowledgeBase
from wenyuan.errors import SourceError
from wenyuan.load.highlight import Stretch
from wenyuan.settings import Settings
from wenyuan.types import Document

from .house import House

PDF = makers.pdf([["The rated power", "is 5 kW"], ["额定功率为五千瓦"]])


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def read(kb: KnowledgeBase, document: str) -> bytes | None:
    file = kb.original(document)
    if file is None:
        return None
    with file:
        return file.read()


def test_a_file_of_a_folder_is_given_as_long_as_it_is_the_same(house: House) -> None:
    path = house.write("a.md", "# A\n\nalpha")
    with house.kb as kb:
        kb.add(house.docs)
        assert read(kb, "docs/a.md") == b"# A\n\nalpha"
        path.write_text("# A\n\nalphb")
        assert read(kb, "docs/a.md") is None
        path.write_text("# A\n\nalpha")
        assert read(kb, "docs/a.md") == b"# A\n\nalpha"
        path.unlink()
        assert read(kb, "docs/a.md") is None
        assert read(kb, "docs/absent.md") is None


def test_a_file_of_the_knowledge_base_itself_and_one_of_elsewhere(
    house: House, tmp_path_factory: pytest.TempPathFactory
) -> None:
    away = tmp_path_factory.mktemp("away") / "b.md"
    away.write_text("# B")
    own = house.base / "kb" / "files" / "docs" / "a.md"
    own.parent.mkdir(parents=True)
    own.write_text("# Own")
    with house.kb as kb:
        kb.take("docs/a.md")
        kb.add(away)
        house.write("a.md", "# Another of this name")
        assert read(kb, "docs/a.md") == b"# Own"
        assert read(kb, str(away.resolve())) == b"# B"


def test_what_lies_beside_a_file_is_part_of_it(house: House) -> None:
    house.write("a.md", "# A")
    beside = house.write("a.md.meta.json", json.dumps({"access": "hr"}))
    with house.kb as kb:
        kb.add(house.docs)
        assert read(kb, "docs/a.md") == b"# A"
        assert read(kb.seen_by(["it"]), "docs/a.md") is None
        beside.write_text(json.dumps({"access": "board"}))
        assert read(kb, "docs/a.md") is None


def test_nothing_else_is_given_in_its_place(house: House) -> None:
    path = house.write("a.md", "# A")
    secret = house.base / "secret"
    secret.write_text("secret")
    with house.kb as kb:
        kb.add(house.docs)
        kb.put([Document(str(secret), "S", "text", "txt", "", 0.0)])
        assert read(kb, str(secret)) is None
        path.unlink()
        path.symlink_to(secret)
        assert read(kb, "docs/a.md") is None
        path.unlink()
        os.mkfifo(path)
        assert read(kb, "docs/a.md") is None
        path.unlink()
        path.mkdir()
        assert read(kb, "docs/a.md") is None


@pytest.mark.parametrize("isolated", [False, True])
def test_a_stretch_of_a_pdf_is_found_on_its_pages(tmp_path: Path, isolated: bool) -> None:
    (tmp_path / "a.pdf").write_bytes(PDF)
    settings = Settings.model_validate({"load": {"isolated": isolated, "memory_mb": 512}})
    with KnowledgeBase.open(tmp_path / "kb", encoder=word_encoder(), settings=settings) as kb:
        kb.add(tmp_path / "a.pdf")
        text = kb.document("a.pdf").text
        (one,) = kb.highlights("a.pdf", 4, text.index("5 kW") + 4)
        assert (one.page, len(one.rectangles)) == (1, 2)
        assert [each.page for each in kb.highlights("a.pdf", 0, 1 << 60)] == [1, 2]
        assert kb.highlights("a.pdf", 5, 5) == kb.highlights("a.pdf", 1 << 60, 1 << 61) == ()
        assert kb.highlights("absent.pdf", 0, 5) == ()
        (tmp_path / "a.pdf").unlink()
        assert kb.highlights("a.pdf", 0, 5) == ()


def test_a_document_without_pages_has_no_places(house: House) -> None:
    house.write("a.md", "# A\n\nalpha")
    with house.kb as kb:
        kb.add(house.docs)
        assert kb.highlights("docs/a.md", 0, 5) == ()


def test_many_pages_are_not_looked_at_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(makers.pdf([[f"{'abcdefghijklmnopqrst'[n]} text"] for n in range(20)]))
    with KnowledgeBase.open(tmp_path / "kb", encoder=word_encoder()) as kb:
        kb.add(tmp_path / "a.pdf")
        assert [each.page for each in kb.highlights("a.pdf", 0, 1 << 60)] == [*range(1, 17)]


def test_what_breaks_the_reader_is_told_with_the_documents_name(tmp_path: Path) -> None:
    class Broken:
        def __call__(self, path: Path, **given: object) -> Document:
            from wenyuan.load import load

            return load(path, **given)  # type: ignore[arg-type]

        def highlights(self, data: bytes, stretches: list[Stretch]) -> None:
            raise SourceError("it takes more than 2 s to read; split it into smaller files")

    (tmp_path / "a.pdf").write_bytes(PDF)
    with KnowledgeBase.open(tmp_path / "kb", encoder=word_encoder(), load=Broken()) as kb:  # type: ignore[arg-type]
        kb.add(tmp_path / "a.pdf")
        with pytest.raises(SourceError, match=r"^a\.pdf: it takes more than 2 s"):
            kb.highlights("a.pdf", 0, 5)
