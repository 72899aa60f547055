"""The leg of meaning."""

from __future__ import annotations

import numpy as np

from fakes import word_encoder

from .asking import run


def test_it_asks_for_what_is_near_to_the_vector_of_the_question() -> None:
    _, view, _ = run("reset the pump", legs=("dense",))
    np.testing.assert_array_equal(view.asked["dense"][0], word_encoder().encode_queries(["reset the pump"])[0])
