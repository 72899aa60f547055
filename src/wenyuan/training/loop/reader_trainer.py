"""The trainer of a reader: relevance, early relevance, and the place of the evidence, learnt in one pass."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.utils.data import Dataset
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from wenyuan.errors import WrongModel, WrongUse
from wenyuan.models.artefact import HUB
from wenyuan.training.data.reading import GradedPassage, ReadingExample, draw
from wenyuan.training.judging import Readout
from wenyuan.training.loop.trainer import arguments, check_positions, computed_in, guard, source_of
from wenyuan.training.loop.watch import LiveScorer
from wenyuan.training.losses.reading import IGNORED, ReadingLoss
from wenyuan.training.reader import OUT, BertReader, best_span, padded, tokens_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from tokenizers import Encoding
    from torch import Tensor, nn

    from wenyuan.training.config import TrainConfig
    from wenyuan.training.loop.precision import ChosenPrecision

HEADS = r"^(spans|early)\."
"""The parameters that `head_lr` is for: what a reader has beside a cross-encoder."""

Drawn = tuple[str, list[GradedPassage]]
"""A query and the passages that it is learnt with this time; the first is the one that it is asked about."""

_READ_BATCH = 16


class DrawnGroups(Dataset[Drawn]):
    """The examples, each with passages drawn anew in every epoch, from the seed alone."""

    def __init__(self, examples: Sequence[ReadingExample], size: int, seed: int) -> None:
        self.examples, self.size, self.seed = examples, size, seed
        self.epoch = 0

    def __len__(self) -> int:
        """How many examples there are."""
        return len(self.examples)

    def __getitem__(self, place: int) -> Drawn:
        """What the example at this place shows in this epoch."""
        rng = random.Random(f"{self.seed} {self.epoch} {place}")  # noqa: S311
        return self.examples[place].query, draw(self.examples[place], self.size, rng)


class EpochCallback(TrainerCallback):
    """Tells the groups which epoch it is, in a run that goes on as well."""

    def __init__(self, groups: DrawnGroups) -> None:
        self.groups = groups

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ANN401
        """An epoch that was cut off is gone on with."""
        del args, control, kwargs
        self.groups.epoch = int(state.epoch or 0)


class ReaderTrainer(Trainer):
    """The trainer with the loss of readers, whose parts it logs, and a rate of their own for the new heads."""

    loss_is_scaled_for_ga = False  # it is a mean over a batch

    def __init__(self, parts: ReadingLoss, head_lr: float | None, **options: Any) -> None:  # noqa: ANN401
        self.parts, self.head_lr = parts, head_lr
        self.sums: dict[str, float] = {}
        self.batches = 0
        super().__init__(**options)
        self.remove_callback(PrinterCallback)  # it prints on stdout

    def compute_loss(
        self, model: nn.Module, inputs: dict[str, Tensor], return_outputs: bool = False, **_: object
    ) -> Tensor | tuple[Tensor, dict[str, Tensor]]:
        """The sum of the parts."""
        parts = self.parts(model, inputs)
        for name, part in parts.items():
            self.sums[name] = self.sums.get(name, 0.0) + float(part.detach())
        self.batches += 1
        loss = torch.stack(list(parts.values())).sum()
        return (loss, parts) if return_outputs else loss

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Adds the means of the parts since the last time."""
        if "loss" in logs and self.batches:
            logs = logs | {name: value / self.batches for name, value in self.sums.items()}
            self.sums, self.batches = {}, 0
        super().log(logs, start_time)

    def get_optimizer_cls_and_kwargs(self, args: TrainingArguments, model: Any = None) -> tuple[Any, dict[str, Any]]:  # noqa: ANN401
        """The usual optimiser, its parameters in two groups."""
        kind, options = Trainer.get_optimizer_cls_and_kwargs(args, model)
        groups: dict[bool, list[Any]] = {False: [], True: []}
        for name, parameter in self.model.named_parameters():
            if parameter.requires_grad:
                groups[bool(re.match(HEADS, name))].append(parameter)
        rates = {False: args.learning_rate, True: self.head_lr or args.learning_rate}
        return kind, options | {"params": [{"params": groups[new], "lr": rates[new]} for new in groups]}


class Collator:
    """Drawn groups → a batch of `ReadingLoss`."""

    def __init__(self, model: BertReader) -> None:
        self.model = model

    def __call__(self, drawn: Sequence[Drawn]) -> dict[str, Tensor]:
        """All pairs of the groups, with what they should give."""
        pairs = [(query, passage.text) for query, passages in drawn for passage in passages]
        flat = [passage for _, passages in drawn for passage in passages]
        encodings = self.model.encode(pairs)
        targets = [target(encoding, passage) for encoding, passage in zip(encodings, flat, strict=True)]
        return padded(encodings) | {
            "starts": torch.tensor([first for first, _ in targets]),
            "ends": torch.tensor([last for _, last in targets]),
            "grades": torch.tensor([float(passage.grade) for passage in flat]),
            "primary": torch.tensor([place == 0 for _, passages in drawn for place in range(len(passages))]),
            "sizes": torch.tensor([len(passages) for _, passages in drawn]),
        }


