"""Markdown to sections of nodes, after CommonMark's block grammar; pipe tables are read from its paragraphs.

Reading tables ourselves, from the lines alone, costs a fraction of the parser's token per cell: a CSV file of a million
cells stays a few megabytes.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from wenyuan.chunk.node import Node, NodeKind, Section
from wenyuan.text.sentences import sentences

if TYPE_CHECKING:
    from markdown_it.token import Token

_LONGEST_HEADING = 200  # characters; beyond it, it is a paragraph that looks like a heading
_LINE_END = re.compile(r"\r\n?|\n")
_ANCHOR = re.compile(r"\{#[^{}]*\}")
_STYLE = re.compile(r"</?(?:a|b|br|code|em|i|img|span|strong|sub|sup)\b")
_INLINE = MarkdownIt("commonmark")
_HTML_ROW = re.compile(r"^[^\S\n]*<tr\b", re.MULTILINE | re.IGNORECASE)
_CONTAINERS: dict[str, NodeKind] = {
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "list_item_open": "list",
    "blockquote_open": "text",
}


def read_sections(text: str) -> list[Section]:
    """The sections of a document in order, each with its heading path; together they tile the text but its headings."""
    lines = [0, *(match.end() for match in _LINE_END.finditer(text)), len(text)]
    # Link definitions stay paragraphs: nothing of the text may disappear.
    tokens = MarkdownIt("commonmark").disable(["reference", "inline"]).parse(text)
    sections = [Section(path=(), level=0, start=0, heading=0)]
    above: list[tuple[int, str]] = []
    open_nodes: list[Node] = []
    for i, token in enumerate(tokens):
        if token.nesting == -1:
            if open_nodes and token.type != "heading_close":
                open_nodes.pop()
            continue
        if token.map is None or token.type in ("inline", "hr"):
            continue
        start, end = lines[token.map[0]], lines[token.map[1]]
        if _is_heading(token, tokens, i):
            level = int(token.tag[1:])
            above = [(depth, title) for depth, title in above if depth < level]
            parent = tuple(title for _, title in above if title)
            above.append((level, _title(tokens[i + 1].content)))
            sections[-1].end = start
            path = tuple(title for _, title in above if title)
            sections.append(Section(path, level, start=end, heading=start, parent=parent))
            continue
        siblings = open_nodes[-1].parts if open_nodes else sections[-1].nodes
        kind: NodeKind = open_nodes[-1].kind if open_nodes else "text"
        if open_nodes and not siblings:
            start = open_nodes[-1].start
        node = _node(token.type, text, start, end, kind)
        siblings.append(node)
        if token.nesting == 1 and token.type != "heading_open":
            open_nodes.append(node)
    sections[-1].end = len(text)
    for section in sections:
        _tile(text, section)
    return sections


def _is_heading(token: Token, tokens: list[Token], i: int) -> bool:
    if token.type != "heading_open" or token.level > 0:
        return False
    title = tokens[i + 1].content
    return len(title) <= _LONGEST_HEADING and "\n" not in title


def _title(heading: str) -> str:
    """What a reader sees of a heading: no marks, anchors, link targets or tags of style; Vec<T> and a lone ` stay."""
    shown: list[str] = []
    unread = _INLINE.parseInline(heading)
    while unread:
        token = unread.pop(0)
        if token.children:
            unread[:0] = token.children
        elif token.type != "html_inline" or not _STYLE.match(token.content):
            shown.append(token.content)
    return _ANCHOR.sub("", "".join(shown)).strip()


def _node(type_: str, text: str, start: int, end: int, kind: NodeKind) -> Node:
    """The node of one token; what containers hold is attached by the caller."""
    if type_ in _CONTAINERS:
        return Node(start, _CONTAINERS[type_])
    if type_ in ("fence", "code_block"):
        return Node(start, "code", [Node(at, "code") for at in _line_starts(text, start, end)])
    if type_ == "html_block":
        rows = [match.start() for match in _HTML_ROW.finditer(text, start, end)]
        if rows:
            header = text[start : rows[1]].strip() if len(rows) > 1 and "<th" in text[rows[0] : rows[1]] else ""
            return _table([start, *rows[1:]], header)
        return Node(start, kind, [Node(at, kind) for at in _line_starts(text, start, end)])
    return _paragraph(text, start, end, kind)


def _paragraph(text: str, start: int, end: int, kind: NodeKind) -> Node:
    """Sentences, and a pipe table where the second line of one is made of nothing but "|", "-" and ":"."""
    if (found := _pipe_table(text, start, end)) is None:
        return Node(start, kind, _sentences(text, start, end, kind))
    header, rows = found
    lines = _line_starts(text, rows, end)
    # A line without a bar is prose that follows without a blank line, whatever its length: it must stay cuttable.
    below = next((at for at, after in itertools.pairwise([*lines, end]) if "|" not in text[at:after]), end)
    table = _table([header, *(at for at in lines[1:] if at < below)], text[header:rows].strip())
    around = [*_sentences(text, start, header, kind), table, *_sentences(text, below, end, kind)]
    return Node(start, kind, around) if len(around) > 1 else table


def _pipe_table(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Where the header of the table in this paragraph starts, and where its rows start."""
    if text.find("|", start, end) < 0:
        return None
    starts = [*_line_starts(text, start, end), end]
    for header, rule, rows in zip(starts, starts[1:], starts[2:], strict=False):
        line = text[rule:rows]
        if "|" in line and "-" in line and not line.strip("|:->\t \r\n") and "|" in text[header:rule]:
            return header, rows
    return None


def _table(rows: list[int], header: str) -> Node:
    """A table cut at these rows; the first part holds the header, the others repeat it."""
    parts = [Node(at, "table", repeat=header, whole=True) for at in rows]
    parts[0].repeat = ""
    return Node(rows[0], "table", parts)


def _sentences(text: str, start: int, end: int, kind: NodeKind) -> list[Node]:
    nodes = [Node(start + at, kind) for at, _ in sentences(text[start:end])]
    if nodes:
        nodes[0].start = start
    return nodes


def _line_starts(text: str, start: int, end: int) -> list[int]:
    inner = (match.end() for match in _LINE_END.finditer(text, start, end))
    return [start, *(at for at in inner if at < end)] if start < end else []


def _tile(text: str, section: Section) -> None:
    """Let the leaves cover the whole section, whatever stands between blocks included."""
    if not text[section.start : section.end].strip():
        section.nodes = []  # the parser takes a form feed for a paragraph
    elif not section.nodes:
        section.nodes = [Node(section.start, "text")]
    leaves = section.leaves()
    if leaves:
        leaves[0].start = section.start
    for leaf, following in itertools.pairwise(leaves):
        leaf.end = following.start
    if leaves:
        leaves[-1].end = section.end
