"""Which number format a run computes in, and why."""

from __future__ import annotations

import pytest

from wenyuan.errors import WrongUse
from wenyuan.training.config import Precision
from wenyuan.training.loop.precision import decide, scaler_options

torch = pytest.importorskip("torch")


@pytest.mark.parametrize(
    ("features", "mode"), [({"amx_bf16": True}, "bf16"), ({"avx512_bf16": True}, "fp32"), ({}, "fp32")]
)
def test_auto_takes_bf16_where_the_cpu_has_it(monkeypatch, features, mode):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: features)
    decision = decide("auto", "cpu")
    assert decision.mode == mode
    assert str(decision) == f"precision {mode}: {decision.reason}"
    assert decide("fp32", "cpu").mode == "fp32"


def test_bf16_can_be_had_where_it_is_slow(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)
    assert decide("bf16", "cpu").mode == "bf16"
    assert "may be slower" in decide("bf16", "cpu").reason


def test_fp16_on_a_cpu_is_wrong_use():
    with pytest.raises(WrongUse, match="fp16 needs a GPU"):
        decide("fp16", "cpu")


@pytest.mark.parametrize(("native", "mode"), [(True, "bf16"), (False, "fp16")])
def test_auto_on_a_gpu(monkeypatch, native, mode):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: native and not including_emulation)
    assert decide("auto", "cuda").mode == mode
    assert decide("fp16", "cuda").mode == "fp16"


def test_the_scaler_gets_every_option():
    scaler = torch.amp.GradScaler("cpu", **scaler_options(Precision(init_scale=8, growth_interval=3, backoff=0.25)))
    assert scaler.get_scale() == 8
    assert (scaler.get_growth_interval(), scaler.get_backoff_factor(), scaler.get_growth_factor()) == (3, 0.25, 2.0)
