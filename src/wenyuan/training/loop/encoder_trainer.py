"""The trainer of an encoder: a query near its positive passage, far from its negatives and from the batch's others."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
from sentence_transformers.base.sampler import BatchSamplers
from sentence_transformers.sentence_transformer.losses import CachedMultipleNegativesRankingLoss
from transformers import PrinterCallback

from wenyuan.errors import SourceError, WrongUse
from wenyuan.training.loop.trainer import arguments, computed_in, guard, open_as

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from datasets import Dataset
    from numpy.typing import NDArray

    from wenyuan.training.config import TrainConfig
    from wenyuan.training.data.examples import Example
    from wenyuan.training.loop.precision import ChosenPrecision


_AT_ONCE = 16  # texts whose activations are in memory


class EncoderTrainer(SentenceTransformerTrainer):
    """The trainer without the model card it would write."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401
        super().__init__(**options)
        self.remove_callback(PrinterCallback)  # it prints on stdout

    def add_model_card_callback(self, default_args_dict: dict[str, Any]) -> None:
        """Adds no callback: the run folder has its own card."""


def open_encoder(config: TrainConfig, device: str) -> SentenceTransformer:
    """The encoder of a run, mean pooling where its folder names none; errors as `open_as`."""
    model = open_as(SentenceTransformer, config, device)
    model.max_seq_length = min(config.max_tokens, model.max_seq_length or config.max_tokens)
    model.prompts = {"query": config.query_prefix, "document": config.passage_prefix}
    if config.freeze_embeddings:
        model.transformers_model.get_input_embeddings().weight.requires_grad_(False)
    return model


def make_encoder_trainer(
    config: TrainConfig,
    decision: ChosenPrecision,
    model: SentenceTransformer,
    examples: Sequence[Example],
    checkpoints: Path,
) -> EncoderTrainer:
    """Contrastive training with in-batch and hard negatives; WrongUse when the run asks for distillation."""
    if config.distil is not None or config.layers is not None:
        raise WrongUse("`distil` and `layers` are for rerankers: remove them from the training file of an encoder.")
    rows = triplets(examples, config.group - 1, config.seed)
    prompts = dict.fromkeys(rows.column_names, config.passage_prefix) | {"query": config.query_prefix}
    args = SentenceTransformerTrainingArguments(
        **arguments(config, decision, model.device, checkpoints),
        batch_sampler=BatchSamplers.NO_DUPLICATES,  # a text twice in a batch would be its own negative
        prompts=prompts,
    )
    args.mixed_precision = computed_in(decision)
    # Gradients are cached, a few texts at a time (Gao et al. 2021): a batch costs time, no memory.
    loss = CachedMultipleNegativesRankingLoss(model, scale=1 / config.temperature, mini_batch_size=_AT_ONCE)
    trainer = EncoderTrainer(model=model, args=args, train_dataset=rows, loss=loss)
    guard(trainer, config, decision)
    return trainer


def triplets(examples: Sequence[Example], negatives: int, seed: int) -> Dataset:
    """Columns `query`, `positive`, `negative_1` …; an example with too few negatives repeats some."""
    from datasets import Dataset

    draw = random.Random(seed)  # noqa: S311
    rows = []
    for example in examples:
        if example.positives and example.negatives:
            enough = list(example.negatives) * -(-negatives // len(example.negatives))
            drawn = draw.sample(enough, negatives)
            names = {f"negative_{n}": text for n, text in enumerate(drawn, 1)}
            rows.append({"query": example.query, "positive": draw.choice(example.positives), **names})
    if not rows:
        raise SourceError("No example has both a positive and a negative passage; add negatives to the training file.")
    return Dataset.from_list(rows)


def cosines(model: SentenceTransformer, query: str, passages: Sequence[str]) -> NDArray[np.float32]:
    """(n,) cosines of the passages to the query."""
    options = {"normalize_embeddings": True, "show_progress_bar": False}
    vectors: NDArray[np.float32] = model.encode(list(passages), prompt_name="document", **options)
    scores: NDArray[np.float32] = vectors @ model.encode(query, prompt_name="query", **options)
    return scores
