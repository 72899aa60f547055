"""What is in a knowledge base."""

from __future__ import annotations

import pytest

from wenyuan.errors import WrongUse
from wenyuan.types import Condition

from .house import VALVE, ZH, House


def test_a_document_is_read_whole_in_passages_and_in_part(library: House) -> None:
    document = library.kb.document(ZH)
    chunks = library.kb.chunks(ZH)
    assert [document.text[chunk.start : chunk.end] for chunk in chunks] == [chunk.text for chunk in chunks]
    assert library.kb.read(ZH, 0, 4) == document.text[:4]
    assert (library.kb.has(ZH), library.kb.has("absent.md"), library.kb.chunks("absent.md")) == (True, False, [])


def test_documents_are_those_of_a_folder_that_pass_a_filter(library: House) -> None:
    kb = library.kb
    assert len(kb.documents()) == 3
    assert [info.id for info in kb.documents("docs/zh", filter=Condition("type", "eq", "txt"))] == [VALVE]
    with pytest.raises(WrongUse, match=r"did you mean docs/zh/泵\.md"):
        kb.document("泵.md")
    with pytest.raises(WrongUse):
        kb.documents("nowhere")
