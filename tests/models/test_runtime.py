"""Which library runs a network: what is asked for, what is installed, what is faster."""

from __future__ import annotations

import numpy as np
import pytest

from tiny_reranker import write_artefact
from wenyuan.errors import MissingExtra, WrongModel
from wenyuan.models import load_cross_encoder, locate, runtime
from wenyuan.models.openvino_network import OpenVinoGraph
from wenyuan.models.runtime import check_runtime, open_network


class Clock:
    """Goes on by what the networks take, however busy the machine is."""

    now = 0.0

    def perf_counter(self) -> float:
        return self.now


CLOCK = Clock()


class Stand:
    """A graph that OpenVINO might have read: slow or fast, right or wrong."""

    def __init__(self, seconds: float = 0.0, answer: float = 1.0, int8: bool = False) -> None:
        self.seconds, self.answer, self.int8, self.shapes = seconds, answer, int8, []

    def __call__(self, ids, types=None):
        self.shapes.append(ids.shape)
        CLOCK.now += self.seconds
        return np.full(len(ids), self.answer, np.float32)

    def quantised(self):
        return self.int8

    def network(self, threads):
        assert not self.int8, "not even compiled"
        return self


@pytest.fixture
def race(monkeypatch, tmp_path):
    """Open a network that onnxruntime runs in 5 ms, with a stand-in for OpenVINO."""

    def run(other, asked="auto", **options):
        monkeypatch.setattr(runtime, "time", CLOCK)
        slow = Stand(0.005)
        monkeypatch.setattr(runtime, "open_outputs", lambda file, threads: lambda ids, types=None: [slow(ids, types)])
        monkeypatch.setattr(runtime, "OpenVinoGraph", (lambda file: other) if isinstance(other, Stand) else other)
        return open_network(tmp_path / "model.onnx", runtime=asked, **options).library

    return run


def refuse(error):
    def open_graph(file):
        raise error

    return open_graph


def test_auto_takes_the_faster_one(race) -> None:
    assert race(Stand(0.0)) == "openvino"
    assert race(Stand(0.02)) == "onnxruntime"


def test_auto_keeps_to_onnxruntime_where_the_other_says_something_else(race) -> None:
    assert race(Stand(0.0, answer=1.2)) == "onnxruntime"
    assert race(Stand(0.0, answer=float("nan"))) == "onnxruntime"
    assert race(Stand(0.0, answer=1.02)) == "openvino", "that is rounding"


def test_auto_is_silent_about_what_openvino_cannot_run(race) -> None:
    assert race(Stand(int8=True)) == "onnxruntime"
    assert race(refuse(WrongModel("no such operator"))) == "onnxruntime"
    assert race(refuse(MissingExtra("not installed"))) == "onnxruntime"


def test_int8_is_refused_where_openvino_is_asked_for_by_name(race) -> None:
    with pytest.raises(WrongModel, match="int8 weights"):
        race(Stand(int8=True), "openvino")


def test_our_own_int8_graphs_are_known_as_such() -> None:
    pytest.importorskip("openvino")
    assert OpenVinoGraph(locate("embed").folder / "model.onnx").quantised()


def test_what_is_asked_for_by_name_is_not_raced(race) -> None:
    assert race(refuse(AssertionError("not read")), "onnxruntime") == "onnxruntime"
    slow = Stand(0.02)
    assert race(slow, "openvino") == "openvino"
    assert slow.shapes == []
    with pytest.raises(WrongModel, match="operator"):
        race(refuse(WrongModel("no such operator")), "openvino")


def test_the_race_keeps_within_what_the_model_reads(race) -> None:
    other = Stand(0.0)
    race(other, max_tokens=24)
    assert max(shape[1] for shape in other.shapes) == 24
    assert len(set(other.shapes)) == len(other.shapes), "each length is new"


def test_safetensors_are_run_by_torch_alone(tmp_path) -> None:
    with pytest.raises(WrongModel, match="no ONNX graph"):
        open_network(tmp_path / "model.safetensors", runtime="openvino")


def test_a_missing_extra_is_said_when_the_model_is_named(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(runtime, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"wenyuan\[openvino\]"):
        load_cross_encoder(str(tmp_path), runtime="openvino")
    check_runtime("auto")
    check_runtime("onnxruntime")


def test_a_cross_encoder_scores_alike_in_every_runtime(tmp_path) -> None:
    pytest.importorskip("onnx")
    pytest.importorskip("openvino")
    folder = str(write_artefact(tmp_path, scale=0.1))
    passages = ["水山", "abc", "xyz", "水水水", "a", ""]
    models = {name: load_cross_encoder(folder, runtime=name) for name in ("onnxruntime", "openvino", "auto")}
    expected = models["onnxruntime"].score("水a", passages)
    for name, model in models.items():
        np.testing.assert_allclose(model.score("水a", passages), expected, atol=1e-2, err_msg=name)
    assert models["openvino"].library == "openvino"  # type: ignore[attr-defined]
