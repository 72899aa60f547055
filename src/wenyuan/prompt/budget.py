"""How many tokens of sources a prompt may hold."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

from wenyuan.errors import WrongUse
from wenyuan.types import CountTokens, Message, ToolSchema

_PER_MESSAGE = 8  # tokens by which a chat template frames a message, or a function
_PER_SOURCE = 64  # of a source's delimiters and the line with its place, which the budget of a context does not count
_ERROR = 0.05  # by which a tokenizer that is not the model's own may be off


def context_budget(
    window: int,
    count_tokens: CountTokens,
    *,
    reply: int,
    messages: Sequence[Message] = (),
    tools: Sequence[ToolSchema] = (),
    sources: int = 0,
) -> int:
    """Tokens of text that the sources may have together: what the window leaves, always at least 1.

    window − `reply` (reserved for the answer) − `tools`' schemas − `messages` (the prompt with an empty context:
    template, history and question) − 5 % tokenizer error − what frames each of at most `sources` sources.
    `assemble` cuts a context to it, the least valuable sentences first.

    Raises:
        WrongUse: nothing is left.
    """
    used = prompt_tokens(messages, tools, count_tokens)
    left = math.floor((window - reply) * (1 - _ERROR)) - used - sources * _PER_SOURCE
    if left < 1:
        raise WrongUse(
            f"A window of {window} tokens has no room for sources beside {reply} for the reply, {used} for template, "
            f"question, history and functions, and {sources * _PER_SOURCE} for the places of {sources} sources; take "
            "a model with a larger window, or ask for a shorter reply, fewer sources or functions."
        )
    return left


def prompt_tokens(messages: Sequence[Message], tools: Sequence[ToolSchema], count_tokens: CountTokens) -> int:
    """Tokens of a request as `count_tokens` has it, with what frames its messages and functions."""
    texts = [message.content for message in messages]
    texts += [message.reasoning for message in messages if message.reasoning]
    texts += [call.name + call.arguments for message in messages for call in message.calls]
    texts += [
        json.dumps([tool.name, tool.description, dict(tool.parameters)], ensure_ascii=False, default=str)
        for tool in tools
    ]
    return sum(count_tokens(texts)) + _PER_MESSAGE * len(texts)
