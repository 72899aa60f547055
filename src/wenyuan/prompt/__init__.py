"""Query + Context → messages, from one template a language (`zh.jinja`, `en.jinja`)."""

from __future__ import annotations

import functools

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from wenyuan.types import Context, Message, Prompt, Query


def build_prompt(query: Query, context: Context) -> Prompt:
    """The system message states role and rules; the user message gives numbered contexts, then the question."""
    template = _template(query.language)
    values: dict[str, object] = {"question": query.normalised, "sources": context.sources}
    messages = (
        Message("system", _block(template, "system", values)),
        Message("user", _block(template, "user", values)),
    )
    return Prompt(query=query, context=context, messages=messages)


def _block(template: Template, name: str, values: dict[str, object]) -> str:
    return "".join(template.blocks[name](template.new_context(values))).strip()


@functools.cache
def _template(language: str) -> Template:
    environment = Environment(
        loader=PackageLoader("wenyuan", "prompt"),
        autoescape=False,  # noqa: S701 — the output is a prompt, not a page
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(f"{language}.jinja")
