"""The chunk stage: a document in, its chunks out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from math import ceil

from wenyuan.chunk.cut import cut
from wenyuan.chunk.faq import group_questions, innermost, is_faq
from wenyuan.chunk.markdown import read_sections
from wenyuan.chunk.node import Node, NodeKind, Section
from wenyuan.chunk.pack import pack
from wenyuan.errors import WrongUse
from wenyuan.types import Chunk, CountTokens, Document, mark_at

_LONGEST_PATH = 240  # characters of all headings of a chunk together
_SMALLEST = 16


def chunk(document: Document, count_tokens: CountTokens, *, size: int = 256, overlap: int = 1) -> list[Chunk]:
    """Cut a document along its headings, blocks and sentences; an empty one gives [].

    `size`: tokens of a chunk's header and text together, without the heading path (which is kept below 240
    characters by dropping outer headings). Only a table row is never cut, whatever its length; a repeated header is
    shortened to half the size. `overlap`: sentences of prose repeated from the chunk before in the same section.
    No chunk crosses a heading; a heading with nothing below it, not even another heading, is a chunk of its own.
    A question and its answer (a section of a FAQ page, or marked "Q:", "问：") make one chunk, or several if long.
    Text is tokenised once, and what is over `size` again after each cut. Raises WrongUse for a size below 16.
    """
    if size < _SMALLEST or overlap < 0:
        raise WrongUse(f"Chunk size {size} with overlap {overlap} cannot work: use a size of at least {_SMALLEST}.")
    text = document.text
    sections = read_sections(text)
    page_is_faq = is_faq((document.title, document.id), sections)
    answers = {id(section) for section in innermost(sections)} if page_is_faq else set()
    sections = _with_bare_headings(text, sections)
    for section in sections:
        section.nodes = group_questions(text, section.nodes, page_is_faq)
    repeated = _fit(text, [leaf for section in sections for leaf in section.leaves()], count_tokens, size)
    seen: Counter[tuple[str, str]] = Counter()
    chunks: list[Chunk] = []
    for section in sections:
        for node in section.nodes:
            node.add_up()
        for leaves in pack(section.nodes, size, overlap, repeated):
            if not text[leaves[0].start : leaves[-1].end].strip():
                continue
            kind: NodeKind = "faq" if id(section) in answers else _main_kind(leaves)
            chunks.append(_chunk(document, section.path, leaves, kind, seen, len(chunks)))
    return chunks


def chunk_id(document_id: str, text: str, context: str, occurrence: int) -> int:
    """A 63-bit id from the content alone: it stays when neighbours change. `occurrence` tells equal chunks apart."""
    content = json.dumps([document_id, text, context, occurrence])  # escapes what UTF-8 cannot hold
    return int.from_bytes(sha256(content.encode()).digest()[:8]) >> 1


def _with_bare_headings(text: str, sections: list[Section]) -> list[Section]:
    """Only sections with text. A heading above others is in their paths; one above nothing becomes text itself."""
    kept: list[Section] = []
    bare: Section | None = None  # the last one, if it came from headings
    for section, level_below in zip(sections, [*(section.level for section in sections[1:]), 0], strict=True):
        if section.nodes:
            kept.append(section)
            bare = None
        elif level_below <= section.level and text[section.heading : section.end].strip():
            path = section.parent
            if bare is None or bare.path != path or bare.nodes[-1].end < section.heading:  # an empty heading between
                bare = Section(path, section.level, section.heading, section.heading)
                kept.append(bare)
            bare.nodes.append(Node(section.heading, "text", end=section.end))
    return kept


def _fit(text: str, leaves: list[Node], count_tokens: CountTokens, size: int) -> dict[str, int]:
    """Count the tokens of all leaves and cut those that fit in no chunk; return the tokens of what they repeat."""
    repeats = list(dict.fromkeys(leaf.repeat for leaf in leaves if leaf.repeat))
    counts = count_tokens([*repeats, *(text[leaf.start : leaf.end] for leaf in leaves)])
    half = size // 2
    shortened = {
        repeat: repeat if tokens <= half else repeat[: len(repeat) * half // tokens]
        for repeat, tokens in zip(repeats, counts, strict=False)
    }
    repeated = {shortened[repeat]: min(tokens, half) for repeat, tokens in zip(repeats, counts, strict=False)}
    for leaf in leaves:
        leaf.repeat = shortened.get(leaf.repeat, "")
    counts = counts[len(repeats) :]
    while leaves:
        for leaf, tokens in zip(leaves, counts, strict=True):
            leaf.tokens, leaf.blank = tokens, text[leaf.start : leaf.end].isspace()
            room = size - repeated.get(leaf.repeat, 0)
            if tokens > room and not leaf.whole:
                _cut(text, leaf, ceil((leaf.end - leaf.start) / ceil(tokens / room)))
        leaves = [part for leaf in leaves for part in leaf.parts]
        counts = count_tokens([text[leaf.start : leaf.end] for leaf in leaves])
    return repeated


def _cut(text: str, leaf: Node, width: int) -> None:
    starts = cut(text, leaf.start, leaf.end, max(1, width))
    if len(starts) > 1:
        ends = [*starts[1:], leaf.end]
        leaf.parts = [Node(at, leaf.kind, repeat=leaf.repeat, end=end) for at, end in zip(starts, ends, strict=True)]


def _main_kind(leaves: Iterable[Node]) -> NodeKind:
    tokens: Counter[NodeKind] = Counter()
    for leaf in leaves:
        tokens[leaf.kind] += leaf.tokens
    return tokens.most_common(1)[0][0]


def _chunk(
    document: Document,
    path: tuple[str, ...],
    leaves: Sequence[Node],
    kind: NodeKind,
    seen: Counter[tuple[str, str]],
    ordinal: int,
) -> Chunk:
    start, end = leaves[0].start, leaves[-1].end
    text = document.text[start:end].strip()
    start += len(document.text[start:end]) - len(document.text[start:end].lstrip())
    headings = _short_path(path)
    header = leaves[0].repeat
    context = "\n".join((document.title, *headings, header))
    mark = mark_at(document.marks, start)
    made = Chunk(
        id=chunk_id(document.id, text, context, seen[text, context]),
        document=document.id,
        title=document.title,
        ordinal=ordinal,
        text=text,
        start=start,
        end=start + len(text),
        headings=headings,
        header=header,
        page=mark.page,
        sheet=mark.sheet,
        row=mark.row,
        kind=kind,
    )
    seen[text, context] += 1
    return made


def _short_path(path: tuple[str, ...]) -> tuple[str, ...]:
    while len(path) > 1 and sum(map(len, path)) > _LONGEST_PATH:
        path = path[1:]
    return path
