"""The recipe of the shipped encoder: that it takes up what was begun, and ships half the way."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

from safetensors.numpy import save_file
from wenyuan_models.recipes import embed

from tiny_training import POSITIONS, TOKENIZER, tiny_weights
from wenyuan.models import load_encoder
from wenyuan.training.export.onnx_bert import bert_graph


def test_a_training_that_was_cut_off_is_taken_up_and_half_the_way_is_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[object] = []
    start, end = tiny_weights(), tiny_weights(seed=1)

    def write_mix(data: Path, out: Path) -> None:
        done.append("examples")
        out.touch()

    def fit(config: embed.TrainConfig, judge: object, *_: object, resume: bool) -> Path:
        done.append(("fit", resume))
        assert (Path(config.model) / "model.safetensors").is_file()
        config.out.mkdir(exist_ok=True)
        if not resume:
            raise KeyboardInterrupt
        (config.out / "model").mkdir()
        save_file(dict(end.tensors), config.out / "model" / "model.safetensors")
        return config.out / "model"

    monkeypatch.setattr(embed, "pruned", lambda: (start, TOKENIZER))
    monkeypatch.setattr(embed, "write_mix", write_mix)
    monkeypatch.setattr(embed, "fit", fit)
    with pytest.raises(KeyboardInterrupt):
        embed.build(tmp_path, tmp_path / "out", tmp_path / "work")
    made = embed.build(tmp_path, tmp_path / "out", tmp_path / "work")
    assert done == ["examples", ("fit", False), ("fit", True)]
    again = embed.build(tmp_path, tmp_path / "again", tmp_path / "work")
    assert done[3:] == []
    assert made.id == again.id
    assert (made.card.name, made.card.max_tokens) == ("embed", POSITIONS)
    vector = load_encoder(str(made.folder)).encode_queries(["red is"])[0]
    assert vector.shape == (start.hidden,)
    halfway = embed.between(start, tmp_path / "work" / "run" / "model", 0.5)
    expected = bert_graph(halfway, "int8", 0).SerializeToString(deterministic=True)
    assert (made.folder / "model.onnx").read_bytes() == expected
    np.testing.assert_allclose(np.linalg.norm(vector), 1, atol=1e-3)
    assert json.loads((made.folder / "tokenizer.json").read_text("utf-8")) == TOKENIZER
