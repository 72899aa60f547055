"""Values as the catalogue's tables keep them, and back."""

from __future__ import annotations

import json
import zlib

from hypothesis import given
from hypothesis import strategies as st

from wenyuan.store.rows import as_json, chunk_of, document_of, heading_path, info_of, metadata_of
from wenyuan.types import Chunk, Document, DocumentInfo, Mark

values = st.text() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()
fields = st.dictionaries(st.text(), values | st.lists(st.text()).map(tuple))


@given(fields)
def test_metadata_comes_back_as_it_was_tuples_too(metadata: dict[str, object]) -> None:
    assert metadata_of(as_json(metadata)) == metadata


def test_what_is_kept_can_be_read_and_has_no_spare_space() -> None:
    assert as_json({"类型": ["手册", "表"]}) == '{"类型":["手册","表"]}'


@given(st.lists(st.text()).map(tuple))
def test_heading_paths_come_back_as_they_were(path: tuple[str, ...]) -> None:
    assert heading_path(as_json(path)) == path


def test_rows_are_documents_chunks_and_what_is_known_of_them() -> None:
    row = ["a.md", "泵", "md", "hash", 1.5, '{"n":3}', json.dumps(["cut"]), zlib.compress("滤芯".encode())]
    marks = (Mark(0, page=1),)
    assert document_of(row, marks) == Document(
        "a.md", "泵", "滤芯", "md", "hash", 1.5, marks=marks, metadata={"n": 3}, warnings=("cut",)
    )
    row = [7, "a.md", "泵", 0, "滤芯", 0, 2, '["A","B"]', "", 1, None, None, "text"]
    assert chunk_of(row) == Chunk(7, "a.md", "泵", 0, "滤芯", 0, 2, ("A", "B"), "", 1, None, None, "text")
    row = ["a.md", "泵", "md", "hash", 1.5, 2.5, "stamp", '{"n":3}', 4]
    assert info_of(row) == DocumentInfo("a.md", "泵", "md", "hash", 1.5, 2.5, "stamp", {"n": 3}, 4)
