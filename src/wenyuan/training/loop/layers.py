"""Makes a shallower model out of a deep one: the student's start in distillation (12 → 6 → 3 layers).

Kept layers are evenly spaced, the first and the last always among them: 12 → 6 keeps 0 2 4 7 9 11, 12 → 3 keeps 0 6 11.
A single layer is the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from wenyuan.errors import WrongUse

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def spaced(total: int, keep: int) -> list[int]:
    """`keep` of the positions 0 … total − 1, evenly spaced, first and last included; WrongUse if there are fewer."""
    if not 1 <= keep <= total:
        raise WrongUse(f"The model has {total} layers, so {keep} cannot be kept: name 1 to {total}.")
    gaps = max(keep - 1, 1)
    return [(2 * n * (total - 1) + gaps) // (2 * gaps) for n in range(keep)]


def keep_layers(model: PreTrainedModel, keep: int) -> list[int]:
    """Cut a transformers model down to `keep` layers, in place; returns which.

    Raises:
        WrongUse: the model has fewer layers, or no single list of them.
    """
    total = model.config.num_hidden_layers
    stacks = [
        (parent, name)
        for parent in model.base_model.modules()
        for name, child in parent.named_children()
        if isinstance(child, nn.ModuleList) and len(child) == total
    ]
    if len(stacks) != 1:
        raise WrongUse(
            f"{type(model).__name__} has no single list of {total} layers: layers can be cut from BERT-like models."
        )
    chosen = spaced(total, keep)
    parent, name = stacks[0]
    stack = getattr(parent, name)
    setattr(parent, name, nn.ModuleList(stack[n] for n in chosen))
    model.config.num_hidden_layers = keep
    return chosen
