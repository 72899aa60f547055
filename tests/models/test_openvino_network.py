"""OpenVINO on tiny graphs: the same logits as onnxruntime, within what bfloat16 rounds."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tiny_reranker import write_artefact
from wenyuan.errors import MissingExtra, WrongModel
from wenyuan.models.openvino_network import OpenVinoGraph
from wenyuan.models.session import Network, first_output, open_outputs


@pytest.fixture(params=[False, True], ids=["without types", "with types"])
def file(request, tmp_path):
    pytest.importorskip("openvino")
    pytest.importorskip("onnx")
    return write_artefact(tmp_path, types=request.param, scale=0.1) / "model.onnx"


def batch(rows: int, tokens: int):
    rng = np.random.default_rng(rows * tokens)
    return rng.integers(0, 40, (rows, tokens)), rng.integers(0, 2, (rows, tokens))


def test_logits_are_those_of_onnxruntime_for_every_shape(file) -> None:
    """Weights as wide as a trained network's: bfloat16 then rounds a logit by less than a hundredth."""
    graph = OpenVinoGraph(file)
    assert not graph.quantised()
    theirs: Network = graph.network()
    ours = first_output(open_outputs(file))
    for shape in [(1, 2), (3, 24), (24, 3), (1, 24)]:
        ids, types = batch(*shape)
        assert theirs(ids, types).dtype == np.float32
        np.testing.assert_allclose(theirs(ids, types), ours(ids, types), atol=1e-2)
        np.testing.assert_allclose(theirs(ids), ours(ids), atol=1e-2)


def test_scores_are_not_rounded_to_bfloat16(file) -> None:
    scores = OpenVinoGraph(file).network()(*batch(24, 24))
    assert (scores.view(np.uint32) & 0xFFFF).any(), "the lower half of a float32 is what bfloat16 lacks"


def test_threads_do_not_disturb_each_other(file) -> None:
    network = OpenVinoGraph(file).network()
    batches = [batch(rows, 5 + rows) for rows in range(1, 9)] * 4
    alone = [network(*each) for each in batches]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda each: network(*each), batches))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_result_is_not_overwritten_by_the_next(file) -> None:
    network = OpenVinoGraph(file).network()
    first = network(*batch(2, 5))
    kept = first.copy()
    network(*batch(2, 6))
    np.testing.assert_array_equal(first, kept)


def test_a_file_that_is_no_graph_is_one_sentence(tmp_path) -> None:
    pytest.importorskip("openvino")
    (tmp_path / "model.onnx").write_bytes(b"no graph")
    with pytest.raises(WrongModel, match="set the runtime to") as raised:
        OpenVinoGraph(tmp_path / "model.onnx")
    assert "\n" not in str(raised.value)


def test_without_the_extra(monkeypatch, tmp_path) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(MissingExtra, match=r"wenyuan\[openvino\]"):
        OpenVinoGraph(tmp_path / "model.onnx")
