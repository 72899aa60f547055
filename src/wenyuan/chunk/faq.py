"""Questions with their answers: pages of them, and single ones marked "Q:" or "问：" in any page."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from wenyuan.chunk.node import Node, Section

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAME = re.compile(r"(?<![a-z])faqs?(?![a-z])|常见问题|问答|q\s?&\s?a\b", re.IGNORECASE)
_QUESTION = re.compile(
    r"""^[\d.、()（）\sQq:：]*(?:how|what|why|when|where|which|who|can|could|do|does|is|are|should)\b
      | ^[\d.、()（）\s问:：]*(?:如何|怎么|怎样|为什么|为何|什么|是否|能否|可否|哪)
      | [?？]\W*$""",
    re.IGNORECASE | re.VERBOSE,
)
_MARKED = re.compile(r"[\s>*_+-]{0,9}(?:\d{1,3}[.)、]\s{0,3})?[*_]{0,3}(?:Q|Question|问)\s?\d{0,3}\s?[:：.、]")
_BOLD = re.compile(r"\s{0,9}(?:\*\*|__)[^*_\n]+[?？](?:\*\*|__)[^\S\n]*(?:\n|$)")


def is_question(title: str) -> bool:
    """Whether a heading asks something."""
    return _QUESTION.search(title) is not None


def is_faq(names: Sequence[str], sections: Sequence[Section]) -> bool:
    """Whether a page is a FAQ: by its name, or because ≥ 3 and ≥ 60 % of its innermost headings ask something."""
    if any(_NAME.search(name) for name in names):
        return True
    titles = [section.path[-1] for section in innermost(sections) if section.path]
    asking = sum(map(is_question, titles))
    return asking >= 3 and asking >= 0.6 * len(titles)


def innermost(sections: Sequence[Section]) -> list[Section]:
    """The headed sections that have no heading below their own."""
    found = [section for section, following in pairwise(sections) if following.level <= section.level]
    return [section for section in [*found, *sections[-1:]] if section.level > 0]


def group_questions(text: str, nodes: list[Node], page_is_faq: bool) -> list[Node]:
    """Join each marked question and what follows it, up to the next, into one node of kind "faq".

    On FAQ pages a line in bold that ends with a question mark is a question too. Every leaf after the question
    repeats it, so that a long answer that must be split is always read with its question.
    """

    def asks(node: Node) -> bool:
        return bool(_MARKED.match(text, node.start) or (page_is_faq and _BOLD.match(text, node.start)))

    blocks = [part for node in nodes for part in (node.parts if any(map(asks, node.parts)) else [node])]
    grouped: list[Node] = []
    for block in blocks:
        if asks(block):
            grouped.append(Node(block.start, "faq", [block]))
        elif grouped and grouped[-1].kind == "faq":
            grouped[-1].parts.append(block)
        else:
            grouped.append(block)
    for node in grouped:
        if node.kind == "faq":
            first, *others = node.leaves()
            question = text[first.start : first.end].strip()
            first.kind = "faq"
            for leaf in others:
                leaf.kind = "faq"
                leaf.repeat = "\n".join(part for part in (question, leaf.repeat) if part)
    return grouped
