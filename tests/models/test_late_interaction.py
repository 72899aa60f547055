"""Late interaction with the shipped encoder and projection, through the public interface."""

from __future__ import annotations

import numpy as np
import pytest

from fakes import word_encoder
from wenyuan.errors import WrongModel
from wenyuan.models import LateInteraction, load_encoder, load_late_interaction
from wenyuan.models.late_interaction import pack, unpack

from .test_encoder import PASSAGES


@pytest.fixture(scope="module")
def late() -> LateInteraction:
    made = load_late_interaction("late", load_encoder("embed"))
    assert made is not None
    return made


@pytest.fixture(scope="module")
def states(late) -> list[bytes]:
    return late.read_passages(PASSAGES)[1]


def test_vectors_are_those_of_the_encoder(late):
    np.testing.assert_allclose(late.read_passages(PASSAGES)[0], late.encoder.encode_passages(PASSAGES), atol=1e-6)


def test_a_state_holds_48_bytes_a_token_and_nothing_of_the_prefix(late, states):
    counts = late.encoder.count_tokens(PASSAGES)
    assert [len(state) / 48 for state in states] == counts


def test_a_state_depends_on_its_text_alone(late, states):
    for text, state in zip(PASSAGES, states, strict=True):
        alone = unpack(late.read_passages([text])[1][0], 96)
        assert np.abs(alone - unpack(state, 96)).max() <= 0.3 / 7 + 1e-6  # one level


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("断路器的额定电流是多少？", {0, 1}),
        ("How many weeks ahead must I ask for leave?", {2, 3}),
        ("植物用光做什么？", {5}),
    ],
)
def test_the_question_finds_its_passage_in_either_language(late, states, question, best):
    scores = late.score(question, states)
    assert scores.dtype == np.float32
    assert set(np.argsort(-scores)[: len(best)].tolist()) == best
    assert np.all(np.abs(scores) <= 1.1)  # cosines, but for rounding


def test_four_bits_keep_the_score(late, states):
    tokens = late.encoder.read_passages(PASSAGES)[1]
    asked = late.encoder.read_query("额定电流 63 amperes")
    projection = np.load(late.artefact.folder / "projection.npy").astype(np.float32)

    def unit(vectors):
        low = vectors / np.linalg.norm(vectors, axis=1, keepdims=True) @ projection[:-1] + projection[-1]
        return low / np.linalg.norm(low, axis=1, keepdims=True)

    exact = [(unit(asked) @ unit(each).T).max(axis=1).mean() for each in tokens]
    np.testing.assert_allclose(late.score("额定电流 63 amperes", states), exact, atol=0.06)


def test_what_has_no_state_has_no_score(late, states):
    scores = late.score("leave", [b"", states[2], b""])
    assert np.isnan(scores).tolist() == [True, False, True]
    assert np.isnan(late.score("leave", [b""])).all()
    assert late.score("leave", []).shape == (0,)


def test_a_text_without_a_token_of_its_own_has_a_state(late):
    (state,) = late.read_passages([""])[1]
    assert len(state) == 48
    assert np.isfinite(late.score("", [state])).all()


def test_another_encoder_has_no_projection():
    assert load_late_interaction("late", word_encoder()) is None


def test_a_model_of_another_kind_is_refused():
    with pytest.raises(WrongModel, match="name a projection"):
        load_late_interaction("embed", load_encoder("embed"))


def test_packing_is_within_half_a_level():
    vectors = np.random.default_rng(0).uniform(-0.3, 0.3, (7, 96)).astype(np.float32)
    assert len(pack(vectors)) == 7 * 48
    assert np.abs(unpack(pack(vectors), 96) - vectors).max() <= 0.3 / 14 + 1e-6
    assert np.abs(unpack(pack(np.float32([[0.9, -0.9]])), 2)).max() <= 0.3 + 1e-6  # what reaches further is cut


def test_an_encoder_shows_its_tokens_only_when_asked():
    encoder = load_encoder("embed")
    with pytest.raises(WrongModel, match="coarse = 0"):
        encoder.read_passages(PASSAGES[:1])
    late = load_late_interaction("late", encoder)
    assert late is not None
    assert late.encoder.read_passages(PASSAGES[:1])[1][0].ndim == 2
