"""A document and what is made of it: its marks, its chunks, what is kept of it.

Offsets are character offsets into `Document.text`; times are Unix seconds (UTC);
vectors of texts are unit-length float32 rows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:  # who only looks at documents need not load it
    import numpy as np
    from numpy.typing import NDArray

Vector: TypeAlias = "NDArray[np.float32]"
"""A float32 array: (d,) for one text, (n, d) for a batch."""

Value = str | int | float | bool | tuple[str, ...]
"""What a metadata field may hold."""


@dataclass(frozen=True, slots=True)
class Mark:
    """From character `at` on, the text comes from this place of the source (until the next mark)."""

    at: int
    page: int | None = None  # 1-based: pdf page, pptx slide
    sheet: str | None = None  # xlsx sheet name
    row: int | None = None  # 1-based row of the sheet or csv file


def mark_at(marks: Sequence[Mark], at: int) -> Mark:
    """The mark that holds at this character; one that names no place before the first."""
    following = bisect_right(marks, at, key=_at)
    return marks[following - 1] if following else Mark(0)


def _at(mark: Mark) -> int:
    return mark.at


@dataclass(frozen=True, slots=True)
class Document:
    """One loaded source: its whole text as Markdown and where each part of it came from."""

    id: str  # the source as a POSIX path, stable between runs: what users see, filter and delete by
    title: str
    text: str
    type: str  # "md", "pdf", "docx", … : the lower-case name of the format, not of the file's extension
    content_hash: str  # sha256 hex of the source's bytes and its sidecar's
    time: float  # when the source was written (front matter `date`, else the file's modification time)
    marks: tuple[Mark, ...] = ()  # ascending by `at`
    metadata: Mapping[str, Value] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()  # what was lost while parsing, one sentence each


@dataclass(frozen=True, slots=True)
class Root:
    """What was said of a file or folder that is kept in step with: for every document of it."""

    metadata: Mapping[str, Value] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()  # patterns, as in .gitignore, of what is left out


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """What is kept of a document, its text aside."""

    id: str
    title: str
    type: str
    content_hash: str
    time: float  # when the source was written
    added: float  # when this version was committed
    stamp: str  # the state of its source when it was read; empty where the caller made it
    metadata: Mapping[str, Value]
    chunks: int  # how many it was cut into


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document: `text == document.text[start:end]`, but where a person corrected it.

    Then that stretch is `original`, and `text` is what stands in its place wherever the passage is read.
    """

    id: int  # 63-bit, derived from document id, content and occurrence: equal content keeps its id
    document: str
    title: str
    ordinal: int  # position among the document's chunks, from 0
    text: str
    start: int
    end: int
    headings: tuple[str, ...] = ()  # the heading path above the chunk, outermost first
    header: str = ""  # what must be read with the text but stands elsewhere: a table's header rows
    page: int | None = None
    sheet: str | None = None
    row: int | None = None
    kind: Literal["text", "table", "list", "code", "faq"] = "text"
    original: str | None = None  # what the document says there, where that was corrected

    @property
    def encoded(self) -> str:
        """The text as encoders and BM25 see it: heading path, repeated header, body."""
        path = " > ".join(dict.fromkeys(part for part in (self.title, *self.headings) if part))
        return "\n".join(part for part in (path, self.header, self.text) if part)


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person made of a passage: it is not to be found, or another text stands in its place, or both.

    It is kept when the document is read again, as long as the passage is in it.
    """

    id: int  # 63-bit, by chance
    document: str
    original: str  # the passage's text as the document has it, by which it is found again
    occurrence: int  # which of the equal passages of the document it is, from 0
    disabled: bool
    text: str | None  # that stands in its place; None: its own
    made: float  # when
    passage: Chunk | None = None  # as it was last cut from the document
    applied: bool = False  # whether the document has it now

    @property
    def idle(self) -> bool:
        """Whether it changes nothing."""
        return not self.disabled and self.text is None


class Passage(NamedTuple):
    """A chunk as its document has it, and what a person made of it."""

    chunk: Chunk
    correction: Correction | None

    @property
    def shown(self) -> Chunk:
        """The chunk as it is indexed and quoted, or would be, were it not disabled."""
        if self.correction is None or self.correction.text is None:
            return self.chunk
        return replace(self.chunk, text=self.correction.text, original=self.chunk.text)

    @property
    def disabled(self) -> bool:
        """Whether it is not to be found."""
        return self.correction is not None and self.correction.disabled


class Fingerprinted(NamedTuple):
    """A chunk with the fingerprint (64 bytes) by which near-identical ones are known."""

    chunk: Chunk
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class SparseVector:
    """Term weights: parallel `indices` (u32 hashes of terms, ascending, unique) and `values`."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a section says, in a few of its own sentences; it holds the chunks first … last, counted from 0."""

    first: int
    last: int
    key: bytes  # of the section's content: equal keys have equal summaries
    text: str
    vector: Vector  # (d,)
