"""Settings of a knowledge base: defaults, then `wenyuan.toml` in its folder, then environment variables `WENYUAN_*`.

Nested keys are written `[fuse] dense = 0.6` in the file and `WENYUAN_FUSE__DENSE=0.6` in the environment. Unknown keys
and values out of bounds are errors. Only faces and house read settings; stages take plain arguments.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from wenyuan.errors import WrongUse

FILE_NAME = "wenyuan.toml"

# Variables that are no settings of a knowledge base: which one, whose server holds it, where a server keeps its own.
_OF_PROGRAMS = ("WENYUAN_KB", "WENYUAN_SERVER", "WENYUAN_API_KEY", "WENYUAN_HOME", "WENYUAN_DATA")

Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(gt=0, le=86400)]
Line = Annotated[str, Field(min_length=1, max_length=80)]
Said = Annotated[str, Field(min_length=1, max_length=1000)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EncoderSettings(_Section):
    """Which model turns text into vectors."""

    model: str = "embed"  # shipped name, local folder or "hf:org/name"
    threads: int = Field(default=1, ge=1, le=256)


class LoadSettings(_Section):
    """What is refused before it can do harm."""

    max_file_mb: int = Field(default=200, ge=1)
    max_inflated_mb: int = Field(default=1024, ge=1)
    isolated: bool = False  # whether files are read in a process of its own, for those of strangers
    seconds: Seconds = 120.0  # of one file, there
    memory_mb: int = Field(default=2048, ge=64)  # there, beside what the process has when it starts


class ChunkSettings(_Section):
    """How documents are cut."""

    size: int = Field(default=256, ge=32, le=8192)  # tokens of the encoder
    overlap: int = Field(default=1, ge=0, le=10)  # sentences


class UnderstandSettings(_Section):
    """What is read out of a question, and made of it, before anything is searched."""

    intent: str = "intent"  # the classifier: shipped name or local folder; "none": no intent
    constraints: bool = True  # whether dates and documents that a question names become filters
    rewrite: bool = True  # a turn of a conversation becomes a question that stands alone
    rewriter: Literal["rules", "llm"] = "rules"  # by what; the language model is that of `llm`


class RecallSettings(_Section):
    """How many candidates each leg brings."""

    candidates: int = Field(default=100, ge=1, le=1000)
    glossary: str = "glossary"  # words in the other language: shipped name or local folder; "none": own terms only
    summaries: bool = False  # whether sections are summarised, and searched by that: a third leg


class FuseSettings(_Section):
    """How the legs' lists become one."""

    method: Literal["weighted", "rrf"] = "weighted"
    normalise: Literal["minmax", "max", "zscore", "sigmoid"] = "minmax"
    dense: Share = 0.5  # weight of the dense leg; BM25 has the rest
    summary: Share = 0.2  # weight of the leg of summaries, where there is one; the other two share the rest
    policy: str = "none"  # what shifts that weight by question: shipped name or local folder; "none": nothing does
    duplicate: Share = 0.9  # hits at least this similar to a better one are left out; 1 leaves out only identical ones


class RerankSettings(_Section):
    """Which model puts the best hits in a better order, and how much of it one can afford."""

    model: str = "rerank"  # shipped name, local folder or "hf:org/name"; "none": no reranking
    threads: int = Field(default=1, ge=1, le=256)
    runtime: Literal["auto", "onnxruntime", "openvino"] = "auto"  # auto: whichever is faster on this machine
    candidates: int = Field(default=100, ge=1, le=1000)  # hits that are compared token by token
    coarse: Share = 0.0  # weight of that comparison, the score of fusion has the rest; 0: none, and no room for it
    coarse_threshold: float | None = None  # mean cosine (-1 … 1) below which the model does not read a hit
    fine: int = Field(default=8, ge=1, le=1000)  # hits that the model reads at most
    first: int = Field(default=4, ge=1, le=1000)  # hits that a reader reads before it may be sure
    sure: float | Literal["none"] = 0.0  # relevance + margin from which on a reader stops (logits)
    ms: Annotated[float, Field(ge=0)] | None = None  # time for reading; what was not read by then keeps its place
    weight: Share = 0.5  # of the model's score; the score before it has the rest
    threshold: float | None = None  # logit below which a hit that was read is left out
    cache_mb: int = Field(default=64, ge=0)  # for remembered scores


class DiversitySettings(_Section):
    """How much the hits may repeat each other."""

    coverage: bool = True  # a question that compares things gets a hit for each of them
    novelty: Share = 0.0  # weight of being unlike the hits before; 0: the best, however alike
    per_document: int | None = Field(default=None, ge=1)  # hits of one document at most


class AnswerSettings(_Section):
    """How much is read and how sure an answer must be."""

    sources: int = Field(default=6, ge=1, le=50)
    budget: int = Field(default=2000, ge=100)  # tokens of context
    context: Literal["neighbours", "section"] = "neighbours"  # what is read with a hit
    sentences: int = Field(default=4, ge=1, le=20)  # of an extractive answer
    confidence: Share = 0.5  # below it the answer is "no sufficient source"


class EndpointSettings(_Section):
    """A model behind an OpenAI-compatible API."""

    url: str  # the base URL, which often ends in /v1
    model: str
    key: SecretStr = SecretStr("")


