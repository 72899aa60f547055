"""What a run tells while it goes on: its log, its progress, its dev metrics, the alarm for a collapsed model."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from transformers import TrainerCallback

from wenyuan.models.cross_encoder import MIN_SPREAD

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sentence_transformers import CrossEncoder

    from wenyuan.training.judging import Judge
    from wenyuan.training.loop.run_folder import RunFolder

MIN_COSINE_SPREAD = 0.001
_SCORE_BATCH = 32


ScoreWith = Callable[[Any, str, Sequence[str]], "NDArray[np.float32]"]
"""A model in training, a query, n passages → (n,) scores."""


@dataclass(frozen=True, slots=True)
class RunProgress:
    """Where a run is; `note` is a sentence to show once, `metrics` the last ones logged."""

    step: int
    steps: int
    metrics: Mapping[str, float] = field(default_factory=dict)
    note: str = ""


OnRunProgress = Callable[[RunProgress], None]


def logits(model: CrossEncoder, query: str, passages: Sequence[str]) -> NDArray[np.float32]:
    """(n,) raw logits of the passages for the query."""
    import torch

    pairs = [(query, passage) for passage in passages]
    options = {"batch_size": _SCORE_BATCH, "show_progress_bar": False}
    scores: NDArray[np.float32] = model.predict(pairs, activation_fn=torch.nn.Identity(), **options)
    return scores


class LiveScorer:
    """Scores with a model in training, and remembers how far apart the scores of each query were."""

    def __init__(self, model: Any, score: ScoreWith, bf16: bool) -> None:  # noqa: ANN401
        self.model, self.score_with, self.bf16 = model, score, bf16
        self.spreads: list[float] = []

    def score(self, query: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """(n,) raw scores, computed in bf16 where the model is trained in it."""
        import torch

        with torch.autocast(self.model.device.type, torch.bfloat16, enabled=self.bf16):
            scores = self.score_with(self.model, query, passages).astype(np.float32)
        self.note(scores)
        return scores

    def note(self, scores: NDArray[np.float32]) -> None:
        """Remember how far apart the scores of a query are."""
        if len(scores) > 1:
            self.spreads.append(float(scores.std()))

    def spread(self) -> float:
        """The mean standard deviation of a query's scores since the last call; NaN when nothing was compared."""
        spreads, self.spreads = self.spreads, []
        return float(np.mean(spreads)) if spreads else math.nan


class Recorder(TrainerCallback):
    """Writes what the trainer logs to metrics.jsonl and tells the caller; NaN and infinity become null."""

    def __init__(self, run: RunFolder, on_progress: OnRunProgress) -> None:
        self.run, self.on_progress = run, on_progress

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ANN401
        """Tells the caller that one more step is done."""
        del args, control, kwargs
        self.on_progress(RunProgress(state.global_step, state.max_steps))

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ANN401
        """Writes training logs; the summary at the end has no loss of its own."""
        del args, control
        logs: dict[str, Any] = kwargs["logs"]
        if "loss" in logs and state.is_world_process_zero:
            self.write(logs, state.global_step, state.max_steps)

    def write(self, values: Mapping[str, Any], step: int, steps: int, note: str = "") -> None:
        """Write one line of metrics.jsonl, and tell the caller."""
        plain = {key: value if math.isfinite(value) else None for key, value in values.items()}
        self.run.append({"step": step} | plain)
        self.on_progress(RunProgress(step, steps, values, note))


class DevJudge(TrainerCallback):
    """Every `every` steps and at the end: the dev metrics, and an alarm when all passages of a query score the same.

    Where `best` names a metric, the model that had most of it so far is kept in the run folder.
    """

    def __init__(
        self,
        judge: Judge,
        scorer: LiveScorer,
        recorder: Recorder,
        every: int,
        min_spread: float = MIN_SPREAD,
        best: str | None = None,
    ) -> None:
        self.judge, self.scorer, self.recorder, self.every, self.min_spread = judge, scorer, recorder, every, min_spread
        self.best = None if best is None else f"dev_{best}"
        self.last: Mapping[str, float] = {}
        self.warnings: list[str] = []

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ANN401
        """Judge on the main process; the others wait at their next exchange of gradients."""
        del args, control, kwargs
        due = state.global_step % self.every == 0 or state.global_step == state.max_steps
        if due and state.is_world_process_zero:
            self.measure(state.global_step, state.max_steps)

    def measure(self, step: int, steps: int) -> None:
        """Judge the model now; an alarm where its scores have collapsed."""
        metrics = {f"dev_{name}": value for name, value in self.judge(self.scorer).items()}
        spread = self.scorer.spread()
        note = ""
        if spread < self.min_spread:
            note = (
                f"At step {step} all passages of a query score nearly the same (spread {spread:.4f}): the model has "
                "collapsed, or learns nothing yet; should it last, lower lr or look for examples without contrast."
            )
            self.warnings.append(note)
        self.last = metrics | {"score_spread": spread}
        self.recorder.write(self.last, step, steps, note)
        if self.best is not None:
            self.recorder.run.keep_best(self.scorer.model, self.best, {"step": step} | self.last)
