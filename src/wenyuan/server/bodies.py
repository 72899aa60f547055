"""What callers send, checked: bodies of requests, and how their parts become what the engine takes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from wenyuan.errors import WrongUse
from wenyuan.fetch.types import SourceKind
from wenyuan.filters import check, every, read_test, read_tree
from wenyuan.server.keys import Pages, pages_of
from wenyuan.text.normalise import is_text
from wenyuan.types import Filter, Message

_DEEPEST = 64  # objects and lists within each other that a filter may be made of

T = TypeVar("T")

Text = Annotated[str, Field(max_length=65_536)]
Some = Annotated[str, Field(min_length=1, max_length=65_536)]
Name = Annotated[str, Field(min_length=1, max_length=1_024)]
Toml = Annotated[str, Field(max_length=1_000_000)]
Tests = Annotated[list[Annotated[str, Field(max_length=4_096)]], Field(max_length=100)]


def sound(value: T) -> T:
    """What was read as JSON, as it is.

    Raises:
        ValueError: it cannot be written as JSON again: it has half a character, or a number that is none.
    """
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    return value


Tree = Annotated[dict[str, Any], AfterValidator(sound)]


class Body(BaseModel):
    """A JSON object; what is not known in it is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Turn(Body):
    """One turn of the conversation before a question."""

    role: Literal["user", "assistant"]
    content: Annotated[str, Field(max_length=65_536)]


class Asked(Body):
    """What every question has."""

    question: Text = Field(examples=["泵的保修期多长？"])
    where: Tests = Field(default=[], description="Tests that documents must pass, such as type=pdf.")
    filter: Tree | None = Field(default=None, description="A filter as a tree of and, or, not and tests.")
    constraints: bool = Field(default=True, description="Whether dates and documents that are named are filters.")

    def narrowed(self) -> Filter | None:
        """The filters together."""
        return filter_of(self.where, self.filter)


class Told(Asked):
    """A question that may stand in a conversation."""

    history: Annotated[list[Turn], Field(max_length=200)] = []
    trace: bool = Field(default=False, description="Whether the reply has what each stage saw and did, too.")

    def turns(self) -> list[Message]:
        """The conversation before it."""
        return [Message(turn.role, turn.content) for turn in self.history]


class SearchBody(Told):
    """A search."""

    k: int = Field(default=10, ge=1, le=1_000)
    legs: Annotated[list[str], Field(max_length=10)] = ["bm25", "dense"]
    rerank: bool | None = None
    rerank_ms: float | None = Field(default=None, ge=0, le=3_600_000)
    explain: bool = False


class AskBody(Told):
    """A question that wants an answer."""

    llm: bool = Field(default=True, description="Whether the settings' language model writes; else it is quoted.")
    stream: bool = Field(default=False, description="Whether what happens is sent as it happens.")


class WhyBody(Asked):
    """Why a document was not found."""

    document: Name
    k: int = Field(default=10, ge=1, le=1_000)
    ask: bool = False


class ProposeBody(WhyBody):
    """A document that a rule is to bring in."""

    change: int = Field(default=0, ge=0, le=1_000, description="Which of the changes of `why` the rule stands for.")


class FeedbackBody(Body):
    """What a person says of an answer."""

    verdict: Literal["right", "wrong", "partly"]
    question: Annotated[str, Field(max_length=65_536)] = ""
    answer: Annotated[str, Field(max_length=65_536)] = ""
    correction: Annotated[str, Field(max_length=65_536)] = ""
    comment: Annotated[str, Field(max_length=65_536)] = ""
    document: Annotated[str, Field(max_length=1_024)] = ""
    trace_id: Annotated[str, Field(max_length=64)] = ""


class NewBody(Body):
    """A knowledge base to be made."""

    name: Annotated[str, Field(min_length=1, max_length=64)] = Field(examples=["support"])


class TomlBody(Body):
    """A file of settings or rules."""

    toml: Toml


class RulesBody(Body):
    """Rules that are not written yet."""

    rules: Toml


class RulesTestBody(Body):
    """Rules that are tried."""

    rules: Toml | None = Field(default=None, description="Without them: those that hold.")
    question: Text | None = Field(default=None, description="Without it, their tests are run.")
    k: int = Field(default=10, ge=1, le=1_000)


class SetBody(Body):
    """Questions with what is known of their answers."""

    jsonl: Annotated[str, Field(max_length=3_000_000)] = Field(
        examples=['{"question": "泵的保修期多长？", "document": "pump.md", "evidence": "保修期为 24 个月"}']
    )


