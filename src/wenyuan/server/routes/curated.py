"""Curated answers: written by people, each a rule of `rules.toml`, whose other rules and comments stay as they are."""

from __future__ import annotations

from typing import Annotated, Any

import tomlkit
from fastapi import APIRouter, Request
from pydantic import Field, model_validator
from starlette.responses import JSONResponse, Response
from tomlkit import TOMLDocument

from wenyuan.errors import WrongUse
from wenyuan.rules import FILE_NAME, read_rules
from wenyuan.server.bodies import Body
from wenyuan.server.errors import not_found
from wenyuan.server.files import place_of, read_file, replace_file
from wenyuan.server.identity import Identity
from wenyuan.server.routes.given import ERRORS, Admin, looked, service_of, shown

router = APIRouter(prefix="/api/knowledge-bases/{kb}/curated-answers", tags=["curated answers"], responses=ERRORS)

Text = Annotated[str, Field(min_length=1, max_length=65_536)]


class CuratedBody(Body):
    """An answer, when it is given, and what proves it."""

    all: list[Text] = Field(default=[], description="Words that a question must have, all of them.")
    any: list[Text] = Field(default=[], description="Words of which a question must have one.")
    text: Text
    expires: Text = Field(description="The last day on which it is given: 2027-12-31.")
    document: Text | None = Field(default=None, description="The document that proves it; or else `url`.")
    quote: Text | None = Field(default=None, description="What stands in that document, word for word.")
    url: Text | None = None

    @model_validator(mode="after")
    def _asks_for_words(self) -> CuratedBody:
        if not (self.all or self.any):
            raise ValueError("it would answer every question; give all or any")
        return self


@router.get("")
async def list_all(request: Request, kb: str, caller: Admin) -> JSONResponse:
    """The answers that people wrote."""

    def found() -> dict[str, Any]:
        rules = read_rules(place_of(service_of(request), caller, kb) / FILE_NAME).rules
        document = _file(request, caller, kb)
        tables = {str(table["name"]): table for table in document.get("rule", [])}
        unused = _unused(request, caller, kb)
        return {"answers": [_shape(rule.name, tables[rule.name], unused) for rule in rules if rule.answer]}

    return await shown(request, found)


@router.put("/{name}")
async def write(request: Request, kb: str, name: str, body: CuratedBody, caller: Admin) -> JSONResponse:
    """Write an answer, or another in the place of one."""

    def written() -> dict[str, Any]:
        document = _file(request, caller, kb)
        rule = _rule(name, body)
        tables = document.setdefault("rule", tomlkit.aot())
        at = _at(document, name)
        if at is None:
            tables.append(rule)
        elif "answer" not in tables[at]:
            raise WrongUse(f"The rule '{name}' is no curated answer; take another name.")
        else:
            for key in ("when", "answer"):
                tables[at][key] = rule[key]
        replace_file(service_of(request), caller, kb, FILE_NAME, tomlkit.dumps(document))
        return _shape(name, rule, _unused(request, caller, kb))

    return await shown(request, written)


@router.delete("/{name}", status_code=204)
async def remove(request: Request, kb: str, name: str, caller: Admin) -> Response:
    """Take an answer away."""

    def removed() -> None:
        document = _file(request, caller, kb)
        at = _at(document, name)
        if at is None or "answer" not in document["rule"][at]:
            raise not_found()
        del document["rule"][at]
        replace_file(service_of(request), caller, kb, FILE_NAME, tomlkit.dumps(document))

    await looked(request, removed)
    return Response(status_code=204)


def _file(request: Request, caller: Identity, kb: str) -> TOMLDocument:
    folder = place_of(service_of(request), caller, kb)
    read_rules(folder / FILE_NAME)  # says what is wrong with it, where something is
    return tomlkit.parse(read_file(folder, FILE_NAME))


def _at(document: TOMLDocument, name: str) -> int | None:
    """Where a rule of this name stands among the rules."""
    return next((n for n, table in enumerate(document.get("rule", [])) if table["name"] == name), None)


def _rule(name: str, body: CuratedBody) -> dict[str, Any]:
    answer = {
        "text": body.text,
        "expires": body.expires,
        "document": body.document,
        "quote": body.quote,
        "url": body.url,
    }
    when = {"all": body.all, "any": body.any}
    return {
        "name": name,
        "when": {key: value for key, value in when.items() if value},
        "answer": {key: value for key, value in answer.items() if value is not None},
    }


def _unused(request: Request, caller: Identity, kb: str) -> dict[str, str]:
    """Sentences on the answers that nobody gets as things stand."""
    with service_of(request).lent(caller, kb) as base:
        return {name: f"It is given to no question: {why}." for name, why in base.unused_answers().items()}


def _shape(name: str, rule: dict[str, Any], unused: dict[str, str]) -> dict[str, Any]:
    when, answer = rule.get("when", {}), rule["answer"]
    words = {
        key: [when[key]] if isinstance(when[key], str) else list(when[key]) for key in ("all", "any") if key in when
    }
    problems = [unused[name]] if name in unused else []
    return {"name": name, **words, **{key: str(value) for key, value in answer.items()}, "problems": problems}