class LlmSettings(_Section):
    """The language model that writes answers; without one they are quoted."""

    url: str = ""  # base URL of an OpenAI-compatible API: http://127.0.0.1:8080/v1; "": none
    model: str = ""  # as the endpoint names it
    key: SecretStr = SecretStr("")  # better in the environment: WENYUAN_LLM__KEY
    fallbacks: tuple[EndpointSettings, ...] = ()  # asked in this order where the first does not reply
    connect_seconds: Seconds = 10.0
    first_seconds: Seconds = 60.0  # until the first word
    between_seconds: Seconds = 30.0  # from one word to the next
    total_seconds: Seconds = 300.0  # of one reply
    retries: int = Field(default=2, ge=0, le=10)  # before the first word
    window: int | None = Field(default=None, ge=512)  # tokens of prompt and reply; None: what `doctor --llm` found
    reply_tokens: int = Field(default=1024, ge=16)  # at most
    prompt: Literal["default", "service"] = "default"  # service: for customers, with a hand-off to people
    summarise: bool = False  # the model summarises older turns that do not fit; else their best sentences are kept
    extractive: bool = True  # quote instead where no endpoint replies; the answer says so


class ToolSettings(_Section):
    """Functions that the language model may call, and how far it may go."""

    builtin: tuple[Literal["search_knowledge", "get_document_span", "calculate", "current_time"], ...] = ()
    rounds: int = Field(default=6, ge=1, le=50)
    calls: int = Field(default=16, ge=1, le=500)
    parallel: int = Field(default=4, ge=1, le=64)
    seconds: Seconds = 120.0  # of all rounds together
    repeats: int = Field(default=2, ge=1, le=20)  # of one call with the same arguments


class InboxSettings(_Section):
    """Questions that a server could not answer, kept for who looks after the documents."""

    keep_days: int = Field(default=90, ge=0, le=3650)  # since a question was last asked; 0: none is kept


class WidgetSettings(_Section):
    """What a site's visitors read in the box in which they ask."""

    title_zh: Line = "在线帮助"
    title_en: Line = "Help"
    greeting_zh: Said = "您好！请问有什么可以帮您？"
    greeting_en: Said = "Hello! What can we help you with?"
    handoff_zh: Said = "我们会把这段对话转给同事，请留下联系方式，以便回复您。"
    handoff_en: Said = "We will pass this conversation on to a person. Leave a way to reach you, and we will reply."
    colour: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = "#1f5fbf"  # of button and title: #rrggbb


class Settings(BaseSettings):
    """All settings of one knowledge base."""

    model_config = SettingsConfigDict(
        env_prefix="WENYUAN_", env_nested_delimiter="__", extra="forbid", frozen=True, env_ignore_empty=True
    )

    encoder: EncoderSettings = EncoderSettings()
    load: LoadSettings = LoadSettings()
    chunk: ChunkSettings = ChunkSettings()
    understand: UnderstandSettings = UnderstandSettings()
    recall: RecallSettings = RecallSettings()
    fuse: FuseSettings = FuseSettings()
    rerank: RerankSettings = RerankSettings()
    diversity: DiversitySettings = DiversitySettings()
    answer: AnswerSettings = AnswerSettings()
    llm: LlmSettings = LlmSettings()
    tools: ToolSettings = ToolSettings()
    inbox: InboxSettings = InboxSettings()
    widget: WidgetSettings = WidgetSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment over file: the file's content arrives as init arguments."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings


def read_settings(folder: Path) -> Settings:
    """The settings of the knowledge base in `folder`.

    Raises:
        WrongUse: the file is not TOML, or a key or value is not known; the sentence names both.
    """
    file = folder / FILE_NAME
    try:
        content: dict[str, Any] = tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongUse(f"{file} is not valid TOML ({error}); correct that line or delete the file.") from error
    _refuse_unknown_environment()
    try:
        return Settings(**content)
    except SettingsError as error:
        raise WrongUse(
            f"The environment sets something that cannot be read ({error}); a list is written as JSON: "
            "WENYUAN_TOOLS__BUILTIN='[\"calculate\"]'."
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        unknown = first["type"] == "extra_forbidden"
        what = "is not a setting" if unknown else f"has a value that does not fit ({first['msg']})"
        raise WrongUse(f"'{key}' {what}; correct it in {file} or in the environment (WENYUAN_*).") from error


def without_llm(settings: Settings) -> Settings:
    """The same, but answers are quoted."""
    understand = settings.understand.model_copy(update={"rewriter": "rules"})
    return settings.model_copy(update={"llm": LlmSettings(), "understand": understand})


def without_constraints(settings: Settings) -> Settings:
    """The same, but dates and documents that a question names filter nothing."""
    understand = settings.understand.model_copy(update={"constraints": False})
    return settings.model_copy(update={"understand": understand})


def _refuse_unknown_environment() -> None:
    """`extra="forbid"` sees only the file: pydantic-settings silently skips unknown variables with our prefix."""
    sections = tuple(f"WENYUAN_{name.upper()}__" for name in Settings.model_fields)
    prefixes = (*sections, "WENYUAN_TEST_")  # the latter tell our own tests which model to run
    for name in os.environ:
        known = name.upper().startswith(prefixes) or name in _OF_PROGRAMS
        if name.upper().startswith("WENYUAN_") and not known:
            raise WrongUse(f"The environment variable {name} is not a setting; unset it or correct its name.")
