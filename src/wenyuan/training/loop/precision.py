"""Which number format a run computes in, decided once and with its reason. Master weights are float32 in every mode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from wenyuan.errors import WrongUse
from wenyuan.training.config import Precision

Mode = Literal["fp32", "bf16", "fp16"]
Device = Literal["cpu", "cuda"]


@dataclass(frozen=True, slots=True)
class ChosenPrecision:
    """The format that was chosen and why, in one sentence."""

    mode: Mode
    reason: str

    def __str__(self) -> str:
        """The line that is printed once before training."""
        return f"precision {self.mode}: {self.reason}"


def decide(mode: Literal["auto", "fp32", "bf16", "fp16"], device: Device) -> ChosenPrecision:
    """The format to compute in on this machine; WrongUse for fp16 on a CPU, which the trainer would not scale.

    `auto` is bf16 where the hardware computes it fast, else fp16 on a GPU, else fp32.
    """
    native = _computes_bf16(device)
    if mode == "fp16" and device == "cpu":
        raise WrongUse("fp16 needs a GPU: on a CPU there is neither speed nor loss scaling; set precision.mode: auto.")
    if mode == "bf16" and not native:
        return ChosenPrecision(
            "bf16", f"asked for, though this {device} has no matrix unit for it and may be slower than in fp32"
        )
    if mode != "auto":
        return ChosenPrecision(mode, "asked for")
    if native:
        return ChosenPrecision("bf16", f"this {device} computes it, and its range needs no loss scaling")
    if device == "cuda":
        return ChosenPrecision("fp16", "this GPU has no bf16; the loss is scaled dynamically")
    return ChosenPrecision("fp32", "this CPU has no AMX, without which bf16 is slower")


def scaler_options(precision: Precision) -> dict[str, float]:
    """The arguments of `torch.amp.GradScaler` (and of accelerate's `GradScalerKwargs`)."""
    return {
        "init_scale": precision.init_scale,
        "growth_factor": precision.growth,
        "backoff_factor": precision.backoff,
        "growth_interval": precision.growth_interval,
    }


def _computes_bf16(device: Device) -> bool:
    import torch

    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    # AVX-512's bf16 alone does not count: there a training step takes 1.9 × the time of fp32 (docs/log.md)
    return bool(torch.cpu.get_capabilities().get("amx_bf16"))
