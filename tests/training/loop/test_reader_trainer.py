"""The trainer of a reader: what it is shown in each epoch, its rates, one step, a run from file to folder, resume."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")
pytest.importorskip("matplotlib")

from safetensors.torch import load_file  # noqa: E402
from transformers import TrainerCallback  # noqa: E402

from tiny_training import tiny_reading  # noqa: E402
from wenyuan.errors import WrongModel, WrongUse  # noqa: E402
from wenyuan.training.config import Distil, Heads, TrainConfig  # noqa: E402
from wenyuan.training.data.reading import GradedPassage, ReadingExample, write_reading  # noqa: E402
from wenyuan.training.judging import dev_judge  # noqa: E402
from wenyuan.training.loop.fit import fit  # noqa: E402
from wenyuan.training.loop.precision import ChosenPrecision  # noqa: E402
from wenyuan.training.loop.reader_trainer import (  # noqa: E402
    Collator,
    DrawnGroups,
    make_reader_trainer,
    open_reader,
    read,
)
from wenyuan.training.losses.reading import IGNORED  # noqa: E402
from wenyuan.training.reader import BertReader  # noqa: E402


@pytest.fixture
def reading(config: TrainConfig, tmp_path) -> TrainConfig:
    """12 steps an epoch."""
    write_reading(tmp_path / "reading.jsonl", tiny_reading(96))
    write_reading(tmp_path / "dev.jsonl", tiny_reading(30, seed=5))
    return replace(
        config,
        task="reader",
        train=tmp_path / "reading.jsonl",
        dev=tmp_path / "dev.jsonl",
        group=2,
        heads=Heads(early_layer=1),
    )


class Gradients(TrainerCallback):
    """Remembers those of the last step."""

    def on_pre_optimizer_step(self, args, state, control, **kwargs):
        self.seen = [parameter.grad.clone() for parameter in kwargs["model"].parameters() if parameter.grad is not None]


def prepared(config: TrainConfig, tmp_path, examples):
    torch.manual_seed(config.seed)
    model = open_reader(config, "cpu")
    return make_reader_trainer(config, ChosenPrecision("fp32", ""), model, examples, tmp_path / "checkpoints")


def test_what_is_drawn_depends_on_seed_and_epoch_alone() -> None:
    many = [
        ReadingExample("q", (GradedPassage("right", 3, (0, 5)), *(GradedPassage(f"no {n}") for n in range(20))))
    ] * 9
    groups, again = DrawnGroups(many, 4, 0), DrawnGroups(many, 4, 0)
    first = [groups[n] for n in range(9)]
    assert first == [again[n] for n in range(9)]
    assert len({tuple(passages) for _, passages in first}) > 1
    groups.epoch = 1
    assert [groups[n] for n in range(9)] != first
    assert {len(passages) for _, passages in first} == {4}


def test_a_batch_says_where_the_evidence_is_and_ignores_what_was_cut_off_or_is_not_marked(reading) -> None:
    model = open_reader(reading, "cpu")
    long = "is red " * 40 + "blue"
    shown = [
        GradedPassage("is red is blue", 3, (10, 14)),
        GradedPassage(long, 3, (280, 284)),
        GradedPassage("is red", 2),
        GradedPassage("is red"),
    ]
    batch = Collator(model)([("what is blue", shown), ("what is", [GradedPassage("is pink")])])
    assert batch["sizes"].tolist() == [4, 1]
    assert batch["grades"].tolist() == [3, 3, 2, 0, 0]
    assert batch["primary"].tolist() == [True, False, False, False, True]
    assert batch["starts"].tolist() == batch["ends"].tolist() == [8, IGNORED, IGNORED, 0, 0]
    assert batch["input_ids"].shape == (5, 32)


def test_new_heads_have_their_own_rate_and_frozen_words_are_not_held(reading, tmp_path) -> None:
    trainer = prepared(replace(reading, lr=0.25, head_lr=0.5), tmp_path, tiny_reading(8))
    groups = trainer.create_optimizer().param_groups
    rates = {id(parameter): group["lr"] for group in groups for parameter in group["params"]}
    model = trainer.model
    assert rates[id(model.spans.weight)] == rates[id(model.early.bias)] == 0.5
    assert rates[id(model.classifier.weight)] == rates[id(model.bert.pooler.dense.bias)] == 0.25
    words = model.get_input_embeddings().weight
    assert set(rates) == {id(parameter) for parameter in model.parameters()} - {id(words)}


def test_one_step_lowers_the_loss_and_batches_that_accumulate_make_the_same_step(reading, tmp_path) -> None:
    questions = [example for example in tiny_reading(24) if not example.near_miss][:8]
    config = replace(reading, epochs=1, warmup=0.0, lr=1e-3)
    whole = prepared(config, tmp_path, questions)
    parts, batch = whole.parts, whole.data_collator([whole.train_dataset[n] for n in range(8)])
    before = sum(parts(whole.model, batch).values()).item()
    halves = prepared(replace(config, batch_size=4, accumulate=2), tmp_path, questions)
    seen = [Gradients(), Gradients()]
    for trainer, gradients in zip((whole, halves), seen, strict=True):
        trainer.add_callback(gradients)
        trainer.train()
        assert trainer.state.global_step == 1
    assert sum(parts(whole.model, batch).values()).item() < before
    for once, twice in zip(*(gradients.seen for gradients in seen), strict=True):
        torch.testing.assert_close(twice, once, rtol=1e-3, atol=1e-6)


@pytest.mark.slow
def test_a_run_learns_to_find_the_evidence_and_keeps_its_best_model(reading) -> None:
    write_reading(reading.train, tiny_reading(400))
    config = replace(reading, epochs=4, lr=5e-3, eval_steps=30, best="evidence", freeze_embeddings=False)
    model = fit(config, dev_judge(config))
    lines = [json.loads(line) for line in (config.out / "metrics.jsonl").read_text().splitlines()]
    judged = {line["step"]: line for line in lines if "dev_evidence" in line}
    assert max(line["dev_evidence"] for line in judged.values()) > 0.7  # by chance 1/3 of the right passage
    assert max(line["dev_auroc"] for line in judged.values()) > 0.7
    assert max(line["dev_hit@1"] for line in judged.values()) > 0.7
    logged = [line for line in lines if "loss" in line]
    parts = ("relevance", "early", "evidence", "null")
    assert logged[0]["loss"] == pytest.approx(sum(logged[0][part] for part in parts), abs=1e-3)
    assert all(logged[-1][part] < logged[0][part] / 2 for part in parts if part != "early")
    record = json.loads((config.out / "run.json").read_text())
    best = record["metrics"]
    assert best["dev_evidence"] == max(line["dev_evidence"] for line in judged.values())
    assert best == {key: judged[record["best_step"]][key] for key in best}
    assert (
        f"the model of step {record['best_step']}, which had the most evidence"
        in (config.out / "README.md").read_text()
    )
    assert {path.name for path in config.out.iterdir()} == {
        *("config.yaml", "metrics.jsonl", "run.json", "README.md", "plots", "model")
    }
    assert not (model / "figures.json").exists()
    said = read(BertReader.open(model), "what is red", ["is blue is red is pink", "is blue"])
    assert said.relevance.shape == said.early.shape == said.margins.shape == (2,)
    assert all(0 <= start < end <= 22 for start, end in said.spans)


@pytest.mark.slow
def test_a_run_that_was_cut_off_ends_with_the_same_weights(reading, tmp_path) -> None:
    config = replace(reading, epochs=2, save_steps=7, group=2)
    whole = fit(replace(config, out=tmp_path / "whole"))

    class Killed(BaseException):
        pass

    def kill(progress) -> None:
        if progress.step == 17:
            raise Killed

    with pytest.raises(Killed):
        fit(config, on_progress=kill)
    resumed = fit(config, resume=True)
    ours, theirs = load_file(resumed / "model.safetensors"), load_file(whole / "model.safetensors")
    for name, value in theirs.items():
        torch.testing.assert_close(ours[name], value, rtol=0, atol=1e-6)
    assert json.loads((config.out / "run.json").read_text())["resumed"] is True


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"heads": Heads(early_layer=3)}, WrongUse, "beyond the 2 layers"),
        ({"max_tokens": 65}, WrongUse, "beyond the 64 positions"),
        ({"distil": Distil()}, WrongUse, "are for rerankers"),
        ({"layers": 1}, WrongUse, "are for rerankers"),
    ],
)
def test_what_does_not_fit_is_wrong_use(reading, change, error, said) -> None:
    with pytest.raises(error, match=said):
        fit(replace(reading, **change))


def test_a_model_that_is_no_bert_is_refused(reading, tmp_path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(WrongModel, match="gpt2"):
        open_reader(replace(reading, model=str(tmp_path / "other")), "cpu")
