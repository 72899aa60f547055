"""ONNX graphs as they are run: batches of equal length, further outputs, what cannot be read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.errors import Damaged
from wenyuan.models import locate
from wenyuan.models.session import TOKENS_PER_RUN, batches, first_output, open_outputs, with_output


@given(st.lists(st.integers(1, 600), max_size=80))
def test_batches_hold_every_text_once_with_others_of_its_length(lengths: list[int]) -> None:
    made = list(batches(lengths))
    assert sorted(n for batch in made for n in batch) == list(range(len(lengths)))
    for batch in made:
        assert len({lengths[n] for n in batch}) == 1
        assert len(batch) == 1 or len(batch) * lengths[batch[0]] <= TOKENS_PER_RUN
    order = [lengths[batch[0]] for batch in made]
    assert order == sorted(order)


@pytest.mark.parametrize("content", [b"", b"no graph", b"\x08\x07"])
def test_what_is_no_graph_is_damaged(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(Damaged, match=r"model\.onnx is not a readable ONNX graph .*: install the model again\."):
        first_output(open_outputs(path))
    with pytest.raises(Damaged, match="A network in memory"):
        open_outputs(content)


def test_a_graph_gives_a_tensor_of_its_own_as_a_further_output() -> None:
    onnx = pytest.importorskip("onnx")
    one = onnx.helper.make_tensor_value_info("input_ids", onnx.TensorProto.INT64, ["b", "t"])
    out = onnx.helper.make_tensor_value_info("out", onnx.TensorProto.FLOAT, ["b", "t"])
    nodes = [
        onnx.helper.make_node("Cast", ["input_ids"], ["floats"], to=onnx.TensorProto.FLOAT),
        onnx.helper.make_node("Neg", ["floats"], ["out"]),
    ]
    graph = onnx.helper.make_graph(nodes, "g", [one], [out])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    ids = np.array([[1, 2]])
    [negated] = open_outputs(model.SerializeToString())(ids)
    np.testing.assert_array_equal(negated, [[-1, -2]])
    negated, floats = open_outputs(with_output(model.SerializeToString(), "floats"))(ids)
    np.testing.assert_array_equal(negated, [[-1, -2]])
    np.testing.assert_array_equal(floats, [[1, 2]])


def test_a_network_takes_numbers_of_tokens_and_fills_in_the_rest() -> None:
    network = first_output(open_outputs(locate("embed").folder / "model.onnx"))
    ids = np.array([[2, 3, 4]])
    np.testing.assert_array_equal(network(ids), network(ids, np.zeros_like(ids)))
