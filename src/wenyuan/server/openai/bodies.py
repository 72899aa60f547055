"""What callers send in OpenAI's shapes. What changes nothing here is ignored, what cannot be done is refused."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from wenyuan.server.bodies import Body, Name, Tests, filter_of
from wenyuan.server.errors import Refused
from wenyuan.text.normalise import is_text
from wenyuan.types import Filter

FUNCTIONS = 128
MESSAGES = 2_000


class Open(BaseModel):
    """A JSON object of which unknown fields are ignored, as clients send what other servers know."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Whole(Open):
    """The body of a request, which can be written down."""

    @model_validator(mode="before")
    @classmethod
    def _is_text(cls, data: object) -> object:
        try:
            written = json.dumps(data, ensure_ascii=False)
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
        if not is_text(written):
            raise ValueError("it holds half a character, a surrogate without its other half")
        return data


class Called(Open):
    """A function's name and, as JSON, the arguments that a model wrote."""

    name: Annotated[str, Field(max_length=64)]
    arguments: Annotated[str, Field(max_length=1_000_000)] = ""


class Call(Open):
    """A call in a message of the assistant's."""

    id: Name
    function: Called


class Said(Open):
    """A message. Its content may be parts, of which only text is read."""

    role: str
    content: str | list[dict[str, Any]] | None = None
    tool_calls: Annotated[list[Call], Field(max_length=1_000)] | None = None
    tool_call_id: str | None = None


class Function(Open):
    """A function that the caller runs."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    description: str | None = None
    parameters: dict[str, Any] | None = None


class Offered(Open):
    """A tool, which can only be a function."""

    type: str
    function: Function | None = None


class StreamOptions(Open):
    """What a stream has beside its text."""

    include_usage: bool | None = None


class Ours(Body):
    """The field `wenyuan` of a request: what no other server has."""

    where: Tests = Field(default=[], description="Tests that documents must pass, such as type=pdf.")
    filter: dict[str, Any] | None = None
    constraints: bool = True
    llm: bool = Field(default=True, description="Whether the settings' language model writes; else it is quoted.")

    def narrowed(self) -> Filter | None:
        """The filters together."""
        return filter_of(self.where, self.filter)


class ChatBody(Whole):
    """A conversation that wants its next message.

    Sampling (`temperature`, `top_p`, `seed`, `stop`, penalties) and limits of the reply are the knowledge base's own
    settings, so these fields are ignored, and so are those that only label a request (`user`, `metadata`, `store`).
    """

    model: Name = Field(description="A knowledge base.", examples=["support"])
    messages: Annotated[list[Said], Field(min_length=1, max_length=MESSAGES)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    tools: Annotated[list[Offered], Field(max_length=FUNCTIONS)] | None = None
    tool_choice: str | dict[str, Any] | None = None
    functions: list[Any] | None = None
    n: int | None = None
    logprobs: bool | None = None
    response_format: dict[str, Any] | None = None
    modalities: list[str] | None = None
    wenyuan: Ours = Ours()

    def check(self) -> None:
        """See that nothing is asked for that would not be done.

        Raises:
            Refused: it is; leaving it out silently would give the caller something else than it expects.
        """
        kind = (self.response_format or {}).get("type", "text")
        if self.n not in (None, 1):
            raise Refused(400, "unsupported_value", "A question has one answer; leave out `n`.", param="n")
        if self.logprobs:
            sentence = "Answers have no probabilities; leave out `logprobs`."
            raise Refused(400, "unsupported_value", sentence, param="logprobs")
        if kind != "text":
            sentence = f"Answers are text with citations, not {kind!r}; leave out `response_format`."
            raise Refused(400, "unsupported_value", sentence, param="response_format")
        if self.modalities not in (None, ["text"]):
            raise Refused(400, "unsupported_value", "Answers are text; leave out `modalities`.", param="modalities")
        if self.functions:
            sentence = "Functions are offered in `tools`; `functions` is not read."
            raise Refused(400, "unsupported_value", sentence, param="functions")


class EmbeddingsBody(Whole):
    """Texts to be made vectors."""

    model: Name = Field(description="An encoder, or a knowledge base: its encoder.")
    input: str | list[Any] = Field(examples=[["泵的保修期是两年。", "The pump is covered for two years."]])
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: int | None = None
    input_type: Literal["query", "passage", "document", "search_query", "search_document"] | None = Field(
        default=None, description="Whether the texts ask, or are asked of: passage where it is not said."
    )
