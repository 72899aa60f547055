"""The last turn of a conversation as a question that stands alone, by a language model; by rules where that fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wenyuan.conversation.protocol import Rewriter, Standalone
from wenyuan.errors import EndpointError
from wenyuan.text.language import language
from wenyuan.text.normalise import normalise
from wenyuan.types import Language, Message

Ask = Callable[[Sequence[Message]], str]
"""Messages → a model's short reply; EndpointError where there is none."""

_TURNS = 6  # that are told, the last ones
_CHARACTERS = 400  # of each
_LONGER = 200  # characters by which a question may grow; more is no question
_TASKS: dict[Language, tuple[str, str]] = {
    "zh": (
        "把用户的最后一句话改写成不依赖上文也能看懂的问题：补全代词和省略的内容，不回答，不增加新的内容；已经完整的原样输出。只输出改写后的问题。",
        "对话：\n{talk}\n\n最后一句话：{question}\n\n改写后的问题：",
    ),
    "en": (
        "Rewrite the user's last words as a question that can be understood without the conversation: fill in pronouns "
        "and what is left out, do not answer, add nothing new; repeat it as it is if it is complete. "
        "Output the question only.",
        "Conversation:\n{talk}\n\nLast words: {question}\n\nQuestion:",
    ),
}


class ModelRewriter:
    """A `Rewriter` over a language model. `rules` answer where it does not, or where its reply is no question."""

    def __init__(self, ask: Ask, rules: Rewriter) -> None:
        self._ask = ask
        self._rules = rules

    def rewrite(self, question: str, history: Sequence[Message]) -> Standalone:
        """See `Rewriter`."""
        by_rules = self._rules.rewrite(question, history)
        said = [message for message in history if message.role in ("user", "assistant") and message.content.strip()]
        if not said:
            return by_rules
        task, turn = _TASKS[language(question)]
        talk = "\n".join(f"{message.role}: {message.content[:_CHARACTERS]}" for message in said[-_TURNS:])
        asked = question[: 2 * _CHARACTERS]
        try:
            reply = self._ask((Message("system", task), Message("user", turn.format(talk=talk, question=asked))))
        except EndpointError:
            return by_rules
        alone = normalise(reply)
        if not alone or "\n" in reply.strip() or len(alone) > len(question) + _LONGER:
            return by_rules
        return Standalone(alone)
