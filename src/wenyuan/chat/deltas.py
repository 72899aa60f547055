"""The fields of a chat completion, in the spellings of its servers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from wenyuan.types import Finish, Usage

Part = tuple[Literal["text", "reasoning", "refusal", "unknown"], str]

_REASONING = ("reasoning_content", "reasoning", "thinking")  # DeepSeek and Qwen; Ollama, vLLM, OpenRouter; llamafile
_FINISH: Mapping[str, Finish] = {
    **dict.fromkeys(("stop", "eos", "eos_token", "end_turn", "stop_sequence", "complete", "completed"), "stop"),
    **dict.fromkeys(("length", "max_tokens", "max_length", "model_length", "max_output_tokens"), "length"),
    **dict.fromkeys(("tool_calls", "tool_call", "tool_use", "function_call"), "tool_calls"),
    **dict.fromkeys(
        ("content_filter", "safety", "sensitive", "refusal", "recitation", "blocklist", "prohibited_content"),
        "content_filter",
    ),
}
_BROKEN_OFF = frozenset(  # vLLM, Zhipu, DeepSeek, Gemini: what came so far is no reply
    ("error", "abort", "aborted", "cancelled", "canceled", "timeout", "network_error", "malformed_function_call")
) | {"insufficient_system_resource"}


def finish_of(reason: str) -> Finish | Literal["unknown"] | None:
    """The finish reason in our words; None where it says that the server gave up."""
    reason = reason.strip().lower()
    return None if reason in _BROKEN_OFF else _FINISH.get(reason, "unknown")


def parts_of(message: Mapping[str, Any]) -> list[Part] | None:
    """Reasoning, text and refusal of a message or delta, in this order; None where the content is of no known kind.

    Where reasoning comes under two names (vLLM while it renames the field, OpenRouter) it is read once.
    """
    found: list[Part] = []
    given = [value for name in _REASONING if isinstance(value := message.get(name), str)]
    if given:
        found.append(("reasoning", next((value for value in given if value), "")))
    content = message.get("content")
    if isinstance(content, str):
        if content:
            found.append(("text", content))
    elif isinstance(content, list):
        for part in content:
            found.extend(_part(part))
    elif isinstance(content, Mapping) and isinstance(content.get("text"), str):
        found.append(("text", content["text"]))
    elif content is not None:
        return None
    refusal = message.get("refusal")
    if isinstance(refusal, str) and refusal:
        found.append(("refusal", refusal))
    return found


def _part(part: object) -> list[Part]:
    if isinstance(part, str):
        return [("text", part)] if part else []
    if not isinstance(part, Mapping):
        return [("unknown", type(part).__name__)]
    kind = str(part.get("type") or "text")
    if kind in ("text", "output_text"):
        text = part.get("text")
        return [("text", text)] if isinstance(text, str) and text else []
    if kind in ("thinking", "reasoning"):  # Mistral
        inner = part.get("thinking", part.get("reasoning", part.get("text")))
        pieces = inner if isinstance(inner, list) else [inner]
        texts = [piece.get("text") if isinstance(piece, Mapping) else piece for piece in pieces]
        return [("reasoning", text) for text in texts if isinstance(text, str)]
    if kind == "refusal":
        return [("refusal", str(part.get("refusal") or part.get("text") or ""))]
    return [("unknown", kind)]


def usage_of(before: Usage, found: object) -> Usage:
    """Both counts together: repeated and growing counts are not added up, and zeros never overwrite."""
    if not isinstance(found, Mapping):
        return before
    return Usage(
        _more(before.prompt, found.get("prompt_tokens", found.get("input_tokens"))),
        _more(before.completion, found.get("completion_tokens", found.get("output_tokens"))),
    )


def _more(before: int | None, found: object) -> int | None:
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        return before
    return found if before is None else max(before, found)


class Characters:
    """Joins characters beyond the basic plane whose two halves (`\\ud83d` `\\ude00`) came in two deltas."""

    def __init__(self) -> None:
        self.pending = ""

    def join(self, text: str) -> str | None:
        """`text` in whole characters, its last half held back; None where a half stands alone."""
        if not self.pending and text.isascii():
            return text
        text, self.pending = self.pending + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self.pending = text[:-1], text[-1]
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            return None