class RunBody(Body):
    """How a knowledge base is measured."""

    measure: Literal["answers", "search"] = Field(
        default="answers", description="What is quoted, or where right documents come in a search, stage by stage."
    )


class UrlBody(Body):
    """A page or file on the web."""

    url: Annotated[str, Field(min_length=1, max_length=2_048)] = Field(examples=["https://example.com/manual.pdf"])
    metadata: Tree = {}


class PlacesBody(Body):
    """Places on the server's own disk."""

    paths: Annotated[list[Annotated[str, Field(min_length=1, max_length=4_096)]], Field(min_length=1, max_length=1_000)]
    metadata: Tree = {}
    exclude: Annotated[list[str], Field(max_length=1_000)] = []


class SourceBody(Body):
    """A source to be kept in step with."""

    name: Annotated[str, Field(min_length=1, max_length=64)] = Field(examples=["handbook"])
    location: Annotated[str, Field(min_length=1, max_length=4_096)] = Field(examples=["https://example.com/docs/"])
    kind: SourceKind | None = Field(default=None, description="Without it: what the location looks like.")
    metadata: dict[str, Any] = Field(default={}, description="Of every document; `access` names groups.")
    exclude: Annotated[list[Name], Field(max_length=1_000)] = Field(default=[], description="As in .gitignore.")
    hosts: Annotated[list[Annotated[str, Field(max_length=253)]], Field(max_length=100)] = Field(
        default=[], description="Of a site map: whose pages belong to it beside its own."
    )
    every: float = Field(default=86_400, ge=60, le=31_536_000, description="Seconds between two looks.")
    credentials: dict[str, Any] = Field(default={}, description="Of a tree of files; never shown.", repr=False)
    paused: bool = Field(default=False, description="Whether it is looked at only when asked to.")


class PauseBody(Body):
    """Whether a source is looked at only when asked to."""

    paused: bool


class NamesBody(Body):
    """Documents, or folders of documents."""

    documents: Annotated[list[Name], Field(min_length=1, max_length=10_000)]


class PassageBody(Body):
    """What is to become of a passage; what is not given stays as it is."""

    disabled: bool = Field(default=False, description="Whether it is kept from being found.")
    text: Text | None = Field(default=None, description="What stands in its place; null: its own text again.")


class FieldsBody(Body):
    """Fields of a document; one that is null is taken from it."""

    metadata: Tree = Field(examples=[{"product": "X100", "year": 2026}])


class SyncBody(Body):
    """Another look at everything."""

    rebuild: bool = False


class KeyBody(Body):
    """A key to be made."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    rights: Annotated[list[str], Field(min_length=1, max_length=3)] = ["read"]
    groups: Annotated[list[str], Field(max_length=1_000)] | None = Field(
        default=None, description="Whose documents it sees, beside everyone's; without it: all, but for pages."
    )
    origins: Annotated[list[Annotated[str, Field(max_length=300)]], Field(max_length=100)] | None = Field(
        default=None, description="The sites whose pages alone may use it, to ask only: https://shop.example.com."
    )
    only: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, description="With `origins`: the one knowledge base that they may ask."
    )

    def pages(self) -> Pages | None:
        """The pages that it is for; None where it is a program's.

        Raises:
            WrongUse: they or their knowledge base are missing, or are none.
        """
        return pages_of(self.origins, self.only)


def filter_of(where: Sequence[str], tree: dict[str, Any] | None) -> Filter | None:
    """Tests and a tree together.

    Raises:
        WrongUse: one of them makes no sense.
    """
    if tree is not None:
        _check_tree(tree)
    parts = [*map(read_test, where), *([] if tree is None else [read_tree(tree)])]
    for part in parts:
        check(part)
    return every(parts)


def _check_tree(tree: dict[str, Any]) -> None:
    if not is_text(json.dumps(tree, ensure_ascii=False)):
        raise WrongUse("The filter holds halves of characters (\\ud800 … \\udfff); write whole ones.")
    level: list[object] = [tree]
    for _ in range(_DEEPEST):
        level = [part for node in level for part in _parts_of(node)]
    if level:
        raise WrongUse(f"The filter is nested more than {_DEEPEST} deep; write it flatter.")


def _parts_of(node: object) -> list[object]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []


def tree_of(text: str | None) -> dict[str, Any] | None:
    """A filter that stands in a URL, as JSON."""
    if text is None:
        return None
    try:
        tree = sound(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise WrongUse(f"The filter is no JSON ({error}); write it as in --filter.") from error
    if not isinstance(tree, dict):
        raise WrongUse("The filter is no JSON object; write it as in --filter.")
    return tree
