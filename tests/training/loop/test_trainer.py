"""The trainer of a cross-encoder: its model, its batches, what its optimiser holds, what it computes in."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")
pytest.importorskip("transformers")

from tiny_training import tiny_examples  # noqa: E402
from wenyuan.errors import WrongModel, WrongUse  # noqa: E402
from wenyuan.training.config import Distil, Precision, TrainConfig  # noqa: E402
from wenyuan.training.data.groups import make_groups  # noqa: E402
from wenyuan.training.loop import trainer as trainers  # noqa: E402
from wenyuan.training.loop.monitor import PrecisionMonitor  # noqa: E402
from wenyuan.training.loop.precision import ChosenPrecision  # noqa: E402
from wenyuan.training.losses.ranking import make_loss  # noqa: E402


def prepared(config: TrainConfig, tmp_path: Path, decision: ChosenPrecision, distil: Distil | None = None):
    model = trainers.open_reranker(config, "cpu")
    groups = make_groups(tiny_examples(64, teacher=True), [1.0] * 64, config.group, config.seed)
    return trainers.make_trainer(config, decision, model, groups, make_loss(model, distil), tmp_path / "checkpoints")


def test_the_optimiser_does_not_hold_frozen_words_and_the_head_has_its_own_rate(config, tmp_path):
    trainer = prepared(replace(config, head_lr=0.5, lr=0.25), tmp_path, ChosenPrecision("fp32", ""))
    groups = trainer.create_optimizer().param_groups
    held = {id(p) for group in groups for p in group["params"]}
    network = trainer.model.model
    assert id(network.get_input_embeddings().weight) not in held
    assert held == {id(p) for p in network.parameters()} - {id(network.get_input_embeddings().weight)}
    rates = {id(p): group["lr"] for group in groups for p in group["params"]}
    assert rates[id(network.classifier.weight)] == rates[id(network.bert.pooler.dense.bias)] == 0.5
    assert rates[id(network.bert.encoder.layer[0].output.dense.weight)] == 0.25


@pytest.mark.parametrize(("mode", "computed"), [("bf16", torch.bfloat16), ("fp32", torch.float32)])
def test_the_decision_rules_and_weights_stay_float32(config, tmp_path, monkeypatch, mode, computed):
    monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", "fp16")  # as `accelerate launch` sets it
    trainer = prepared(config, tmp_path, ChosenPrecision(mode, ""))
    seen = set()
    layer = trainer.model.model.bert.encoder.layer[0].output.dense
    layer.register_forward_hook(lambda module, _, output: seen.add((output.dtype, module.weight.dtype)))
    trainer.train()
    assert seen == {(computed, torch.float32)}


def test_the_trainers_own_loop_skips_overflows_and_clips_what_is_unscaled(config, tmp_path, monkeypatch):
    """fp16 as on a GPU: accelerate's loop with a CPU scaler in its place, overflows at steps 3 and 4."""
    monkeypatch.setattr(trainers, "get_grad_scaler", lambda _, **options: torch.amp.GradScaler("cpu", **options))
    config = replace(config, precision=Precision(mode="fp16", init_scale=1024, lr_backoff_after=2, max_grad_norm=1e-3))
    trainer = prepared(config, tmp_path, ChosenPrecision("fp16", ""))
    monkeypatch.setattr(trainer.accelerator, "native_amp", True)
    monkeypatch.setitem(trainer.accelerator.state.__dict__, "_mixed_precision", "fp16")
    guard = next(c.guard for c in trainer.callback_handler.callbacks if isinstance(c, PrecisionMonitor))
    scales, norms, dtypes = [], [], set()
    before = guard.before_step
    trainer.loss.register_forward_hook(lambda *_: {"hard": _[2]["hard"] * (math.inf if guard.steps in (2, 3) else 1.0)})
    trainer.model.model.bert.encoder.layer[0].output.dense.register_forward_hook(lambda *_: dtypes.add(_[2].dtype))

    def before_step(optimizer):
        overflow = before(optimizer)
        scales.append(guard.scaler.get_scale())
        found = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        norms.append(None if overflow else float(torch.nn.utils.get_total_norm(found)))
        return overflow

    guard.before_step = before_step
    trainer.train()
    assert dtypes == {torch.float16}
    assert scales[:6] == [1024, 1024, 1024, 512, 256, 256]
    assert norms[2:4] == [None, None]
    assert (norms[0], norms[4]) == pytest.approx((1e-3, 1e-3), rel=1e-2)  # clipped before unscaling: 1e-6
    assert (guard.overflows, guard.backoffs, guard.steps) == (2, 1, 8)
    assert trainer.lr_scheduler.base_lrs == [config.lr / 2] * 2


def test_the_model_is_float32_in_its_length_and_without_the_layers_that_are_not_wanted(config):
    model = trainers.open_reranker(replace(config, layers=1), "cpu")
    assert {parameter.dtype for parameter in model.model.parameters()} == {torch.float32}
    assert (model.max_seq_length, model.model.config.num_hidden_layers) == (32, 1)
    assert isinstance(model.activation_fn, torch.nn.Identity)
    assert not model.model.get_input_embeddings().weight.requires_grad
    free = trainers.open_reranker(replace(config, freeze_embeddings=False), "cpu")
    assert free.model.get_input_embeddings().weight.requires_grad


def test_what_to_train_is_a_folder_a_preset_or_a_name_of_the_hub(config):
    assert trainers.source_of(config.model) == config.model
    assert trainers.source_of("hf:org/name") == "hf:org/name"
    with pytest.raises(WrongUse, match="hf:org/name"):
        trainers.source_of("org/name")


def test_a_folder_that_is_no_model_says_so_in_one_line(config, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(WrongModel, match=r"^[^\n]*empty[^\n]*$"):
        trainers.open_reranker(replace(config, model=str(tmp_path / "empty")), "cpu")


def test_a_curriculum_keeps_its_order_and_else_batches_are_of_like_length(config, tmp_path):
    trainer = prepared(config, tmp_path, ChosenPrecision("fp32", ""))
    assert not trainer.in_order
    told = replace(config, distil=Distil(curriculum="easy_first"))
    assert prepared(told, tmp_path, ChosenPrecision("fp32", "")).in_order
    rows, batches = trainer.rows, trainer.get_train_dataloader().batch_sampler
    spreads = [max(rows[n] for n in batch) - min(rows[n] for n in batch) for batch in batches]
    assert np.mean(spreads) < (max(rows) - min(rows)) / 2
