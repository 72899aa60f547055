"""Query + Context + earlier turns → messages, from one template a language (`zh.jinja`, `en.jinja`)."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from wenyuan.cite.markers import INSUFFICIENT, without_markers
from wenyuan.errors import WrongUse
from wenyuan.prompt.budget import context_budget, prompt_tokens
from wenyuan.prompt.data import as_data, as_line
from wenyuan.types import Context, Message, Prompt, Query, Source

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["Variant", "build_prompt", "context_budget", "prompt_tokens"]

Variant = Literal["default", "service"]
"""Who answers: a knowledge base's assistant, or customer service."""

_NONCE_BYTES = 6  # nobody who writes a document can guess them


def build_prompt(
    query: Query,
    context: Context,
    *,
    history: Sequence[Message] = (),
    variant: Variant = "default",
    nonce: str | None = None,
    tools: bool = False,
    dates: Mapping[str, float] | None = None,
    turns: Sequence[Message] = (),
) -> Prompt:
    """System message (role, policy, format), the earlier turns, then passages and question in one user message.

    Each passage stands within delimiters that hold `nonce` (random when not given; letters and digits), so that no
    document can close them. `history` is oldest turn first; its system turns are left out, and so are the numbers that
    earlier answers cite, which would be taken for those of this context. `tools`: functions can be called; the prompt
    says when to. `dates`: document → when it was written (Unix seconds). `turns`: what was said since the question, the
    calls of functions and their results. Source: "Spotlighting" (Hines et al., 2024).

    Raises:
        WrongUse: an unknown variant, or a nonce that is too short or has other characters.
    """
    if variant not in ("default", "service"):
        raise WrongUse(f'The prompt has no variant "{variant}"; use "default" or "service".')
    nonce = secrets.token_hex(_NONCE_BYTES) if nonce is None else nonce
    if not (nonce.isascii() and nonce.isalnum() and len(nonce) >= 4):
        raise WrongUse(f'"{nonce}" cannot delimit passages; give a nonce of at least 4 ASCII letters and digits.')
    template = _template(query.language)
    values: dict[str, object] = {
        "question": as_data(query.normalised, nonce),
        "sources": [_shown(source, nonce, dates or {}) for source in context.sources],
        "service": variant == "service",
        "tools": tools,
        "tag": f"passage-{nonce}",  # not in the system message: servers remember what begins alike
        "insufficient": INSUFFICIENT,
    }
    messages = (
        Message("system", _block(template, "system", values)),
        *(_earlier(message) for message in history if message.role != "system"),
        Message("user", _block(template, "user", values)),
        *(replace(turn, content=as_data(turn.content)) for turn in turns),
    )
    return Prompt(query=query, context=context, messages=messages)


def _shown(source: Source, nonce: str, dates: Mapping[str, float]) -> dict[str, object]:
    """A source as the template sees it."""
    place = [as_line(part, nonce) for part in (source.title, *source.headings)]
    written = dates.get(source.document)
    return {
        "n": source.n,
        "place": " › ".join(part for part in place if part),
        "page": source.page,
        "last_page": source.last_page,
        "sheet": as_line(source.sheet, nonce) if source.sheet else None,
        "date": datetime.fromtimestamp(written, UTC).date().isoformat() if written is not None else None,
        "header": as_data(source.header, nonce),
        "text": as_data(source.text, nonce),
    }


def _earlier(message: Message) -> Message:
    content = as_data(message.content)
    return replace(message, content=without_markers(content) if message.role == "assistant" else content)


def _block(template: Template, name: str, values: dict[str, object]) -> str:
    return "".join(template.blocks[name](template.new_context(values))).strip()


@functools.cache
def _template(language: str) -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("wenyuan", "prompt"),
        autoescape=False,  # noqa: S701 — the output is a prompt, not a page
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(f"{language}.jinja")
