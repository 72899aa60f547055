"""The trainer of an encoder: what it is shown, what it learns, and how it is saved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")
pytest.importorskip("matplotlib")

from safetensors.torch import load_file  # noqa: E402

from tiny_training import tiny_examples  # noqa: E402
from wenyuan.errors import SourceError, WrongUse  # noqa: E402
from wenyuan.training.config import Distil  # noqa: E402
from wenyuan.training.data.examples import Example  # noqa: E402
from wenyuan.training.loop.encoder_trainer import cosines, make_encoder_trainer, open_encoder, triplets  # noqa: E402
from wenyuan.training.loop.fit import fit  # noqa: E402
from wenyuan.training.loop.precision import ChosenPrecision  # noqa: E402
from wenyuan.training.loop.watch import RunProgress  # noqa: E402

from .first_right import first_right  # noqa: E402


@pytest.mark.slow
def test_an_encoder_learns_and_loads_as_one(config, tmp_path):
    from sentence_transformers import SentenceTransformer

    encoder = replace(config, task="encoder", epochs=6, eval_steps=50, group=3, query_prefix="what ")
    judged: list[RunProgress] = []
    model = fit(encoder, first_right, judged.append)
    first = [step.metrics["dev_first"] for step in judged if "dev_first" in step.metrics]
    assert first[-1] > 0.6  # by chance 0.25
    opened = SentenceTransformer(str(model), device="cpu", local_files_only=True)
    assert opened.prompts["query"] == "what "
    assert opened.max_seq_length == 32
    assert opened.encode("what is red").shape == (32,)
    assert {value.dtype for value in load_file(model / "model.safetensors").values()} == {torch.float32}
    with pytest.raises(WrongUse, match="distil"):
        fit(replace(encoder, distil=Distil(), out=tmp_path / "other"))


def test_a_row_is_a_query_a_positive_and_so_many_negatives():
    rows = triplets(tiny_examples(20), 2, seed=0)
    assert rows.column_names == ["query", "positive", "negative_1", "negative_2"]
    for row, example in zip(rows, tiny_examples(20), strict=True):
        assert row["positive"] in example.positives
        assert {row["negative_1"], row["negative_2"]} < {*example.negatives}
    assert triplets(tiny_examples(20), 2, seed=0)[:] == rows[:]


def test_too_few_negatives_are_repeated_and_what_cannot_teach_is_left_out():
    one = Example("q", ("p",), ("n",))
    rows = triplets([one, Example("q", ("p",), ()), Example("q", (), ("n",))], 3, seed=0)
    assert rows[:] == {"query": ["q"], "positive": ["p"], **{f"negative_{n}": ["n"] for n in (1, 2, 3)}}
    with pytest.raises(SourceError, match="add negatives"):
        triplets([Example("q", ("p",), ())], 3, seed=0)


def test_queries_and_passages_are_read_with_their_prefixes(config):
    config = replace(config, task="encoder", query_prefix="what ", passage_prefix="is ")
    model = open_encoder(config, "cpu")
    assert model.max_seq_length == 32
    assert not model.transformers_model.get_input_embeddings().weight.requires_grad
    same = cosines(model, "is red", ["what is red", "red"])
    assert same.dtype == np.float32
    assert (np.abs(same) <= 1.0001).all()
    bare = open_encoder(replace(config, query_prefix="is ", passage_prefix="is "), "cpu")
    assert cosines(bare, "red", ["red"])[0] == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("change", [{"distil": Distil()}, {"layers": 1}], ids=str)
def test_what_is_for_rerankers_is_refused(config, tmp_path, change):
    config = replace(config, task="encoder", **change)
    with pytest.raises(WrongUse, match="are for rerankers"):
        make_encoder_trainer(config, ChosenPrecision("fp32", ""), None, tiny_examples(8), tmp_path)
