"""What a language model sends to the tools: checked here, and described to it by the same words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wenyuan.errors import WrongUse

LONGEST = 20_000
"""Characters of a document that are read at once."""
USUAL = 4_000
"""Characters that are read where it is not said how many."""

T = TypeVar("T", bound="Arguments")

_Question = Annotated[
    str,
    Field(
        min_length=1,
        max_length=8_192,
        description="A question or key words, in Chinese or English. It must stand alone: nothing is known of the "
        "conversation.",
        examples=["How long is the warranty of the PX-200?", "泵的保修期多长？"],
    ),
]
_Document = Annotated[
    str,
    Field(
        min_length=1,
        max_length=1_024,
        description="The id of a document, as the other tools give it.",
        examples=["manuals/pump.pdf"],
    ),
]
_Where = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=1_024)]],
    Field(
        max_length=20,
        description="Conditions on documents, all of which must hold: FIELD=VALUE, FIELD=ONE,OTHER, !=, >=, <=, > or "
        "<. Fields are type, time, source (a document or folder) and the documents' own.",
        examples=[["type=pdf", "time>=2024-01-01"]],
    ),
]


class Arguments(BaseModel):
    """What every tool takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Based(Arguments):
    """What every tool takes that asks one knowledge base."""

    knowledge_base: str = Field(
        default="",
        max_length=64,
        description="The name of a knowledge base, of list_knowledge_bases; not needed where there is only one.",
    )


class Search(Based):
    """What is looked for."""

    question: _Question
    limit: int = Field(default=8, ge=1, le=50, description="How many passages are wanted at most.")
    where: _Where = []


class Ask(Based):
    """What is to be answered."""

    question: _Question
    where: _Where = []


class ReadSpan(Based):
    """What is to be read."""

    document: _Document
    start: int = Field(default=0, ge=0, le=1 << 53, description="Where to begin: a character of the text, from 0.")
    end: int | None = Field(
        default=None,
        ge=0,
        le=1 << 53,
        description=f"Where to end, itself not read. Without it: {USUAL} characters on; {LONGEST} are read at most.",
    )


class WhyNot(Based):
    """What was not found."""

    question: _Question
    document: _Document
    limit: int = Field(default=8, ge=1, le=50, description="Among how many passages it was looked for.")
    where: _Where = []


class ListDocuments(Based):
    """What is to be listed."""

    folder: str = Field(default="", max_length=1_024, description="Only the documents in this folder, such as docs.")
    where: _Where = []
    limit: int = Field(default=50, ge=1, le=200, description="How many documents are wanted at most.")
    after: str = Field(default="", max_length=1_024, description="Only those after this id: `next` of the last call.")


class ListKnowledgeBases(Arguments):
    """Nothing."""


def read(kind: type[T], given: Mapping[str, Any]) -> T:
    """The arguments of a tool; one that is null is as one that was left out.

    Raises:
        WrongUse: one of them does not fit.
    """
    try:
        return kind.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(map(str, first["loc"]))
        raise WrongUse(f"The argument '{name}' does not fit ({first['msg']}); see the tool's description.") from error
