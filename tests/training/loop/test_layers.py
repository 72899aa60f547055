"""Shallower models out of deep ones."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from tiny_training import tiny_model  # noqa: E402
from wenyuan.errors import WrongUse  # noqa: E402
from wenyuan.training.loop.layers import keep_layers, spaced  # noqa: E402


@pytest.mark.parametrize(
    ("total", "keep", "expected"),
    [(12, 6, [0, 2, 4, 7, 9, 11]), (12, 3, [0, 6, 11]), (6, 3, [0, 3, 5]), (6, 6, [0, 1, 2, 3, 4, 5]), (5, 1, [0])],
)
def test_kept_layers_are_evenly_spaced_between_first_and_last(total, keep, expected):
    assert spaced(total, keep) == expected


def test_every_choice_is_distinct_and_holds_both_ends():
    for total in range(2, 30):
        for keep in range(2, total + 1):
            chosen = spaced(total, keep)
            assert sorted(set(chosen)) == chosen
            assert (len(chosen), chosen[0], chosen[-1]) == (keep, 0, total - 1)


def test_a_shallower_network_keeps_the_weights_of_its_layers(tmp_path):
    from sentence_transformers import CrossEncoder

    deep = CrossEncoder(str(tiny_model(tmp_path / "deep", layers=4)), device="cpu").transformers_model
    flat = CrossEncoder(str(tmp_path / "deep"), device="cpu").transformers_model
    assert keep_layers(flat, 2) == [0, 3]
    assert flat.config.num_hidden_layers == len(flat.bert.encoder.layer) == 2
    for new, old in enumerate((0, 3)):
        for name, value in flat.bert.encoder.layer[new].state_dict().items():
            assert torch.equal(value, deep.bert.encoder.layer[old].state_dict()[name]), name


def test_a_model_cut_in_place_computes_with_what_is_left(tmp_path):
    from sentence_transformers import CrossEncoder

    model = CrossEncoder(str(tiny_model(tmp_path / "deep", layers=3)), device="cpu")
    before = model.predict([("what is red", "is red")], show_progress_bar=False)
    assert keep_layers(model.transformers_model, 3) == [0, 1, 2]
    assert model.predict([("what is red", "is red")], show_progress_bar=False) == pytest.approx(before)
    assert keep_layers(model.transformers_model, 1) == [0]
    assert abs(model.predict([("what is red", "is red")], show_progress_bar=False) - before).max() > 1e-6


def test_impossible_cuts_say_what_is_wrong():
    with pytest.raises(WrongUse, match="has 2 layers, so 3"):
        spaced(2, 3)
