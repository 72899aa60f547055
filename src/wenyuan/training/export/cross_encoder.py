"""A trained cross-encoder → an artefact that serves without torch, if it still scores as it was trained."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wenyuan.errors import WrongUse
from wenyuan.models.artefact import Artefact, ModelCard, sha256
from wenyuan.models.cpu import features, slow_int8
from wenyuan.models.cross_encoder import SPANS, ArtefactCrossEncoder, load_cross_encoder
from wenyuan.models.session import open_outputs
from wenyuan.training.export.hugging_face import read_weights
from wenyuan.training.export.onnx_bert import GraphPrecision, Ranges, calibration_graph, cross_encoder_graph
from wenyuan.training.export.weights import BLOCK, BertWeights, Q4Rows
from wenyuan.training.judging import Judge, judge_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wenyuan.training.data.examples import Example
    from wenyuan.types import CrossEncoder

GATE_GROUPS = 1000  # fewer say nothing about half a point
GATE_METRICS = ("ndcg@10",)
GATE_LOSS = 0.005
PARITY = 1e-3  # largest difference of a logit between torch and our graph, both float32
PARITY_PAIRS = 32
CALIBRATION_PAIRS = 64
GENERIC = (("What is the rated current of PPR-9087?", "It is rated at 63 amperes."), ("年假怎么申请？", "须提前两周。"))


def export(
    folder: Path,
    out: Path,
    precision: GraphPrecision = "int8",
    check: Sequence[Example] | None = None,
    judge: Judge | None = None,
    on_note: Callable[[str], None] | None = None,
) -> Artefact:
    """Write model.onnx, tokenizer.json and model.json of the Hugging Face cross-encoder in `folder` into `out`.

    `check` are dev groups: int8 needs 1,000 of them, of which the first also show the ranges of the activations.
    `judge` scores both networks where given; else nDCG@10 on `check` does. Nothing is written when a gate refuses.

    Raises:
        WrongUse: the network is none that can be exported, its graph scores otherwise than torch, `check` is too small
            for int8, or int8 loses more than 0.5 point.
        MissingExtra, Damaged: without the extra [train]; the weights cannot be read.
    """
    groups = [group for group in check or () if group.positives]
    if precision == "int8" and len(groups) < GATE_GROUPS:
        raise WrongUse(f"int8 is judged on {GATE_GROUPS} dev groups or more, not {len(groups)}: add some, or use fp32.")
    trained = load_cross_encoder(str(folder))
    assert isinstance(trained, ArtefactCrossEncoder)
    weights, types = read_weights(folder), _has_types(folder)
    pairs = [(g.query, text) for g in groups[:CALIBRATION_PAIRS] for text in (*g.positives[:1], *g.negatives[:1])]
    heads = ["logit", SPANS] if weights.has_spans else []
    card = replace(trained.artefact.card, name=out.name, network="model.onnx", heads=heads)
    with tempfile.TemporaryDirectory() as scratch:
        exact = _write(Path(scratch) / "fp32", cross_encoder_graph(weights, types=types), folder, card)
        scores = {"parity_max_difference": _parity(trained, exact, (pairs or list(GENERIC))[:PARITY_PAIRS])}
        if precision == "int8":
            ranges = calibrate(exact, weights, pairs[:CALIBRATION_PAIRS], types=types)
            graph = cross_encoder_graph(_in_blocks(weights), ranges, types=types)
            small = _write(Path(scratch) / "int8", graph, folder, card)
            scores |= _gate(exact, small, judge or (lambda scorer: judge_order(scorer, groups, GATE_METRICS)))
            if on_note is not None and (note := slow_int8(features())):
                on_note(note)
        made = Path(scratch) / precision
        replace(_card(made, card), scores=scores).write(made)
        shutil.copytree(made, out, dirs_exist_ok=True)
    return Artefact(out, replace(_card(out, card), scores=scores))


def _in_blocks(weights: BertWeights) -> BertWeights:
    """The words in 4-bit blocks, where they come in whole ones: exactly if they can be, else rounded to the nearest."""
    words = weights.words.dequantise()
    if words.shape[1] % BLOCK:
        return weights
    return replace(weights, words=Q4Rows.exactly(words) or Q4Rows.nearest(words))


def calibrate(
    exact: ArtefactCrossEncoder, weights: BertWeights, pairs: Sequence[tuple[str, str]], *, types: bool
) -> Ranges:
    """The largest magnitude that each channel of each linear layer's input has on these pairs."""
    graph, inputs = calibration_graph(weights, types=types)
    names, read = [output.name for output in graph.graph.output], set(inputs.values())
    run = open_outputs(graph.SerializeToString())
    seen: dict[str, NDArray[np.float32]] = {}
    for query, passage in pairs:
        for name, rows in zip(names, run(*next(exact.tokens(query, [passage]))[1:]), strict=True):
            if name in read:
                most = np.abs(rows).max(axis=0)
                seen[name] = np.maximum(seen.get(name, most), most)
    return {layer: seen[rows] for layer, rows in inputs.items()}


def _gate(exact: CrossEncoder, small: CrossEncoder, judge: Judge) -> dict[str, float]:
    before, after = judge(exact), judge(small)
    for name, value in before.items():
        if not value - after[name] <= GATE_LOSS:  # a NaN is refused, too
            lost = f"{100 * (value - after[name]):.2f} points of {name}"
            raise WrongUse(f"int8 loses {lost}, more than {100 * GATE_LOSS:.1f}: export this network as fp32.")
    return {f"fp32_{name}": value for name, value in before.items()} | dict(after)


def _parity(trained: CrossEncoder, exact: CrossEncoder, pairs: Sequence[tuple[str, str]]) -> float:
    """The largest difference between what torch and our graph say of these pairs; WrongUse when it matters."""
    both = [(trained.score(query, [text])[0], exact.score(query, [text])[0]) for query, text in pairs]
    worst = float(max(abs(theirs - ours) / max(1.0, abs(theirs)) for theirs, ours in both))
    if not worst <= PARITY:
        raise WrongUse(f"The exported graph differs from torch by {worst:.4f} in a logit: it is no plain BERT network.")
    return worst


def _write(folder: Path, graph: Any, source: Path, card: ModelCard) -> ArtefactCrossEncoder:  # noqa: ANN401
    folder.mkdir()
    (folder / "model.onnx").write_bytes(graph.SerializeToString(deterministic=True))
    shutil.copyfile(source / "tokenizer.json", folder / "tokenizer.json")
    return ArtefactCrossEncoder(Artefact(folder, _card(folder, card)))


def _card(folder: Path, card: ModelCard) -> ModelCard:
    return replace(card, files={name: sha256(folder / name) for name in ("model.onnx", "tokenizer.json")})


def _has_types(folder: Path) -> bool:
    """Whether the tokenizer gives the passage of a pair a type of its own."""
    from tokenizers import Tokenizer

    return any(Tokenizer.from_file(str(folder / "tokenizer.json")).encode("a", "b").type_ids)
