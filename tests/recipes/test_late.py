"""The projection of token vectors, and the sentence where its data is missing."""

from __future__ import annotations

import numpy as np
import pytest
from wenyuan_models.recipes.late import build, fit_projection

from wenyuan.errors import WrongUse
from wenyuan.models.late_interaction import project


def test_what_varies_in_few_directions_keeps_its_cosines():
    rng = np.random.default_rng(0)
    vectors = (rng.standard_normal((500, 8)) @ rng.standard_normal((8, 32)) + 0.5).astype(np.float32)
    projection = fit_projection(vectors, 12)
    assert projection.shape == (33, 12)
    low = project(vectors, projection)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    centred = unit - unit.mean(axis=0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    np.testing.assert_allclose(low @ low.T, centred @ centred.T, atol=1e-4)


def test_the_first_axis_has_the_most_variance():
    rng = np.random.default_rng(0)
    vectors = (rng.standard_normal((300, 6)) * [1, 9, 2, 1, 1, 1]).astype(np.float32)
    assert np.abs(fit_projection(vectors, 2)[:-1, 0]).argmax() == 1


def test_missing_data_is_named(tmp_path):
    with pytest.raises(WrongUse, match="cmrc2018-zh is missing"):
        build(tmp_path, tmp_path / "late")
    assert not (tmp_path / "late").exists()
