"""Documents as a prompt may hold them: what a model would take for structure becomes plain text.

Servers parse the special tokens of a chat template wherever they stand, also in the middle of a user's message
(`llama.cpp` does), so that a document could end its turn and begin one of the system. A space breaks the token and
keeps it readable. Words such as "SYSTEM:" are left as they are: they are within the delimiters, and may be quoted.
"""

from __future__ import annotations

import re

# Control tokens of the usual chat templates: ChatML, Llama, Gemma, Mistral, DeepSeek, and of tool calls.
_CONTROL = re.compile(
    r"<(?=[|｜][^\s<>]{1,64}[|｜]>)"
    r"|<(?=/?(?:s|bos|eos|pad|unk|think|tool_call|tool_response|tools|start_of_turn|end_of_turn)>)"
    r"|<(?=</?SYS>>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\])"
)
# What a model reads and a person does not see: tags (U+E0000 …), directions, controls other than white space.
_UNSEEN = re.compile("[\U000e0000-\U000e007f\u202a-\u202e\u2066-\u2069\u200b\u2060\ufeff\x00-\x08\x0b-\x1f\x7f]")


def as_data(text: str, nonce: str = "") -> str:
    """The text without control tokens, unseen characters and the nonce of the delimiters; linear in the text."""
    text = _CONTROL.sub(lambda match: match[0] + " ", _UNSEEN.sub("", text))
    if not nonce:
        return text
    return re.sub(re.escape(nonce), lambda match: f"{match[0][:1]} {match[0][1:]}", text, flags=re.IGNORECASE)


def as_line(text: str, nonce: str = "") -> str:
    """`as_data` on one line: a title cannot begin a passage of its own."""
    return " ".join(as_data(text, nonce).split())
