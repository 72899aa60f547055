"""Chinese text cut into words, by rjieba; its dictionary takes a tenth of a second to load, so it waits for some."""

from __future__ import annotations


def cut(text: str) -> list[str]:
    """The words of a text, in order; joined they are the text."""
    import rjieba

    return list(rjieba.cut(text))


def cut_for_search(text: str) -> list[str]:
    """The words of a text and the shorter words within long ones."""
    import rjieba

    return list(rjieba.cut_for_search(text))


def tagged(text: str) -> list[tuple[str, str]]:
    """The words of a text with their parts of speech, as jieba names them."""
    import rjieba

    return list(rjieba.tag(text))
