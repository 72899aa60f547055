"""The model and the sentence-transformers trainer of a run, set up from its configuration."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from accelerate.utils import GradScalerKwargs, get_grad_scaler
from sentence_transformers import CrossEncoder
from sentence_transformers.cross_encoder import CrossEncoderTrainer, CrossEncoderTrainingArguments
from transformers import PrinterCallback, Trainer

from wenyuan.errors import WrongModel, WrongUse
from wenyuan.models.artefact import HUB
from wenyuan.models.presets import PRESETS
from wenyuan.training.data.groups import Group, LengthBatches, as_dataset, lengths
from wenyuan.training.loop.layers import keep_layers
from wenyuan.training.loop.monitor import GradientGuard, PrecisionMonitor
from wenyuan.training.loop.precision import ChosenPrecision, scaler_options
from wenyuan.training.losses.ranking import DistilCallback, RankDistilLoss

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch.utils.data import BatchSampler

    from wenyuan.training.config import TrainConfig

T = TypeVar("T")

HEAD = r"\.(classifier|pooler|score)\."  # the parameters that `head_lr` is for


class RerankerTrainer(CrossEncoderTrainer):
    """The trainer with batches of similar length, and without the model card it would write."""

    def __init__(self, rows: Sequence[int], in_order: bool, **options: Any) -> None:  # noqa: ANN401
        self.rows, self.in_order = rows, in_order
        super().__init__(**options)
        self.remove_callback(PrinterCallback)  # it prints on stdout

    def get_batch_sampler(self, dataset: Any, **options: Any) -> BatchSampler:  # noqa: ANN401
        """Batches of rows of nearly equal length: on a CPU, padding is the cost."""
        return LengthBatches(self.rows, self.in_order, dataset=dataset, **options)

    def add_model_card_callback(self, default_args_dict: dict[str, Any]) -> None:
        """Adds no callback: the run folder has its own card."""


def open_reranker(config: TrainConfig, device: str) -> CrossEncoder:
    """The cross-encoder of a run, word embeddings frozen where the configuration says so.

    Raises:
        WrongModel: as `open_as`.
        WrongUse: as `open_as`; `max_tokens` is beyond the model's positions, or `layers` beyond its layers.
    """
    options = {"num_labels": 1, "max_length": config.max_tokens, "activation_fn": torch.nn.Identity()}
    model = open_as(CrossEncoder, config, device, **options)
    network = model.model
    if config.layers is not None:
        keep_layers(network, config.layers)
    check_positions(config, network.config)
    if config.freeze_embeddings:
        network.get_input_embeddings().weight.requires_grad_(False)
    return model


def check_positions(config: TrainConfig, network: Any) -> None:  # noqa: ANN401
    """WrongUse where `max_tokens` is beyond the positions of a network, by its transformers configuration."""
    positions = getattr(network, "max_position_embeddings", config.max_tokens)
    if config.max_tokens > positions:
        raise WrongUse(f"max_tokens {config.max_tokens} is beyond the {positions} positions of {config.model}.")


def open_as(kind: Callable[..., T], config: TrainConfig, device: str, **options: Any) -> T:  # noqa: ANN401
    """The model that the configuration names, in float32 whatever its files hold, as a class of sentence-transformers.

    Raises:
        WrongModel: the folder or hub repository is no model that transformers reads.
        WrongUse: there is no such model.
    """
    name = source_of(config.model)
    options |= {"model_kwargs": {"dtype": torch.float32}, "local_files_only": not name.startswith(HUB)}
    try:
        return kind(name.removeprefix(HUB), device=device, **options)
    except (OSError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())[:200]
        raise WrongModel(f'"{config.model}" cannot be read as a model ({reason}): name a model folder.') from error


def source_of(model: str) -> str:
    """A local folder, or "hf:org/name" for a preset or a name of the hub; WrongUse for anything else."""
    name = {preset.name: preset.model for preset in PRESETS}.get(model, model)
    if name.startswith(HUB) or Path(name).is_dir():
        return name
    raise WrongUse(f'There is no model "{model}" to train: name a folder, a preset or "hf:org/name".')


def make_trainer(
    config: TrainConfig,
    decision: ChosenPrecision,
    model: CrossEncoder,
    groups: Sequence[Group],
    loss: RankDistilLoss,
    checkpoints: Path,
) -> RerankerTrainer:
    """A trainer whose gradients pass our guard: the only place that clips, refuses and counts."""
    args = CrossEncoderTrainingArguments(**arguments(config, decision, model.device, checkpoints))
    args.mixed_precision = computed_in(decision)
    count = partial(_count_tokens, model.tokenizer)
    trainer = RerankerTrainer(
        lengths(groups, count, config.max_tokens),
        in_order=config.distil is not None and config.distil.curriculum != "none",
        model=model,
        args=args,
        train_dataset=as_dataset(groups),
        loss=loss,
    )
    guard(trainer, config, decision)
    trainer.add_callback(DistilCallback(loss))
    return trainer


def guard(trainer: Trainer, config: TrainConfig, decision: ChosenPrecision) -> None:
    """Let every gradient of this trainer pass our guard; in fp16 the loss is scaled as configured."""
    if decision.mode == "fp16":
        options = GradScalerKwargs(**scaler_options(config.precision)).to_kwargs()
        trainer.accelerator.scaler = get_grad_scaler(trainer.accelerator.distributed_type, **options)
    trainer.add_callback(PrecisionMonitor(GradientGuard(config.precision, trainer.accelerator.scaler)))


def computed_in(decision: ChosenPrecision) -> str:
    """The decision in accelerate's words; told expressly, because the environment of `accelerate launch` may differ."""
    return "no" if decision.mode == "fp32" else decision.mode


def arguments(
    config: TrainConfig, decision: ChosenPrecision, device: torch.device, checkpoints: Path
) -> Mapping[str, Any]:
    """Our configuration in the trainer's words."""
    return {
        "output_dir": str(checkpoints),
        "num_train_epochs": config.epochs,
        "per_device_train_batch_size": config.batch_size,
        "gradient_accumulation_steps": config.accumulate,
        "learning_rate": config.lr,
        "learning_rate_mapping": {HEAD: config.head_lr} if config.head_lr else {},
        "warmup_steps": config.warmup,  # below 1: a share of all steps
        "max_grad_norm": 0.0,  # the guard clips
        "bf16": decision.mode == "bf16",
        "fp16": decision.mode == "fp16",
        "use_cpu": device.type == "cpu",
        "seed": config.seed,
        "logging_steps": config.log_steps,
        "logging_nan_inf_filter": False,  # it would hide what the log is for
        "save_strategy": "steps",
        "save_steps": config.save_steps,
        "save_total_limit": 2,
        "disable_tqdm": True,
        "report_to": [],
    }


def _count_tokens(tokenizer: Any, texts: list[str]) -> list[int]:  # noqa: ANN401
    return [len(ids) for ids in tokenizer(texts, add_special_tokens=True, verbose=False)["input_ids"]]