def target(encoding: Encoding, passage: GradedPassage) -> tuple[int, int]:
    """First and last token of the evidence; (0, 0) where the passage has none, `IGNORED` where it is not to be seen."""
    if passage.span is None:
        return (IGNORED, IGNORED) if passage.grade else (0, 0)
    return tokens_of(encoding, passage.span) or (IGNORED, IGNORED)


class LiveReader(LiveScorer):
    """A reader in training as its judge sees it."""

    def __init__(self, model: BertReader, bf16: bool) -> None:
        super().__init__(model, lambda reader, query, passages: read(reader, query, passages).relevance, bf16)

    def read(self, query: str, passages: Sequence[str]) -> Readout:
        """All that the reader says of the passages."""
        with torch.autocast(self.model.device.type, torch.bfloat16, enabled=self.bf16):
            found = read(self.model, query, passages)
        self.note(found.relevance)
        return found


def read(model: BertReader, query: str, passages: Sequence[str]) -> Readout:
    """What the reader says of the passages, read in passes of a few."""
    model.eval()
    encodings = model.encode([(query, passage) for passage in passages])
    found = [_read(model, encodings[at : at + _READ_BATCH]) for at in range(0, len(encodings), _READ_BATCH)]
    best = [best_span(logits) for _, _, spans in found for logits in spans]
    places = [
        (encoding.offsets[each.first][0], encoding.offsets[each.last][1])
        for encoding, each in zip(encodings, best, strict=True)
    ]
    relevance, early = (np.concatenate([batch[n] for batch in found]) for n in (0, 1))
    return Readout(relevance, early, tuple(places), np.array([each.margin for each in best], np.float32))


def _read(model: BertReader, encodings: Sequence[Encoding]) -> tuple[NDArray[np.float32], ...]:
    batch = {name: values.to(model.device) for name, values in padded(encodings).items()}
    readable = batch.pop("readable")
    with torch.no_grad():
        output = model(**batch)
    spans = output.spans.masked_fill(~readable[..., None], OUT)
    return tuple(values.cpu().numpy() for values in (output.relevance, output.early, spans))


def open_reader(config: TrainConfig, device: str) -> BertReader:
    """The reader of a run, its new heads drawn from the seed where the model is a mere cross-encoder.

    Raises:
        WrongModel: the model is no BERT that transformers reads.
        WrongUse: there is no such model; `max_tokens` is beyond its positions, `early_layer` beyond its layers.
    """
    name = source_of(config.model)
    try:
        model = BertReader.open(name.removeprefix(HUB), config.heads.early_layer, local=not name.startswith(HUB))
    except (OSError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())[:200]
        raise WrongModel(
            f'"{config.model}" cannot be read as BERT ({reason}): name a folder of such a model.'
        ) from error
    check_positions(config, model.config)
    layers = model.config.num_hidden_layers
    if config.heads.early_layer > layers:
        raise WrongUse(f"heads.early_layer {config.heads.early_layer} is beyond the {layers} layers of {config.model}.")
    if config.freeze_embeddings:
        model.get_input_embeddings().weight.requires_grad_(False)
    model.tokenizer.model_max_length = config.max_tokens
    model.to(device)
    return model


def make_reader_trainer(
    config: TrainConfig,
    decision: ChosenPrecision,
    model: BertReader,
    examples: Sequence[ReadingExample],
    checkpoints: Path,
) -> ReaderTrainer:
    """Training of all heads at once; WrongUse when the run asks for distillation."""
    if config.distil is not None or config.layers is not None:
        raise WrongUse("`distil` and `layers` are for rerankers: remove them from the training file of a reader.")
    groups = DrawnGroups(examples, config.group, config.seed)
    given = dict(arguments(config, decision, model.device, checkpoints))
    del given["learning_rate_mapping"]  # a word of sentence-transformers
    args = TrainingArguments(**given, remove_unused_columns=False)
    args.mixed_precision = computed_in(decision)
    trainer = ReaderTrainer(
        ReadingLoss(config.heads),
        config.head_lr,
        model=model,
        args=args,
        train_dataset=groups,
        data_collator=Collator(model),
        processing_class=model.tokenizer,
    )
    guard(trainer, config, decision)
    trainer.add_callback(EpochCallback(groups))
    return trainer
