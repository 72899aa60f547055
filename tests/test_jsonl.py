"""Reading JSON lines: what is a line, what is a row, and the sentence for everything else."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from wenyuan.errors import SourceError, WrongUse
from wenyuan.jsonl import malformed, read_lines, read_rows

TEXT = '{"a": 1}\n\n \t\r\n{"b": "一\u2028二"}\r\n{}'


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz"])
def test_rows_come_with_the_numbers_of_their_lines(tmp_path: Path, name: str) -> None:
    data = TEXT.encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    assert list(read_rows(tmp_path / name)) == [(1, {"a": 1}), (4, {"b": "一\u2028二"}), (5, {})]


def test_lines_lose_their_ends_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "qrels.tsv").write_bytes(b"q\td\t \r\n\nq\t")
    assert list(read_lines(tmp_path / "qrels.tsv")) == [(1, "q\td\t "), (3, "q\t")]


@pytest.mark.parametrize("line", ["{", "[1]", "1", '"x"', "[" * 100_000, "1" * 10_000])
def test_a_line_that_is_no_object_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(f"{{}}\n\n{line}\n")
    with pytest.raises(SourceError, match=r"rows\.jsonl, line 3: it is no JSON.*; mend or remove it\.$") as caught:
        list(read_rows(file))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jsonl", b'{"a": "\xff"}'),
        ("a.jsonl.gz", b"{}"),
        ("a.jsonl.gz", gzip.compress(b'{"a": 1}\n' * 999, mtime=0)[:-12]),
        ("a.jsonl.gz", gzip.compress(b"{}", mtime=0)[:10] + b"\xff" * 9),
    ],
)
def test_a_file_that_breaks_off_is_named(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SourceError, match=rf"{name} cannot be read to its end"):
        list(read_rows(tmp_path / name))


def test_a_missing_file_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="There is no file"):
        list(read_rows(tmp_path / "absent.jsonl"))


def test_a_row_of_another_kind_is_said_in_the_same_words(tmp_path: Path) -> None:
    error = malformed(tmp_path / "a.jsonl", 7, "'text' is missing", "add it")
    assert str(error) == f"{tmp_path}/a.jsonl, line 7: 'text' is missing; add it."
