"""What a training run is told: one YAML file ↔ one `TrainConfig`; unknown keys are errors, paths start at the file."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import yaml
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from wenyuan.errors import WrongUse
from wenyuan.settings import Share

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
Weight = Annotated[float, Field(ge=0)]


class _Strict:
    """Unknown keys are errors: the setting that pydantic reads from a standard dataclass."""

    __slots__ = ()
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Precision(_Strict):
    """Number format of the forward pass, and how fp16's dynamic loss scale moves. Master weights are always float32."""

    mode: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    init_scale: Positive = 65536.0
    growth_interval: Count = 2000  # steps without overflow before the scale grows
    backoff: Annotated[float, Field(gt=0, lt=1)] = 0.5
    growth: Annotated[float, Field(gt=1)] = 2.0
    max_grad_norm: Positive = 1.0  # of the unscaled gradient
    lr_backoff_after: Count = 8  # consecutive overflows
    lr_backoff: Annotated[float, Field(gt=0, le=1)] = 0.5


@dataclass(frozen=True, slots=True)
class LayerMatch(_Strict):
    """One pair of layers whose hidden states or attention maps are to agree; layer 0 is the embedding's output."""

    teacher: Annotated[int, Field(ge=0)]
    student: Annotated[int, Field(ge=0)]
    kind: Literal["hidden", "attention"] = "hidden"
    weight: Positive = 1.0


@dataclass(frozen=True, slots=True)
class DistilStage(_Strict):
    """One step of progressive distillation: how many layers are kept, for how many epochs."""

    layers: Count
    epochs: Positive = 1.0


@dataclass(frozen=True, slots=True)
class Distil(_Strict):
    """Loss = alpha · soft + (1 − alpha) · hard (+ feature_weight · features); soft scores come with the examples."""

    alpha: Share = 0.5
    temperature: Positive = 2.0
    final_temperature: Positive | None = None  # reached linearly at the last step
    objective: Literal["kl", "margin_mse", "ranknet", "listnet"] = "kl"
    teacher: str | None = None  # folder; only feature transfer needs it
    features: tuple[LayerMatch, ...] = ()
    feature_weight: Weight = 0.1
    weighting: Literal["none", "margin", "agreement"] = "none"
    min_margin: float | None = None  # groups whose teacher margin (logits) is smaller are left out
    curriculum: Literal["none", "easy_first"] = "none"
    stages: tuple[DistilStage, ...] = ()


@dataclass(frozen=True, slots=True)
class Heads(_Strict):
    """What a reader learns beside relevance: loss = relevance + early · early exit + span · evidence or none."""

    early_layer: Count = 4  # the layer after which the first token's state gives the early relevance
    early: Weight = 0.3
    span: Weight = 1.0
    other_span: Weight = 0.25  # of the passages beside the one a question is asked about, within the loss of spans


@dataclass(frozen=True, slots=True)
class TrainConfig(_Strict):
    """One run: what is trained, on what, how long, into which folder.

    A step sees `accumulate` × `batch_size` × `group` pairs.
    """

    task: Literal["reranker", "encoder", "reader"]
    model: str  # folder, preset name or "hf:org/name"
    train: Path
    out: Path
    dev: Path | None = None
    layers: Count | None = None  # keep so many of the model's layers, evenly spaced; None keeps all
    epochs: Positive = 1.0
    batch_size: Count = 8  # queries a batch
    accumulate: Count = 1  # batches a step
    temperature: Positive = 0.05  # encoders only: cosines are divided by it
    group: Annotated[int, Field(ge=2)] = 8  # passages a query: one positive, the others negative
    lr: Positive = 2e-5
    head_lr: Positive | None = None  # of the scoring head, of a reader's other heads; None takes `lr`
    warmup: Share = 0.1  # share of the steps
    max_tokens: Annotated[int, Field(ge=8)] = 256  # of a pair (an encoder: of a text), special tokens included
    query_prefix: str = ""  # encoders only, as "query: " for the e5 family
    passage_prefix: str = ""
    freeze_embeddings: bool = True  # word embeddings only
    seed: Annotated[int, Field(ge=0)] = 0
    threads: Count | None = None  # None leaves torch's choice
    eval_steps: Count = 500
    save_steps: Count = 500
    log_steps: Count = 20
    best: str | None = None  # dev figure: the model that had most of it is kept; None keeps the last
    precision: Precision = Precision()
    distil: Distil | None = None
    heads: Heads = Heads()  # readers only


def read_config(path: Path) -> TrainConfig:
    """The run described by a YAML file.

    Raises:
        WrongUse: no such file, not YAML, or a key or value that does not fit; the sentence names key and file.
    """
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise WrongUse(f"The training file {path} cannot be read ({error.strerror}); check the path.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        place = " ".join(str(error).split())
        raise WrongUse(f"{path} is not valid YAML ({place}); correct that line.") from error
    if not isinstance(content, dict):
        raise WrongUse(f"{path} must hold keys and values such as 'task: reranker'; write them one a line.")
    try:
        config = TypeAdapter(TrainConfig).validate_python(content)
    except ValidationError as error:
        raise WrongUse(_sentence(error, path)) from error
    return _resolved(config, path.parent)


def write_config(config: TrainConfig, path: Path) -> None:
    """Write `config` as YAML that `read_config` reads back: absent options left out, paths relative to the file."""
    content = TypeAdapter(TrainConfig).dump_python(_relative(config, path.parent), mode="json", exclude_none=True)
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")


def _sentence(error: ValidationError, path: Path) -> str:
    unknown = ("extra_forbidden", "unexpected_keyword_argument")  # told first: a misspelt key also leaves one missing
    first = min(error.errors(), key=lambda problem: problem["type"] not in unknown)
    key = ".".join(map(str, first["loc"]))
    if first["type"] in unknown:
        return f"'{key}' in {path} is not a training setting; remove it or correct its name."
    if first["type"].startswith("missing"):
        return f"{path} lacks the setting '{key}'; add it."
    return f"'{key}' in {path} has a value that does not fit ({first['msg']}); correct it."


def _resolved(config: TrainConfig, folder: Path) -> TrainConfig:
    return _with_paths(config, folder, lambda path: str((folder / path).resolve()))


def _relative(config: TrainConfig, folder: Path) -> TrainConfig:
    return _with_paths(config, folder, lambda path: os.path.relpath(path, folder))


def _with_paths(config: TrainConfig, folder: Path, change: Callable[[str | Path], str]) -> TrainConfig:
    """Every path changed; the name of a model stays as it is unless such a folder exists."""

    def model(name: str) -> str:
        return change(name) if (folder / name).is_dir() else name

    paths: dict[str, Any] = {
        field.name: Path(change(value))
        for field in fields(config)
        if isinstance(value := getattr(config, field.name), Path)
    }
    distil = config.distil
    if distil is not None and distil.teacher is not None:
        distil = replace(distil, teacher=model(distil.teacher))
    return replace(config, **paths, model=model(config.model), distil=distil)
