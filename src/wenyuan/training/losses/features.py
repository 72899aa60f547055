"""Feature transfer: a student's hidden states and attention maps, led through adapters, should equal its teacher's.

Width, heads and depth of the two may differ; the tokenizer may not, for position i must be the same token in both.
Sources: FitNets (arXiv 1412.6550) for hidden states through an adapter, TinyBERT (arXiv 1909.10351) for attention maps.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from wenyuan.errors import WrongUse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sentence_transformers import CrossEncoder
    from transformers import PreTrainedModel

    from wenyuan.training.config import LayerMatch

_PROBES = (
    ("What is a heat pump?", "It moves heat: 3 kW in, 9 kW out."),
    ("什么是热泵？", "热泵把热量从低温处搬到高温处。"),
)


class FeatureMatch(nn.Module):
    """Distance of a student's layers to a frozen teacher's, a number a pair of texts.

    The adapters are trained with the student and exist only here: an exported student knows nothing of them. They start
    as the identity where both sides are equally wide, and equal on every process of a distributed run.
    """

    def __init__(self, student: CrossEncoder, teacher: CrossEncoder, matches: Sequence[LayerMatch]) -> None:
        super().__init__()
        _check_tokenizers(student, teacher)
        self.matches = tuple(matches)
        for match in self.matches:
            _check_layer(match, match.student, student, "student")
            _check_layer(match, match.teacher, teacher, "teacher")
        if any(match.kind == "attention" for match in self.matches):
            for model in (student, teacher):
                model.transformers_model.set_attn_implementation("eager")  # the fused kernels give no maps
        frozen = teacher.eval().requires_grad_(requires_grad=False)
        self._teacher = (frozen,)  # in a tuple it is none of our submodules: train() and the optimiser pass it by
        self.adapters = nn.ModuleList(
            _adapter(_size(student, match), _size(teacher, match), match.kind) for match in self.matches
        )

    def forward(self, tokens: Mapping[str, Any], student: Any) -> Tensor:  # noqa: ANN401
        """(n,) float32: the weighted distance of each pair; `student` is what `recorded` caught for `tokens`."""
        (frozen,) = self._teacher
        with torch.no_grad(), recorded(frozen, self.matches) as caught:
            frozen(dict(tokens))
        mask = tokens["attention_mask"].float()
        total = mask.new_zeros(len(mask))
        with torch.autocast(mask.device.type, enabled=False):  # float32: bf16 loses the small differences near the end
            for match, adapter in zip(self.matches, self.adapters, strict=True):
                distance = _hidden_distance if match.kind == "hidden" else _attention_distance
                ours = _layer(student, match.kind, match.student)
                theirs = _layer(caught[0], match.kind, match.teacher)
                total = total + match.weight * distance(adapter, ours, theirs, mask)
        return total


@contextmanager
def recorded(model: CrossEncoder, matches: Sequence[LayerMatch]) -> Iterator[list[Any]]:
    """Inside, each forward pass of `model` appends its backbone's output, with the layers that `matches` names."""
    backbone = _backbone(model).base_model
    wanted = {
        "output_hidden_states": any(match.kind == "hidden" for match in matches),
        "output_attentions": any(match.kind == "attention" for match in matches),
    }
    caught: list[Any] = []
    hooks = [
        backbone.register_forward_pre_hook(lambda _, args, kwargs: (args, kwargs | wanted), with_kwargs=True),
        backbone.register_forward_hook(lambda _, args, output: caught.append(output)),  # noqa: ARG005
    ]
    try:
        yield caught
    finally:
        for hook in hooks:
            hook.remove()


def load_teacher(folder: str, device: torch.device | str) -> CrossEncoder:
    """The cross-encoder of a Hugging Face folder in float32; WrongUse when there is none."""
    from sentence_transformers import CrossEncoder

    try:
        return CrossEncoder(folder, device=str(device), local_files_only=True, model_kwargs={"dtype": torch.float32})
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise WrongUse(
            f"The teacher {folder} cannot be loaded ({reason}): name the folder of a cross-encoder."
        ) from error


def _hidden_distance(adapter: nn.Module, student: Tensor, teacher: Tensor, mask: Tensor) -> Tensor:
    """(n, tokens, width) each → (n,): mean squared error over width and real tokens."""
    error = (adapter(student) - teacher).square().mean(-1)
    return (error * mask).sum(1) / mask.sum(1)


def _attention_distance(adapter: nn.Module, student: Tensor, teacher: Tensor, mask: Tensor) -> Tensor:
    """(n, heads, tokens, tokens) each → (n,): squared error summed over real keys, mean over heads and real queries.

    Summed over keys because a map's entries shrink with the number of tokens that share its row.
    """
    mixed = adapter(student.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
    error = ((mixed - teacher).square() * mask[:, None, None, :]).sum(-1).mean(1)
    return (error * mask).sum(1) / mask.sum(1)


def _adapter(inputs: int, outputs: int, kind: str) -> nn.Linear:
    linear = nn.Linear(inputs, outputs, bias=kind == "hidden")
    if inputs == outputs:
        nn.init.eye_(linear.weight)
    else:
        nn.init.normal_(linear.weight, std=inputs**-0.5, generator=torch.Generator().manual_seed(0))
    if linear.bias is not None:
        nn.init.zeros_(linear.bias)
    for parameter in linear.parameters():  # outside the model, so DistributedDataParallel does not average these
        parameter.register_hook(_mean_of_ranks)
    return linear


def _mean_of_ranks(gradient: Tensor) -> Tensor:
    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return gradient
    gradient = gradient / torch.distributed.get_world_size()
    torch.distributed.all_reduce(gradient)
    return gradient


def _backbone(model: Any) -> PreTrainedModel:  # noqa: ANN401
    """The transformers model inside a cross-encoder, which a distributed run may have wrapped."""
    backbone: PreTrainedModel = getattr(model, "module", model).transformers_model
    return backbone


def _layer(output: Any, kind: str, layer: int) -> Tensor:  # noqa: ANN401
    """Layer k counts from 1; hidden layer 0 is the embedding's output."""
    found: Tensor = output.hidden_states[layer] if kind == "hidden" else output.attentions[layer - 1]
    return found.float()


def _size(model: CrossEncoder, match: LayerMatch) -> int:
    config = _backbone(model).config
    size: int = config.hidden_size if match.kind == "hidden" else config.num_attention_heads
    return size


def _check_layer(match: LayerMatch, layer: int, model: CrossEncoder, side: str) -> None:
    first, last = (0 if match.kind == "hidden" else 1), _backbone(model).config.num_hidden_layers
    if not first <= layer <= last:
        raise WrongUse(f"The {side} has no {match.kind} layer {layer}: its layers are {first} to {last}.")


def _check_tokenizers(student: CrossEncoder, teacher: CrossEncoder) -> None:
    ours, theirs = student.tokenizer, teacher.tokenizer
    same = ours.get_vocab() == theirs.get_vocab() and all(
        ours(*pair)["input_ids"] == theirs(*pair)["input_ids"] for pair in _PROBES
    )
    if not same:
        raise WrongUse(
            "Teacher and student have different tokenizers, so their layers cannot be compared: remove `features` "
            "(scores can still be distilled) or take a teacher with the student's tokenizer."
        )
    if _backbone(teacher).config.max_position_embeddings < student.max_seq_length:
        raise WrongUse(
            f"The teacher reads at most {_backbone(teacher).config.max_position_embeddings} tokens and the student "
            f"{student.max_seq_length}: lower max_tokens."
        )
