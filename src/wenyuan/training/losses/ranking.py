"""The loss of a reranker, on raw logits in float32: L = alpha · L_distil + (1 − alpha) · L_student (+ features).

L_student is listwise cross-entropy over the passages of a query; L_distil compares them with a teacher's scores.
Objectives take a student's and a teacher's logits of one query, both (n,), and a temperature:
- kl: T² · KL(softmax(t / T) ‖ softmax(s / T)); T² keeps its gradient as large as the hard part's (arXiv 1503.02531);
- margin_mse: mean squared difference of the score margins, over all pairs of passages (arXiv 2010.02666);
- ranknet: logistic loss on the pairs as the teacher orders them (Burges et al. 2005);
- listnet: cross-entropy of the top-one probabilities (Cao et al. 2007). The last three know no temperature.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from transformers import TrainerCallback
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from wenyuan.errors import WrongUse
from wenyuan.training.config import Distil
from wenyuan.training.data.curriculum import temperature
from wenyuan.training.losses.features import FeatureMatch, load_teacher, recorded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sentence_transformers import CrossEncoder
    from transformers import TrainerControl, TrainerState, TrainingArguments

ADAPTERS = "adapters.safetensors"
_PAIRS = 16  # of one forward pass on CPU: rows of similar length share it, which saves a quarter to a half of the time


def kl(student: Tensor, teacher: Tensor, t: float) -> Tensor:
    """Scalar: T² · KL(teacher ‖ student) of the distributions softened by T."""
    soft = (F.log_softmax(student / t, -1), F.log_softmax(teacher / t, -1))
    return t**2 * F.kl_div(*soft, log_target=True, reduction="sum")


def margin_mse(student: Tensor, teacher: Tensor, _t: float) -> Tensor:
    """Scalar: mean over pairs i < j of ((s_i − s_j) − (t_i − t_j))²."""
    first, second = torch.triu_indices(len(student), len(student), offset=1, device=student.device)
    return F.mse_loss(student[first] - student[second], teacher[first] - teacher[second])


def ranknet(student: Tensor, teacher: Tensor, _t: float) -> Tensor:
    """Scalar: mean over pairs with t_i > t_j of log(1 + exp(s_j − s_i))."""
    better, worse = torch.nonzero(teacher[:, None] > teacher[None, :], as_tuple=True)
    return F.softplus(student[worse] - student[better]).mean()


def listnet(student: Tensor, teacher: Tensor, _t: float) -> Tensor:
    """Scalar: −Σ softmax(t) · log softmax(s)."""
    return F.cross_entropy(student, teacher.softmax(-1))


OBJECTIVES = {"kl": kl, "margin_mse": margin_mse, "ranknet": ranknet, "listnet": listnet}


class RankDistilLoss(nn.Module):
    """A loss for sentence-transformers' `CrossEncoderTrainer`: columns `query`, `passages`, `labels`.

    `labels` of a query with n passages is (3, n): hard label, teacher's raw logit, weight of the teacher's word. Where
    the hard labels are all 0, the query is unlabelled and counts only softly; where the teacher's scores are all equal
    (or NaN), it is unscored and counts only hard. Returns the parts, which the trainer sums and logs apart.

    Each part is divided by the number of queries, labelled or not: equal batches on several processes then give the
    gradient of their union.
    """

    def __init__(self, model: CrossEncoder, distil: Distil | None = None, features: FeatureMatch | None = None) -> None:
        super().__init__()
        if model.num_labels != 1:
            raise WrongUse(f"The model has {model.num_labels} outputs; a reranker has one: load it with num_labels=1.")
        self.model = model
        self.distil = distil or Distil(alpha=0.0)
        self.features = features
        self.temperature = self.distil.temperature

    def forward(
        self,
        inputs: tuple[Sequence[str], Sequence[Sequence[str]]],
        labels: Sequence[Tensor],
        prompt: str | None = None,
        task: str | None = None,
    ) -> dict[str, Tensor]:
        """(queries, passages of each) and (3, n) labels of each → the weighted parts of the loss."""
        queries, passages = inputs
        pairs = [(query, passage) for query, group in zip(queries, passages, strict=True) for passage in group]
        scores, distances = self._forward_pass(self.model.preprocess(pairs, prompt=prompt, task=task))
        hard = soft = scores.sum() * 0  # stays in the graph where a batch has no labels at all
        for student, label in zip(scores.split([len(group) for group in passages]), labels, strict=True):
            truth, teacher, weights = label.to(student)
            if truth.max() > 0:
                hard = hard + F.cross_entropy(student, truth / truth.sum())
            if teacher.max() > teacher.min():
                soft = soft + weights[0] * OBJECTIVES[self.distil.objective](student, teacher, self.temperature)
        alpha, count = self.distil.alpha, len(queries)
        parts = {"hard": (1 - alpha) / count * hard, "soft": alpha / count * soft}
        if self.features is not None:
            parts["features"] = self.distil.feature_weight * distances.mean()
        return {name: part for name, part in parts.items() if name != "soft" or alpha > 0}

    def get_config_dict(self) -> dict[str, Any]:
        """What the model card says of the loss."""
        return asdict(self.distil)

    def _forward_pass(self, tokens: dict[str, Any]) -> tuple[Tensor, Tensor]:
        """Tokens of n pairs → their logits (n,) and feature distances (n,), float32, in the given order."""
        scores, distances = [], []
        rows = list(by_length(tokens["attention_mask"], self.model.device))
        for row in rows:
            longest = int(tokens["attention_mask"][row].sum(1).max())
            part = {
                key: value[row, :longest].to(self.model.device) if isinstance(value, Tensor) else value
                for key, value in tokens.items()
            }
            if self.features is None:
                scores.append(self.model(dict(part))["scores"])
            else:
                with recorded(self.model, self.features.matches) as caught:
                    scores.append(self.model(dict(part))["scores"])
                distances.append(self.features(part, caught[0]))
        back = torch.cat(rows).argsort().to(self.model.device)
        logits = torch.cat(scores).view(-1).float()[back]
        return logits, torch.cat(distances)[back] if distances else logits.new_zeros(len(logits))


def make_loss(model: CrossEncoder, distil: Distil | None = None) -> RankDistilLoss:
    """The loss for `model` as it is now, its layers already cut; the teacher is loaded only for feature transfer.

    Raises:
        WrongUse: features without a teacher, a layer that does not exist, or a teacher with another tokenizer.
    """
    if distil is None or not distil.features:
        return RankDistilLoss(model, distil)
    if distil.teacher is None:
        raise WrongUse("Feature transfer needs the teacher itself: set distil.teacher to the folder of its model.")
    return RankDistilLoss(
        model, distil, FeatureMatch(model, load_teacher(distil.teacher, model.device), distil.features)
    )


class DistilCallback(TrainerCallback):
    """Moves the loss's temperature with the progress of training, and keeps its adapters beside the checkpoints."""

    def __init__(self, loss: RankDistilLoss) -> None:
        self.loss = loss

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, _control: TrainerControl, **_: object
    ) -> None:
        """Restores the adapters where training goes on from a checkpoint."""
        from safetensors.torch import load_model

        file = _adapters(args, state)
        if self.loss.features is not None and file.is_file():
            load_model(self.loss.features.adapters, file)

    def on_step_begin(
        self, _args: TrainingArguments, state: TrainerState, _control: TrainerControl, **_: object
    ) -> None:
        """Sets the temperature of this step."""
        self.loss.temperature = temperature(state.global_step / max(state.max_steps, 1), self.loss.distil)

    def on_save(self, args: TrainingArguments, state: TrainerState, _control: TrainerControl, **_: object) -> None:
        """Writes the adapters into the checkpoint just saved."""
        from safetensors.torch import save_model

        if self.loss.features is not None and state.is_world_process_zero:
            save_model(self.loss.features.adapters, str(_adapters(args, state)))


def _adapters(args: TrainingArguments, state: TrainerState) -> Path:
    return Path(args.output_dir) / f"{PREFIX_CHECKPOINT_DIR}-{state.global_step}" / ADAPTERS


def by_length(mask: Tensor, device: torch.device) -> Iterator[Tensor]:
    """Rows of each forward pass. One pass on a GPU, and where processes must make equally many to stay in step."""
    order = mask.sum(1).argsort(stable=True)
    together = device.type != "cpu" or (torch.distributed.is_available() and torch.distributed.is_initialized())
    yield from order.split(len(order) if together else _PAIRS)
