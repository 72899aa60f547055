"""Watches every gradient between backward pass and optimiser: clips, refuses what is not finite, counts.

It reads the gradients themselves, never the logged loss, which trainers filter for NaN.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback

if TYPE_CHECKING:
    from torch import Tensor
    from torch.amp import GradScaler
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler

    from wenyuan.training.config import Precision


class GradientGuard:
    """Stands between backward pass and update: `before_step` takes unscaled gradients, `after_step` follows the update.

    An overflow (a gradient with NaN or infinity) drops all gradients, so that the optimiser passes over the step; the
    scaler of fp16 has seen it too and lowers its scale. After `lr_backoff_after` overflows in a row the learning rate,
    now and of all later steps, is multiplied by `lr_backoff`. Counts start anew when a run resumes.
    """

    def __init__(self, precision: Precision, scaler: GradScaler | None = None) -> None:
        self.precision, self.scaler = precision, scaler
        self.steps = self.overflows = self.backoffs = 0
        self._in_a_row = 0
        self._norm = self._smallest = self._largest = math.nan

    def before_step(self, optimizer: Optimizer) -> bool:
        """Measure, then clip to `max_grad_norm`; True when a value is NaN or infinite, and the step is skipped."""
        import torch

        parameters = [p for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        gradients = [p.grad for p in parameters]
        norm = torch.nn.utils.get_total_norm(gradients)
        self._norm, self._smallest, self._largest = torch.stack([norm, *_range(gradients)]).tolist()
        self.steps += 1
        overflow = not math.isfinite(self._norm)
        if not overflow:
            torch.nn.utils.clip_grads_with_norm_(parameters, self.precision.max_grad_norm, norm)
        else:
            for parameter in parameters:
                parameter.grad = None
        self.overflows += overflow
        self._in_a_row = self._in_a_row + 1 if overflow else 0
        return overflow

    def after_step(self, optimizer: Optimizer, scheduler: LRScheduler) -> bool:
        """Lower the learning rate after too many overflows in a row; True when it was lowered."""
        if self._in_a_row < self.precision.lr_backoff_after:
            return False
        self._in_a_row = 0
        self.backoffs += 1
        factor = self.precision.lr_backoff
        for group in optimizer.param_groups:
            group["lr"] *= factor
        # the scheduler computes every later rate from these, and a checkpoint keeps them
        scheduler.base_lrs = [rate * factor for rate in scheduler.base_lrs]
        return True

    def report(self) -> dict[str, float]:
        """Counts since the start, and the unclipped gradient of the last step (norm, range of its non-zero values)."""
        scale = {} if self.scaler is None else {"loss_scale": self.scaler.get_scale()}
        return scale | {
            "overflows": self.overflows,  # as many steps were skipped
            "overflow_rate": self.overflows / max(1, self.steps),
            "lr_backoffs": self.backoffs,
            "grad_norm": self._norm,
            "grad_min": self._smallest,
            "grad_max": self._largest,
        }


class PrecisionMonitor(TrainerCallback):
    """Puts a guard into a trainer's loop and its report into what the trainer logs."""

    def __init__(self, guard: GradientGuard) -> None:
        self.guard = guard

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ANN401
        """The guard looks at the gradients, which are unscaled by now (the trainer has measured their norm)."""
        del args, state, control
        self.guard.before_step(kwargs["optimizer"])

    def on_optimizer_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ANN401
        """The guard is told that the update was made or skipped."""
        del args, state, control
        self.guard.after_step(kwargs["optimizer"], kwargs["lr_scheduler"])

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ANN401
        """Adds the guard's report to training logs; an evaluation has no gradient."""
        del args, state, control
        logs: dict[str, Any] = kwargs["logs"]
        if "loss" in logs:
            logs.update(self.guard.report())


def _range(gradients: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Smallest non-zero and largest absolute value."""
    import torch

    device = gradients[0].device
    sizes = [gradient.abs() for gradient in gradients]
    smallest = [size.masked_fill(size == 0, torch.inf).amin().to(device) for size in sizes]
    return torch.stack(smallest).amin(), torch.stack([size.amax().to(device) for size in sizes]).amax()
