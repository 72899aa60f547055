"""What one endpoint can do and wants: the differences between servers that speak the same protocol.

The defaults suit OpenAI and servers that follow it closely; `probe` finds the rest out.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from wenyuan.errors import WrongUse

FILE_NAME = "endpoints.json"


class Profile(BaseModel):
    """An endpoint's quirks; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stream: bool = True  # False: whole replies only
    stream_usage: bool = True  # takes `stream_options.include_usage`
    tools: Literal["native", "schema", "none"] = "native"  # "schema": calls are written as JSON that fits a schema
    json_schema: bool = True  # takes `response_format` with a JSON schema
    parallel_calls: bool | None = None  # sent as `parallel_tool_calls`; None: not sent
    required_choice: bool = True  # takes `tool_choice: "required"`
    null_content: bool = True  # takes `content: null` beside tool calls; False: "" is sent
    echo_reasoning: str | None = None  # the field in which reasoning is sent back with tool calls, "" if there was none
    opened: bool = False  # its text begins inside <think>, which the template has opened
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    temperature: float | None = 0.0  # None: not sent, for models that refuse it
    window: int = Field(default=8192, ge=512)  # tokens of prompt and reply together
    han_tokens: float = Field(default=1.0, gt=0)  # tokens of a Chinese character
    other_tokens: float = Field(default=0.35, gt=0)  # tokens of any other character
    calibrated: bool = False  # whether the two rates were measured on this endpoint
    extra: Mapping[str, Any] = Field(default_factory=dict)  # sent with every request: {"enable_thinking": false}

    def tokens(self, text: str) -> float:
        """Tokens of a text by the two rates."""
        han = sum("\u3400" <= character <= "\u9fff" or character > "\U0001ffff" for character in text)
        return han * self.han_tokens + (len(text) - han) * self.other_tokens


class Profiles:
    """The profiles written into a folder, by endpoint (`model@url`)."""

    _adapter = TypeAdapter(dict[str, Profile])

    def __init__(self, file: Path, known: Mapping[str, Profile]) -> None:
        self._file = file
        self._known = dict(known)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Those of the folder; none where it has no file.

        Raises:
            WrongUse: the file is not what `write` makes; the sentence names the first wrong key.
        """
        file = folder / FILE_NAME
        if not file.is_file():
            return cls(file, {})
        try:
            return cls(file, cls._adapter.validate_json(file.read_bytes()))
        except OSError as error:
            raise WrongUse(f"{file} cannot be read ({error.strerror}); give its owner the right to.") from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the file"
            raise WrongUse(
                f"{file} is no list of endpoint profiles ({where}: {first['msg']}); correct it, or delete it and run "
                "`wenyuan doctor --llm URL` again."
            ) from error

    def get(self, endpoint: str) -> Profile:
        """The endpoint's profile; the default where it was never probed."""
        return self._known.get(endpoint, Profile())

    def __contains__(self, endpoint: str) -> bool:
        return endpoint in self._known

    def write(self, endpoint: str, profile: Profile) -> Path:
        """Keep a profile, in place of the endpoint's earlier one."""
        self._known[endpoint] = profile
        content = self._adapter.dump_json(self._known, indent=2, exclude_defaults=True)
        temporary = self._file.with_suffix(".tmp")
        try:
            temporary.write_bytes(content + b"\n")
            temporary.replace(self._file)
        except OSError as error:
            raise WrongUse(f"{self._file} cannot be written ({error.strerror}); see to its folder.") from error
        return self._file
