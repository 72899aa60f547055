"""JSON lines: a file with one JSON object a line, plain or compressed (.gz), read with the numbers of its lines."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from wenyuan.errors import SourceError, WrongUse

JsonRow = Mapping[str, object]
"""The JSON object of one line."""


def read_rows(path: Path) -> Iterator[tuple[int, JsonRow]]:
    """The objects of a file in UTF-8, each with its line number, counted from 1; blank lines are skipped.

    Raises:
        WrongUse: there is no such file.
        SourceError: the file cannot be read to its end, or a line is no JSON object; the sentence names it.
    """
    yield from parse_rows(path, read_lines(path))


def parse_rows(path: Path, lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, JsonRow]]:
    """The objects of numbered lines of a file that sentences call by its path.

    Raises:
        SourceError: a line is no JSON object.
    """
    for number, line in lines:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise malformed(path, number, f"it is no JSON ({error})") from error
        if not isinstance(row, dict):
            raise malformed(path, number, "it is no JSON object")
        yield number, row


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a text file that are not blank, without their ends, as `read_rows` numbers them; same errors."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line.rstrip("\r\n")
    except FileNotFoundError as error:
        raise WrongUse(f"There is no file {path}: name one that exists.") from error
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise SourceError(f"{path} cannot be read to its end ({error}): fetch or write it again, as UTF-8.") from error


def malformed(path: Path, number: int, what: str, mend: str = "mend or remove it") -> SourceError:
    """The error for a line that is JSON, yet not what the file should hold."""
    return SourceError(f"{path}, line {number}: {what}; {mend}.")
