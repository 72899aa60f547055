"""A word back for a turn that asks nothing: a greeting, thanks, a goodbye, an acknowledgement."""

from __future__ import annotations

from wenyuan.types import Answer, Courtesy, Decision, Language, Query

_REASON: dict[Language, str] = {
    "zh": "这句话没有提问，所以没有查找资料。",
    "en": "Nothing was asked, so nothing was looked up.",
}
# None ends in a question mark: what follows would be taken for the answer to a question.
_WORDS: dict[Language, dict[Courtesy, str]] = {
    "zh": {
        "greeting": "你好！请直接提问，我会在资料中查找答案。",
        "thanks": "不客气。",
        "goodbye": "再见！",
        "acknowledgement": "好的，有问题请随时提问。",
    },
    "en": {
        "greeting": "Hello! Ask a question, and I will look for the answer in the documents.",
        "thanks": "You are welcome.",
        "goodbye": "Goodbye!",
        "acknowledgement": "All right. Ask whenever you have another question.",
    },
}


def returned(query: Query) -> Answer | None:
    """The courtesy returned, in its language; None where something is asked."""
    if query.courtesy is None:
        return None
    text = _WORDS[query.language][query.courtesy]
    return Answer(Decision.REPLIED, _REASON[query.language], text, (), 0.0)


def is_returned(text: str) -> bool:
    """Whether this is the text of a courtesy returned."""
    return any(text.strip() in said.values() for said in _WORDS.values())
