"""Trains a model from a configuration into a run folder; a killed run is continued from its last checkpoint."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wenyuan.errors import MissingExtra
from wenyuan.training.loop.precision import ChosenPrecision, decide
from wenyuan.training.loop.run_folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wenyuan.training.config import TrainConfig
    from wenyuan.training.data.examples import Example
    from wenyuan.training.data.groups import Group
    from wenyuan.training.judging import Judge, Scorer
    from wenyuan.training.loop.watch import DevJudge, LiveScorer, OnRunProgress, RunProgress


def fit(
    config: TrainConfig, judge: Judge | None = None, on_progress: OnRunProgress | None = None, resume: bool = False
) -> Path:
    """Train, and return the folder of the finished model (Hugging Face files, float32).

    Under `accelerate launch` each process takes its share of every epoch; the first one writes.

    Raises:
        WrongUse: the run folder is in use, or the configuration does not fit the model or the machine.
        SourceError, WrongModel: the examples or the model cannot be used.
        OutOfSpace: the disk is full; whole checkpoints are kept.
        MissingExtra: torch and its companions are not installed.
    """
    device = _device()
    run = RunFolder(config.out)
    with run.guarded():
        if _writes():
            run.begin(config, resume)
        if run.model.is_dir():
            return run.model
        decision = decide(config.precision.mode, device)
        if config.distil is not None and config.distil.stages:
            return _fit_stages(config, judge, on_progress, resume)
        return _fit_once(config, decision, run, judge, on_progress or _silent)


def _fit_once(
    config: TrainConfig, decision: ChosenPrecision, run: RunFolder, judge: Judge | None, on_progress: OnRunProgress
) -> Path:
    import torch
    from transformers import logging, set_seed

    from wenyuan.training.loop.card import describe
    from wenyuan.training.loop.watch import RunProgress

    if config.threads:
        torch.set_num_threads(config.threads)
    logging.disable_progress_bar()  # of loading and writing files: ours shows the steps
    set_seed(config.seed)
    examples = _read(config)
    record = describe(config, decision, examples)
    trainer, watch = _assemble(config, decision, run, examples, judge, on_progress)
    checkpoint = run.last_checkpoint()
    if _writes():
        run.rewind(checkpoint)
    on_progress(RunProgress(0, 0, note=str(decision)))
    started = time.monotonic()
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    if _writes():
        if judge is None:  # the alarm does not depend on a dev set
            watch.measure(trainer.state.global_step, trainer.state.max_steps)
        best = run.best_figures()
        record |= {
            "groups": len(trainer.train_dataset),
            "steps": trainer.state.global_step,
            "seconds": round(time.monotonic() - started, 1),  # since the last start
            "resumed": checkpoint is not None,
            "metrics": {name: value for name, value in (best or watch.last).items() if name != "step"},
            "warnings": watch.warnings,
        }
        if best is not None:
            record["best_step"] = best["step"]
        finish(config, run, trainer.model, record)
    trainer.accelerator.wait_for_everyone()
    return run.model


def _read(config: TrainConfig) -> Sequence[Any]:
    """The examples of the run, of the kind that its task learns from."""
    from wenyuan.training.data.examples import read_examples
    from wenyuan.training.data.reading import read_reading

    return read_reading(config.train) if config.task == "reader" else read_examples(config.train)


def _groups(config: TrainConfig, examples: Sequence[Example]) -> list[Group]:
    from wenyuan.training.data.curriculum import order, select
    from wenyuan.training.data.groups import make_groups

    if config.distil is None:
        return make_groups(examples, [1.0] * len(examples), config.group, config.seed)
    kept, weights = select(examples, config.distil)
    weight = {id(example): value for example, value in zip(kept, weights, strict=True)}
    ordered = order(kept, config.distil)
    return make_groups(ordered, [weight[id(example)] for example in ordered], config.group, config.seed)


def _assemble(
    config: TrainConfig,
    decision: ChosenPrecision,
    run: RunFolder,
    examples: Sequence[Any],
    judge: Judge | None,
    on_progress: OnRunProgress,
) -> tuple[Any, DevJudge]:
    """The trainer with everything that watches it."""
    from wenyuan.training.loop.watch import DevJudge, Recorder

    trainer, scorer, least = _made(config, decision, run, examples)
    recorder = Recorder(run, on_progress)
    trainer.add_callback(recorder)
    best = config.best if judge is not None else None
    watch = DevJudge(judge or _sample(examples), scorer, recorder, config.eval_steps, least, best)
    if judge is not None:
        trainer.add_callback(watch)
    return trainer, watch


def _made(
    config: TrainConfig, decision: ChosenPrecision, run: RunFolder, examples: Sequence[Any]
) -> tuple[Any, LiveScorer, float]:
    """The trainer of the task, what scores with its model meanwhile, and the least spread of scores that is sound."""
    from wenyuan.models.cross_encoder import MIN_SPREAD
    from wenyuan.training.loop.watch import MIN_COSINE_SPREAD, LiveScorer, logits

    bf16 = decision.mode == "bf16"
    if config.task == "reader":
        from wenyuan.training.loop.reader_trainer import LiveReader, make_reader_trainer, open_reader

        reader = open_reader(config, _device())
        reading = make_reader_trainer(config, decision, reader, examples, run.checkpoints)
        return reading, LiveReader(reader, bf16), MIN_SPREAD
    if config.task == "reranker":
        from wenyuan.training.loop.trainer import make_trainer, open_reranker
        from wenyuan.training.losses.ranking import make_loss

        reranker = open_reranker(config, _device())
        loss = make_loss(reranker, config.distil)
        ranking = make_trainer(config, decision, reranker, _groups(config, examples), loss, run.checkpoints)
        return ranking, LiveScorer(reranker, logits, bf16), MIN_SPREAD
    from wenyuan.training.loop.encoder_trainer import cosines, make_encoder_trainer, open_encoder

    encoder = open_encoder(config, _device())
    encoding = make_encoder_trainer(config, decision, encoder, examples, run.checkpoints)
    return encoding, LiveScorer(encoder, cosines, bf16), MIN_COSINE_SPREAD


def _sample(examples: Sequence[Any]) -> Judge:
    """Scores a few training examples, for the spread of their scores alone."""

    def judge(scorer: Scorer) -> dict[str, float]:
        for example in examples[:: max(1, len(examples) // 16)]:
            scorer.score(example.query, example.texts)
        return {}

    return judge


def finish(config: TrainConfig, run: RunFolder, model: Any, record: dict[str, Any]) -> None:  # noqa: ANN401
    """Write what is known of the model, then the model, whole or not at all."""
    from wenyuan.training.loop.card import write_card
    from wenyuan.training.loop.plots import plot

    plots = plot(run.metrics(), run.path / "plots")
    run.write_record(record)
    write_card(record, config, plots, run.path)
    run.finish(model)


def _fit_stages(config: TrainConfig, judge: Judge | None, on_progress: OnRunProgress | None, resume: bool) -> Path:
    """Progressive distillation: each stage starts from the model of the one before, with fewer layers."""
    assert config.distil is not None
    model, last = config.model, config.out
    for number, stage in enumerate(config.distil.stages, 1):
        last = config.out / f"stage-{number}"
        step = replace(
            config,
            model=model,
            out=last,
            layers=stage.layers,
            epochs=stage.epochs,
            distil=replace(config.distil, stages=()),
        )
        model = str(fit(step, judge, on_progress, resume and last.is_dir()))
    run = RunFolder(config.out)
    run.take_over(RunFolder(last))
    return run.model


def _device() -> Any:  # noqa: ANN401
    """Where to train; MissingExtra where the training libraries are not installed."""
    try:
        import accelerate  # noqa: F401
        import datasets  # noqa: F401
        import matplotlib as mpl  # noqa: F401
        import sentence_transformers  # noqa: F401
        import torch
    except ImportError as error:
        raise MissingExtra(f"Training needs the package {error.name}: `pip install 'wenyuan[train]'`.") from None
    return "cuda" if torch.cuda.is_available() else "cpu"


def _writes() -> bool:
    """Whether this process is the first of those that `accelerate launch` started."""
    return os.environ.get("RANK", "0") == "0"


def _silent(progress: RunProgress) -> None:
    del progress
