"""The answer of a knowledge base that holds nothing: what to do first."""

from __future__ import annotations

from wenyuan.types import Answer, Decision, Language, Query

_SAID: dict[Language, str] = {
    "zh": "知识库里还没有任何文档，请先用 `wenyuan add 文件夹` 添加。",
    "en": "The knowledge base is empty; add documents first, with `wenyuan add FOLDER`.",
}


def nothing_held(query: Query) -> Answer:
    """That there is nothing to answer from, in the question's language."""
    said = _SAID[query.language]
    return Answer(Decision.ABSTAINED, said, said, (), 0.0)
