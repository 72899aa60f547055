"""The encoder through its public interface, with the shipped model; golden_embed.json is its baseline.

After a wanted change of the model, write the baseline anew: `python -m tests.models.test_encoder`.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from wenyuan.errors import Damaged, WrongModel, WrongUse
from wenyuan.models import Artefact, ModelCard, OnnxEncoder, load_encoder

GOLDEN = Path(__file__).with_name("golden_embed.json")
PASSAGES = [
    "断路器PPR-9087的额定电流为63安培，安装在配电柜的左侧。",
    "The circuit breaker PPR-9087 is rated at 63 amperes and sits on the left of the cabinet.",
    "年假须提前两周向直属主管申请，未休完的天数可以延到次年三月。",
    "Employees request annual leave two weeks ahead; unused days may be taken until March of the next year.",
    "台灣的高速鐵路連接臺北與高雄，全程約需一個半小時。",
    "Photosynthesis turns light, water and carbon dioxide into sugar and oxygen.",
]
QUERIES = [
    "断路器的额定电流是多少？",
    "How many weeks ahead must I ask for leave?",
    "高铁从台北到高雄要多久？",
    "What do plants make from light?",
]


@pytest.fixture(scope="module")
def encoder() -> OnnxEncoder:
    return load_encoder("embed")


def similarities(encoder: OnnxEncoder) -> dict[str, list[list[float]]]:
    queries, passages = encoder.encode_queries(QUERIES), encoder.encode_passages(PASSAGES)
    return {"passages": (passages @ passages.T).tolist(), "queries": (queries @ passages.T).tolist()}


def test_cosines_and_ranking_equal_the_baseline(encoder):
    golden, now = json.loads(GOLDEN.read_text()), similarities(encoder)
    for part in ("passages", "queries"):
        # Processors without VNNI add int8 products in another way: up to .0022 were seen.
        np.testing.assert_allclose(now[part], golden[part], atol=4e-3)
    assert np.argmax(now["queries"], axis=1).tolist() == np.argmax(golden["queries"], axis=1).tolist() == [0, 3, 4, 5]


def test_vectors_are_unit_float32_rows(encoder):
    vectors = encoder.encode_passages(PASSAGES)
    assert vectors.shape == (len(PASSAGES), encoder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_vector_depends_on_its_text_alone(encoder):
    texts = [*PASSAGES, *PASSAGES[:2], "short", "短", "short again " * 30]
    together = encoder.encode_passages(texts)
    order = np.random.default_rng(0).permutation(len(texts))
    np.testing.assert_allclose(encoder.encode_passages([texts[n] for n in order]), together[order], atol=1e-6)
    alone = np.concatenate([encoder.encode_passages([text]) for text in texts])
    np.testing.assert_allclose(alone, together, atol=1e-6)


def test_single_queries_are_remembered_but_never_shared(encoder):
    first = encoder.encode_queries(["remembered"])
    first[:] = 0
    fresh = encoder.encode_queries(["remembered", "x"])[:1]
    np.testing.assert_allclose(encoder.encode_queries(["remembered"]), fresh, atol=1e-6)


def test_remembered_queries_can_be_forgotten(encoder, monkeypatch):
    encoder.encode_queries(["remembered"])
    monkeypatch.setattr(encoder, "_encoded", None)
    encoder.encode_queries(["remembered"])
    encoder.forget_queries()
    with pytest.raises(TypeError):
        encoder.encode_queries(["remembered"])


def test_query_and_passage_have_their_own_prefix(encoder):
    assert not np.allclose(encoder.encode_queries(["水"]), encoder.encode_passages(["水"]), atol=1e-3)


def test_no_texts_give_no_vectors(encoder):
    assert encoder.encode_passages([]).shape == (0, encoder.dimension)
    assert encoder.encode_queries([]).shape == (0, encoder.dimension)
    assert encoder.count_tokens([]) == []


def test_empty_text_has_a_vector(encoder):
    assert np.isfinite(encoder.encode_passages([""])).all()


def test_truncation_is_counted_and_token_counts_are_whole():
    encoder = load_encoder("embed")
    long = "水电站 " * 600
    assert encoder.count_tokens([long, "水"])[0] > encoder.max_tokens
    assert encoder.truncated() == 0
    vectors = encoder.encode_passages([long, "水", long + "more"])
    assert encoder.truncated() == 2
    assert np.isfinite(vectors).all()
    np.testing.assert_allclose(vectors[0], vectors[2], atol=1e-6)  # what differs was cut off


def test_the_longest_text_is_not_truncated():
    encoder = load_encoder("embed")
    words = "a" + " a" * (encoder.max_tokens - 6)
    prefixed = encoder.count_tokens(["passage: " + words])[0] + 2
    assert prefixed <= encoder.max_tokens
    encoder.encode_passages([words + " a" * (encoder.max_tokens - prefixed)])
    assert encoder.truncated() == 0
    encoder.encode_passages([words + " a" * (encoder.max_tokens - prefixed + 1)])
    assert encoder.truncated() == 1


def test_two_loads_give_the_same(encoder):
    again = load_encoder("embed", threads=2)
    assert again.id == encoder.id
    assert encoder.id.startswith("embed@")
    np.testing.assert_array_equal(again.encode_passages(PASSAGES), encoder.encode_passages(PASSAGES))


def test_loading_is_lazy_and_unknown_names_are_refused_at_once():
    with pytest.raises(WrongUse, match="no model"):
        load_encoder("./nowhere/at-all")


def test_a_model_of_another_kind_is_refused(tmp_path):
    ModelCard("judge", "reranker", 1, 512, files={}).write(tmp_path)
    with pytest.raises(WrongModel, match="reranker"):
        load_encoder(str(tmp_path))


def test_a_broken_graph_is_one_sentence(tmp_path):
    shipped = load_encoder("embed").artefact
    (tmp_path / "tokenizer.json").write_bytes((shipped.folder / "tokenizer.json").read_bytes())
    (tmp_path / "model.onnx").write_bytes(b"not a graph")
    broken = OnnxEncoder(Artefact(tmp_path, ModelCard("broken", "encoder", 384, 512, files={})))
    with pytest.raises(Damaged, match="not a readable ONNX graph"):
        broken.encode_passages(["x"])


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(similarities(load_encoder("embed")), indent=1) + "\n")
