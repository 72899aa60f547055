"""The loss scale's state machine on a CPU, with overflows injected where we want them."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from wenyuan.training.config import Precision  # noqa: E402
from wenyuan.training.loop.monitor import GradientGuard  # noqa: E402
from wenyuan.training.loop.precision import scaler_options  # noqa: E402


class Run:
    """A linear model trained by the loop that the trainer runs: scale, unscale, guard, step, update."""

    def __init__(self, precision: Precision, scaled: bool = True) -> None:
        torch.manual_seed(0)
        self.model = torch.nn.Linear(4, 1)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=0.1, weight_decay=0.1)
        self.scheduler = torch.optim.lr_scheduler.LambdaLR(self.optimizer, lambda step: 1 / (1 + step))
        self.scaler = torch.amp.GradScaler("cpu", enabled=scaled, **scaler_options(precision))
        self.guard = GradientGuard(precision, self.scaler if scaled else None)
        self.batch = torch.randn(8, 4)

    def step(self, factor: float = 1.0) -> torch.Tensor:
        """One step whose loss is multiplied by `factor`; the gradient the optimiser saw."""
        self.optimizer.zero_grad()
        loss = self.model(self.batch).square().mean() * factor
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimizer)
        overflow = self.guard.before_step(self.optimizer)
        seen = None if overflow else torch.cat([p.grad.flatten() for p in self.model.parameters()])
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.guard.after_step(self.optimizer, self.scheduler)
        if not overflow:
            self.scheduler.step()
        return seen

    def weights(self) -> torch.Tensor:
        return torch.cat([p.detach().clone().flatten() for p in self.model.parameters()])


def test_an_overflow_halves_the_scale_skips_the_step_and_is_counted():
    run = Run(Precision(init_scale=65536, growth_interval=3))
    run.step()
    before = run.weights()
    for bad, scale in ((math.inf, 32768), (math.nan, 16384)):
        run.step(bad)
        assert run.guard.report()["loss_scale"] == scale
    assert torch.equal(run.weights(), before)
    assert (run.guard.overflows, run.guard.steps) == (2, 3)
    assert run.guard.report()["overflow_rate"] == pytest.approx(2 / 3)
    run.step()
    assert not torch.equal(run.weights(), before)
    assert torch.isfinite(run.weights()).all()


def test_the_scale_grows_after_the_interval_without_overflow():
    run = Run(Precision(init_scale=1024, growth_interval=3, growth=4.0))
    scales = []
    for _ in range(6):
        run.step()
        scales.append(run.guard.report()["loss_scale"])
    assert scales == [1024, 1024, 4096, 4096, 4096, 16384]


def test_gradients_are_clipped_after_they_are_unscaled():
    """Were the scaled gradient clipped, its norm after unscaling would be 1/65536, not 1."""
    scaled, plain = Run(Precision(max_grad_norm=1.0)), Run(Precision(max_grad_norm=1.0), scaled=False)
    for run in (scaled, plain):
        assert run.step(100.0).norm() == pytest.approx(1.0, rel=1e-4)
        assert run.guard.report()["grad_norm"] > 10
    torch.testing.assert_close(scaled.weights(), plain.weights())


def test_a_small_gradient_is_left_as_it_is():
    run = Run(Precision(max_grad_norm=1e6))
    assert run.step().norm() == pytest.approx(run.guard.report()["grad_norm"])


@pytest.mark.parametrize("bad", [math.inf, math.nan])
def test_without_a_scaler_a_bad_gradient_touches_neither_weights_nor_moments(bad):
    run = Run(Precision(), scaled=False)
    run.step()
    before = run.weights()
    moments = [state["exp_avg"].clone() for state in run.optimizer.state.values()]
    run.step(bad)
    assert torch.equal(run.weights(), before)
    assert all(torch.equal(a, s["exp_avg"]) for a, s in zip(moments, run.optimizer.state.values(), strict=True))
    assert run.guard.overflows == 1
    assert "loss_scale" not in run.guard.report()


def test_the_learning_rate_backs_off_after_overflows_in_a_row_and_for_good():
    run = Run(Precision(lr_backoff_after=3, lr_backoff=0.5))
    for bad in (math.inf, math.inf, 1.0, math.inf, math.inf):  # never three in a row
        run.step(bad)
    assert run.guard.backoffs == 0
    rate = run.optimizer.param_groups[0]["lr"]
    run.step(math.inf)
    assert run.guard.backoffs == 1
    assert run.optimizer.param_groups[0]["lr"] == pytest.approx(rate / 2)
    run.step()
    assert run.optimizer.param_groups[0]["lr"] == pytest.approx(0.05 / 3)  # the schedule goes on from half the rate
    restored = torch.optim.lr_scheduler.LambdaLR(run.optimizer, lambda step: 1 / (1 + step))
    restored.load_state_dict(run.scheduler.state_dict())
    assert restored.base_lrs == [0.05]


def test_the_report_has_the_range_of_the_raw_gradient():
    run = Run(Precision(max_grad_norm=1e-3), scaled=False)
    run.model.weight.register_hook(lambda _: torch.tensor([[0.0, -3.0, 0.5, 0.25]]))
    run.model.bias.register_hook(lambda _: torch.tensor([4.0]))
    run.step()
    report = run.guard.report()
    assert (report["grad_min"], report["grad_max"]) == (0.25, 4.0)
    assert report["grad_norm"] == pytest.approx(math.sqrt(9 + 0.25 + 0.0625 + 16))
