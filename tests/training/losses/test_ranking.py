"""The distillation loss against values computed by hand, and inside the trainer it is made for."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")

from sentence_transformers import CrossEncoder  # noqa: E402
from sentence_transformers.cross_encoder import CrossEncoderTrainer, CrossEncoderTrainingArguments  # noqa: E402

from tiny_training import tiny_examples, tiny_model  # noqa: E402
from wenyuan.errors import WrongUse  # noqa: E402
from wenyuan.training.config import Distil, LayerMatch  # noqa: E402
from wenyuan.training.data.groups import as_dataset, make_groups  # noqa: E402
from wenyuan.training.losses.ranking import OBJECTIVES, DistilCallback, RankDistilLoss, make_loss  # noqa: E402

S, T = [1.0, 0.0, -1.0], [2.0, 1.0, -3.0]
QUERIES = ["what is red", "what is blue", "what is gold"]
PASSAGES = [
    ["is red", "is blue is blue", "is green"],
    ["is blue", "is pink is red is red"],
    ["is red", "is gold", "is grey", "is"],
]
HARD = [[1.0, 0.0, 0.0], [1.0, 0.0], [0.0, 0.0, 0.0, 0.0]]  # the third is unlabelled
TEACHER = [[4.0, -1.0, -2.0], [2.0, 1.0], [-1.0, 5.0, 0.5, -3.0]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_model(tmp_path_factory.mktemp("student") / "model")


@pytest.fixture
def model(folder):
    return CrossEncoder(str(folder), num_labels=1, max_length=32, device="cpu").eval()


def labels(hard=HARD, teacher=TEACHER, weights=(1.0, 1.0, 1.0)):
    return [torch.tensor([h, t, [w] * len(h)]) for h, t, w in zip(hard, teacher, weights, strict=True)]


def softmax(values, t=1.0):
    powers = [math.exp(value / t) for value in values]
    return [power / sum(powers) for power in powers]


def by_hand_kl(student, teacher, t):
    return t * t * sum(p * math.log(p / q) for p, q in zip(softmax(teacher, t), softmax(student, t), strict=True))


def scores(model):
    with torch.no_grad():
        return [
            model(model.preprocess([(q, p) for p in ps]))["scores"].view(-1).tolist()
            for q, ps in zip(QUERIES, PASSAGES, strict=True)
        ]


@pytest.mark.parametrize(
    ("name", "t", "expected"),
    [
        ("kl", 1.0, by_hand_kl(S, T, 1.0)),
        ("kl", 2.0, by_hand_kl(S, T, 2.0)),
        ("margin_mse", 2.0, ((1 - 1) ** 2 + (2 - 5) ** 2 + (1 - 4) ** 2) / 3),
        ("ranknet", 2.0, (2 * math.log(1 + math.exp(-1)) + math.log(1 + math.exp(-2))) / 3),
        ("listnet", 2.0, -sum(p * math.log(q) for p, q in zip(softmax(T), softmax(S), strict=True))),
    ],
)
def test_objectives_equal_their_formulas(name, t, expected):
    assert OBJECTIVES[name](torch.tensor(S), torch.tensor(T), t).item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_objectives_do_not_see_a_shift_of_all_scores(name):
    student, teacher = torch.tensor(S), torch.tensor(T)
    moved = OBJECTIVES[name](student + 7, teacher - 3, 2.0)
    assert moved.item() == pytest.approx(OBJECTIVES[name](student, teacher, 2.0).item(), rel=1e-4)


def test_t_squared_keeps_the_gradient_at_high_temperature():
    def gradient(t):
        student = torch.tensor(S, requires_grad=True)
        OBJECTIVES["kl"](student, torch.tensor(T), t).backward()
        return student.grad

    limit = (torch.tensor(S) - torch.tensor(T) - (torch.tensor(S) - torch.tensor(T)).mean()) / 3  # Hinton et al., eq. 4
    assert torch.allclose(gradient(1000.0), limit, atol=2e-3)
    assert gradient(1000.0).norm() > 0.5 * gradient(1.0).norm()


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_parts_are_the_weighted_sums_over_the_queries(model, alpha):
    found = scores(model)
    hard = -sum(math.log(softmax(s)[0]) for s in found[:2]) / 3
    soft = sum(w * by_hand_kl(s, t, 2.0) for w, s, t in zip((0.5, 2.0, 1.0), found, TEACHER, strict=True)) / 3
    loss = RankDistilLoss(model, Distil(alpha=alpha, temperature=2.0))
    parts = loss((QUERIES, PASSAGES), labels(weights=(0.5, 2.0, 1.0)))
    assert parts["hard"].item() == pytest.approx((1 - alpha) * hard, rel=1e-4)
    assert parts.get("soft", torch.zeros(())).item() == pytest.approx(alpha * soft, rel=1e-4)
    assert ("soft" in parts) == (alpha > 0)


def test_without_distillation_it_is_listwise_cross_entropy(model):
    parts = make_loss(model)((QUERIES[:2], PASSAGES[:2]), labels()[:2])
    assert list(parts) == ["hard"]
    assert parts["hard"].item() == pytest.approx(-sum(math.log(softmax(s)[0]) for s in scores(model)[:2]) / 2, rel=1e-4)


def test_unscored_groups_count_only_hard_and_unlabelled_ones_only_soft(model):
    loss = RankDistilLoss(model, Distil(alpha=0.5))
    unlabelled = loss((QUERIES[2:], PASSAGES[2:]), labels()[2:])
    assert unlabelled["hard"].item() == 0
    assert unlabelled["soft"].item() > 0
    for absent in (0.0, math.nan):
        unscored = loss((QUERIES[:1], PASSAGES[:1]), labels([HARD[0]], [[absent] * 3], [1.0]))
        assert unscored["soft"].item() == 0
        assert unscored["hard"].item() > 0


def test_a_batch_without_any_label_still_has_a_gradient(model):
    parts = make_loss(model)((QUERIES[2:], PASSAGES[2:]), labels()[2:])
    parts["hard"].backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)


def test_logits_are_float32_under_autocast(model):
    loss = RankDistilLoss(model, Distil())
    exact = loss((QUERIES, PASSAGES), labels())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        parts = loss((QUERIES, PASSAGES), labels())
    for name, part in parts.items():
        assert part.dtype == torch.float32
        assert part.item() == pytest.approx(exact[name].item(), rel=0.05)


def test_passages_are_tokenised_once_and_sorted_by_length_without_changing_the_result(model, monkeypatch):
    texts = [["is " * n + "red" for n in range(1, 20)], ["is " * n + "blue" for n in range(30, 0, -1)]]
    rows = [torch.tensor([[1.0] + [0.0] * (len(t) - 1), list(range(len(t))), [1.0] * len(t)]) for t in texts]
    seen, passes = [], []
    preprocess = model.preprocess
    monkeypatch.setattr(
        model, "preprocess", lambda pairs, **options: (seen.extend(pairs), preprocess(pairs, **options))[1]
    )
    hook = model.transformers_model.base_model.register_forward_pre_hook(lambda _, args: passes.append(args[0].shape))
    parts = RankDistilLoss(model, Distil())((QUERIES[:2], texts), rows)
    hook.remove()
    assert seen == [(query, text) for query, group in zip(QUERIES, texts, strict=False) for text in group]
    assert [shape[0] for shape in passes] == [16, 16, 16, 1]
    assert passes[0][1] < passes[1][1] < passes[2][1] == 32
    with torch.no_grad():
        plain = model(preprocess(seen))["scores"].view(-1).split([19, 30])
    expected = sum(by_hand_kl(s.tolist(), list(range(len(s))), 2.0) for s in plain) / 4
    assert parts["soft"].item() == pytest.approx(expected, rel=1e-4)


def test_a_model_with_several_outputs_is_refused(folder):
    with pytest.raises(WrongUse, match="num_labels=1"):
        make_loss(CrossEncoder(str(folder), num_labels=3, device="cpu", model_kwargs={"ignore_mismatched_sizes": True}))


def test_features_without_a_teacher_are_refused(model):
    with pytest.raises(WrongUse, match=r"distil\.teacher"):
        make_loss(model, Distil(features=(LayerMatch(1, 1),)))


def arguments(folder, **options):
    return CrossEncoderTrainingArguments(
        output_dir=str(folder),
        use_cpu=True,
        report_to=[],
        disable_tqdm=True,
        per_device_train_batch_size=4,
        learning_rate=1e-3,
        logging_steps=1,
        **({"max_steps": 10, "save_strategy": "no"} | options),
    )


def train(model, distil, args, resume=None):
    loss = make_loss(model, distil)
    data = as_dataset(make_groups(tiny_examples(40, teacher=True), [1.0] * 40, 4, 0))
    trainer = CrossEncoderTrainer(model=model, args=args, train_dataset=data, loss=loss)
    trainer.add_callback(DistilCallback(loss))
    trainer.train(resume_from_checkpoint=resume)
    return loss, [row for row in trainer.state.log_history if "loss" in row]


@pytest.mark.slow
@pytest.mark.parametrize("bf16", [False, True])
def test_ten_steps_of_the_trainer_lower_every_part(model, folder, tmp_path, bf16):
    features = (LayerMatch(2, 2), LayerMatch(1, 1, "attention"))
    teacher = tiny_model(tmp_path / "teacher", seed=7)
    distil = Distil(temperature=4.0, final_temperature=1.0, teacher=str(teacher), features=features)
    loss, log = train(model, distil, arguments(tmp_path / "out", bf16=bf16))
    assert len(log) == 10
    for row in log:
        assert row["loss"] == pytest.approx(row["hard"] + row["soft"] + row["features"], abs=2e-3)
    for part in ("hard", "soft", "features"):
        assert sum(row[part] for row in log[-3:]) < sum(row[part] for row in log[:3]), part
    assert loss.temperature == pytest.approx(4.0 - 3.0 * 0.9)


@pytest.mark.slow
def test_adapters_come_back_when_training_is_resumed(folder, tmp_path):
    def student():
        return CrossEncoder(str(folder), num_labels=1, max_length=32, device="cpu")

    distil = Distil(teacher=str(tiny_model(tmp_path / "teacher", seed=7)), features=(LayerMatch(2, 2),))
    args = arguments(tmp_path / "out", max_steps=6, save_strategy="steps", save_steps=3)
    whole, _ = train(student(), distil, args)
    again, _ = train(student(), distil, args, resume=str(tmp_path / "out" / "checkpoint-3"))
    for first, second in zip(whole.features.parameters(), again.features.parameters(), strict=True):
        assert torch.allclose(first, second, atol=1e-5)
        assert not torch.allclose(first, torch.eye(*first.shape) if first.dim() == 2 else torch.zeros(first.shape))
