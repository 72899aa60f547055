"""Export of a tiny random cross-encoder: what passes the gates, and what they refuse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tiny_reranker import WORDS, write_hugging_face
from wenyuan.errors import Damaged, WrongUse
from wenyuan.models import load_cross_encoder, locate
from wenyuan.training.data.examples import Example

LETTERS = WORDS[4:]


def groups(n: int, seed: int = 0) -> list[Example]:
    rng = np.random.default_rng(seed)

    def text() -> str:
        return "".join(rng.choice(LETTERS, 6))

    return [Example(text(), (text(),), (text(), text())) for _ in range(n)]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    pytest.importorskip("torch")
    pytest.importorskip("onnx")
    return write_hugging_face(tmp_path_factory.mktemp("trained"))


def test_float32_scores_as_torch(trained, tmp_path):
    artefact = export_it(trained, tmp_path / "out", "fp32")
    assert artefact.card.kind == "reranker"
    ours, theirs = load_cross_encoder(str(tmp_path / "out")), load_cross_encoder(str(trained))
    passages = [group.positives[0] for group in groups(20)]
    np.testing.assert_allclose(ours.score("水ab", passages), theirs.score("水ab", passages), atol=1e-4)
    assert locate(str(tmp_path / "out")).card == artefact.card
    assert artefact.card.scores["parity_max_difference"] < 1e-4
    assert word_types(tmp_path / "out") == {"words": "FLOAT"}


def test_int8_is_close_smaller_and_judged(trained, tmp_path):
    check = groups(1000)
    artefact = export_it(trained, tmp_path / "out", "int8", check)
    ours, theirs = load_cross_encoder(str(tmp_path / "out")), load_cross_encoder(str(trained))
    passages = [group.positives[0] for group in groups(200, seed=1)]
    small, exact = ours.score("水ab", passages), theirs.score("水ab", passages)
    assert np.corrcoef(small, exact)[0, 1] > 0.95  # words in 4 bits, layers in 8
    assert not np.array_equal(small, exact)
    scores = artefact.card.scores
    assert scores["ndcg@10"] >= scores["fp32_ndcg@10"] - 0.005
    assert word_types(tmp_path / "out") == {"words": "UINT8", "words.scales": "FLOAT16"}
    again = export_it(trained, tmp_path / "again", "int8", check)
    assert again.card.files == artefact.card.files


@pytest.mark.parametrize("after", [0.79, float("nan")])
def test_int8_that_costs_quality_is_refused_and_writes_nothing(trained, tmp_path, after):
    answers = iter([{"ndcg@10": 0.8}, {"ndcg@10": after}])
    with pytest.raises(WrongUse, match=r"points of ndcg@10.*fp32"):
        export_it(trained, tmp_path / "out", "int8", groups(1000), judge=lambda scorer: next(answers))
    assert not (tmp_path / "out").exists()


def test_int8_without_enough_dev_groups_is_refused(trained, tmp_path):
    with pytest.raises(WrongUse, match="1000 dev groups or more, not 999"):
        export_it(trained, tmp_path / "out", "int8", groups(999))


def test_what_is_no_plain_bert_is_refused(tmp_path):
    pytest.importorskip("torch")
    for number, other in enumerate(({"hidden_act": "relu"}, {"num_labels": 2})):
        folder = write_hugging_face(tmp_path / str(number), **other)
        with pytest.raises(WrongUse, match="no BERT cross-encoder"):
            export_it(folder, tmp_path / "out", "fp32")


def test_a_graph_that_scores_otherwise_than_torch_is_refused(trained, tmp_path, monkeypatch):
    from wenyuan.training.export import cross_encoder as module

    read = module.read_weights

    def other(folder):
        weights = read(folder)
        bias = weights.tensors["classifier.bias"] + np.float32(0.5)
        return replace(weights, tensors={**weights.tensors, "classifier.bias": bias})

    monkeypatch.setattr(module, "read_weights", other)
    with pytest.raises(WrongUse, match=r"differs from torch by 0\.[3-5]"):
        export_it(trained, tmp_path / "out", "fp32")


def test_broken_weights_are_one_sentence(tmp_path):
    pytest.importorskip("torch")
    folder = write_hugging_face(tmp_path)
    (folder / "model.safetensors").write_bytes(b"no tensors")
    with pytest.raises(Damaged, match="cannot be read"):
        export_it(folder, tmp_path / "out", "fp32")


def word_types(folder) -> dict[str, str]:
    """What the words of an artefact are stored as."""
    import onnx

    stored = {tensor.name: tensor.data_type for tensor in onnx.load(str(folder / "model.onnx")).graph.initializer}
    return {n: onnx.TensorProto.DataType.Name(stored[n]) for n in ("words", "words.scales") if n in stored}


def export_it(*arguments, **options):
    from wenyuan.training.export.cross_encoder import export

    return export(*arguments, **options)
