"""Cross-encoders through the public interface: an ONNX artefact and a Hugging Face folder of the same tiny network."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tiny_reranker import POSITIONS, write_artefact, write_hugging_face
from wenyuan.errors import Damaged, WrongModel, WrongUse
from wenyuan.models import load_cross_encoder, load_encoder
from wenyuan.types import CrossEncoder, SpanReader

PASSAGES = ["水山", "abc", "xyz", "水水水水水水", "a", "", "日月山川田" * 3]


@pytest.fixture(scope="module")
def reranker(tmp_path_factory) -> CrossEncoder:
    pytest.importorskip("onnx")
    return load_cross_encoder(str(write_artefact(tmp_path_factory.mktemp("models") / "tiny")))


def test_scores_are_one_logit_a_passage_in_order(reranker):
    scores = reranker.score("水", PASSAGES)
    assert scores.shape == (len(PASSAGES),)
    assert scores.dtype == np.float32
    assert np.ptp(scores) > 0.01
    assert reranker.id.startswith("tiny@")


def test_a_score_depends_on_its_pair_alone(reranker):
    together = reranker.score("水", PASSAGES)
    order = np.random.default_rng(0).permutation(len(PASSAGES))
    np.testing.assert_allclose(reranker.score("水", [PASSAGES[n] for n in order]), together[order], atol=1e-5)
    alone = [reranker.score("水", [passage])[0] for passage in PASSAGES]
    np.testing.assert_allclose(alone, together, atol=1e-5)
    assert not np.allclose(reranker.score("火", PASSAGES), together, atol=1e-3)


def test_no_passages_give_no_scores(reranker):
    assert reranker.score("水", []).shape == (0,)


def test_the_passage_is_cut_and_counted_but_not_the_query(reranker):
    before = reranker.truncated()
    room = POSITIONS - 3 - len("query")
    whole, more, other = "a" * room, "a" * room + "bcd", "a" * (room - 1) + "b"
    scores = reranker.score("query", [whole, more, other])
    assert scores[0] == pytest.approx(scores[1], abs=1e-6)
    assert scores[0] != pytest.approx(scores[2], abs=1e-4)
    assert reranker.truncated() - before == 1


def test_a_query_longer_than_the_model_still_scores(reranker):
    assert np.isfinite(reranker.score("水" * 100, PASSAGES)).all()


def test_an_encoder_is_no_reranker_and_a_reranker_no_encoder(tmp_path):
    with pytest.raises(WrongModel, match="encoder"):
        load_cross_encoder("embed")
    pytest.importorskip("onnx")
    with pytest.raises(WrongModel, match="reranker"):
        load_encoder(str(write_artefact(tmp_path)))


def test_a_folder_that_is_no_model_is_refused(tmp_path):
    with pytest.raises(WrongUse, match="is no model"):
        load_cross_encoder(str(tmp_path))


def test_a_changed_file_is_one_sentence(tmp_path):
    pytest.importorskip("onnx")
    folder = write_artefact(tmp_path)
    (folder / "model.onnx").write_bytes((folder / "model.onnx").read_bytes()[:-1])
    with pytest.raises(Damaged, match="sha256"):
        load_cross_encoder(str(folder)).score("水", ["山"])


@pytest.mark.parametrize("types", [False, True])
def test_a_hugging_face_folder_scores_as_the_graph_of_the_same_weights(tmp_path, types):
    pytest.importorskip("torch")
    pytest.importorskip("onnx")
    theirs = load_cross_encoder(str(write_hugging_face(tmp_path / "theirs", types=types)))
    ours = load_cross_encoder(str(write_artefact(tmp_path / "ours", types=types)))
    assert theirs.max_tokens == POSITIONS
    np.testing.assert_allclose(theirs.score("水a", PASSAGES), ours.score("水a", PASSAGES), atol=1e-4)


def test_a_classifier_of_two_labels_is_refused(tmp_path):
    pytest.importorskip("torch")
    folder = write_hugging_face(tmp_path, num_labels=2)
    assert json.loads((folder / "config.json").read_text())["architectures"] == ["BertForSequenceClassification"]
    with pytest.raises(WrongModel, match="2 scores a pair"):
        load_cross_encoder(str(folder)).score("水", ["山"])


# --- readers ---


@pytest.fixture(scope="module")
def reader(tmp_path_factory) -> SpanReader:
    pytest.importorskip("onnx")
    model = load_cross_encoder(str(write_artefact(tmp_path_factory.mktemp("models") / "tiny", spans=True)))
    assert isinstance(model, SpanReader)
    return model


def test_a_reader_scores_as_the_same_network_without_spans(reader, reranker):
    np.testing.assert_allclose(reader.score("水", PASSAGES), reranker.score("水", PASSAGES), atol=1e-5)
    scores, spans = reader.read_spans("水", PASSAGES, [0] * len(PASSAGES))
    np.testing.assert_allclose(scores, reader.score("水", PASSAGES), atol=1e-6)
    assert all(
        span.relevance == pytest.approx(score) for score, seen in zip(scores, spans, strict=True) for span in seen
    )


def test_a_span_is_the_pair_of_ends_with_the_highest_sum_behind_the_heading(reader):
    from wenyuan.models.session import open_outputs

    passage, body = "abc水山火", 3
    [[span, *others]] = reader.read_spans("日", [passage], [body])[1]
    _, ids, types = next(reader.tokens("日", [passage]))
    _, [logits] = open_outputs(reader.artefact.folder / "model.onnx")(ids, types)
    first = 3 + body  # behind [CLS] 日 [SEP] and the heading, a token a character
    pairs = {
        (start, end): logits[first + start, 0] + logits[first + end, 1] for start in range(3) for end in range(start, 3)
    }
    start, end = max(pairs, key=pairs.get)
    assert (span.start, span.end) == (body + start, body + end + 1)
    assert span.margin == pytest.approx(pairs[start, end] - logits[0].sum(), abs=1e-4)
    left = {at for at in range(3) if not start <= at <= end}
    told = [set(range(each.start - body, each.end - body)) for each in others]
    assert set().union(*told) == left
    assert sum(map(len, told)) == len(left)
    for each in others:
        own = range(each.start - body, each.end - body)
        assert each.margin == pytest.approx(pairs[own[0], own[-1]] - logits[0].sum(), abs=1e-4)


def test_a_passage_without_text_of_its_own_has_no_span(reader):
    scores, spans = reader.read_spans("水", ["abc", ""], [3, 0])
    assert np.isfinite(scores).all()
    assert spans == [(), ()]


def test_a_network_without_heads_for_spans_gives_none(reranker):
    scores, spans = reranker.read_spans("水", PASSAGES, [0] * len(PASSAGES))
    assert spans == []
    np.testing.assert_allclose(scores, reranker.score("水", PASSAGES), atol=1e-6)
