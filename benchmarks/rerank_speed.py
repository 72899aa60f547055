"""Our int8 cross-encoder beside sentence-transformers, FlashRank and fastembed with the same weights, on one core.

    python benchmarks/rerank_speed.py --model DIR --artefact DIR [--data ../shared/data] [--rounds 5] [--seed 0]

`--model` is a Hugging Face cross-encoder folder, `--artefact` what `wenyuan quantise` made of it. Two loads:
"200 tokens": every pair cut to exactly 200 tokens, so that nobody pads; "chunks": questions with 30 passages of mixed
length each, as `search` gives them. FlashRank and fastembed get the artefact's graph itself, with the input and the
shape that they ask for; they take part where they are installed, and only in the first load, for the graph takes no
padding. Prints pairs per second of CPU, rivals taking turns in every round, and the share of the GEMM ceiling.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import helper
from sentence_transformers import CrossEncoder

from wenyuan.models.artefact import Artefact, locate
from wenyuan.models.cross_encoder import ArtefactCrossEncoder

TOKENS = 200
PASSAGES = 30
FLASHRANK = ("ms-marco-MiniLM-L-12-v2", "flashrank-MiniLM-L-12-v2_Q.onnx")  # a name that FlashRank finds on disk
Load = list[tuple[str, list[str]]]
Scorer = Callable[[str, list[str]], object]


def main() -> None:
    options = arguments()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # rivals take all cores they see
    torch.set_num_threads(1)
    rng = np.random.default_rng(options.seed)
    mixed = load(options.data / "retrieval", options.questions, rng)
    even = [
        (query, [" ".join([text] * (1 + 4 * TOKENS // max(1, len(text)))) for text in texts]) for query, texts in mixed
    ]
    print(f"machine: {platform.platform()}, {cpu()}; one core; {options.rounds} rounds; seed {options.seed}")
    with tempfile.TemporaryDirectory() as scratch:
        ceiling = gemm_ceiling()
        for name, pairs, limit in (("200 tokens", even, TOKENS), ("chunks", mixed, 512)):
            rivals = scorers(options.model, options.artefact, limit)
            if limit == TOKENS:
                rivals |= pipelines(options.model, options.artefact, Path(scratch))
            measure(name, pairs, rivals, options.rounds)
    ours = ArtefactCrossEncoder(limited(options.artefact, TOKENS))
    share(ours, even, ceiling, options.model)


def measure(name: str, pairs: Load, rivals: dict[str, Scorer], rounds: int) -> None:
    count = sum(len(texts) for _, texts in pairs)
    rates: dict[str, list[float]] = {rival: [] for rival in rivals}
    for turn in range(rounds + 1):
        for rival, score in rivals.items():
            start = time.process_time()
            for query, texts in pairs:
                score(query, texts)
            if turn:  # the first one warms up
                rates[rival].append(count / (time.process_time() - start))
    print(f"{name}: {count} pairs a round; pairs per CPU-second, best; ratio to torch fp32 over rounds")
    for rival, values in rates.items():
        ratio = np.array(values) / np.array(rates["torch fp32"])
        margin = 1.96 * ratio.std(ddof=1) / np.sqrt(rounds)
        print(f"  {rival:20} {max(values):6.1f} | {ratio.mean():.2f} ± {margin:.2f}", flush=True)


def scorers(model: Path, artefact: Path, limit: int) -> dict[str, Scorer]:
    ours = ArtefactCrossEncoder(limited(artefact, limit))
    theirs = {
        kind: CrossEncoder(str(model), device="cpu", max_length=limit, model_kwargs={"dtype": dtype})
        for kind, dtype in (("torch fp32", torch.float32), ("torch bf16", torch.bfloat16))
    }
    predict = {
        kind: lambda query, texts, rival=rival: rival.predict(
            [(query, text) for text in texts], show_progress_bar=False
        )
        for kind, rival in theirs.items()
    }
    return {"ours int8": ours.score, **predict}


def limited(artefact: Path, limit: int) -> Artefact:
    located = locate(str(artefact))
    return Artefact(located.folder, replace(located.card, max_tokens=limit))


def pipelines(model: Path, artefact: Path, scratch: Path) -> dict[str, Scorer]:
    """FlashRank and fastembed over our graph, where they are installed."""
    found: dict[str, Scorer] = {}
    folder = scratch / FLASHRANK[0]
    folder.mkdir()
    graph = onnx.load(artefact / "model.onnx")
    graph.graph.input.append(
        helper.make_tensor_value_info("attention_mask", onnx.TensorProto.INT64, ["batch", "tokens"])
    )
    graph.graph.node.append(helper.make_node("Reshape", ["logit", "as_column"], ["logits"]))
    graph.graph.initializer.append(onnx.numpy_helper.from_array(np.array([-1, 1]), "as_column"))
    graph.graph.output[0].CopyFrom(helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, ["batch", 1]))
    onnx.save(graph, folder / FLASHRANK[1])
    for name in ("tokenizer.json", "config.json"):
        shutil.copyfile(model / name, folder / name)
    settings = json.loads((model / "tokenizer_config.json").read_text()) | {"model_max_length": TOKENS}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    (folder / "special_tokens_map.json").write_text(json.dumps({"pad_token": "<pad>"}))
    if importlib.util.find_spec("flashrank"):
        from flashrank import Ranker, RerankRequest

        ranker = Ranker(FLASHRANK[0], cache_dir=str(scratch), max_length=TOKENS)
        found["FlashRank, our graph"] = lambda query, texts: ranker.rerank(
            RerankRequest(query, [{"text": text} for text in texts])
        )
    if importlib.util.find_spec("fastembed"):
        from fastembed.common.model_description import ModelSource
        from fastembed.rerank.cross_encoder import TextCrossEncoder

        TextCrossEncoder.add_custom_model("local/rerank", ModelSource(hf="local/rerank"), FLASHRANK[1])
        embedder = TextCrossEncoder("local/rerank", specific_model_path=str(folder), threads=1)
        found["fastembed, our graph"] = lambda query, texts: list(embedder.rerank(query, texts))
    return found


def gemm_ceiling(size: int = 1024) -> float:
    """GFLOP/s of onnxruntime's int8 product on this core, the best of 20."""
    nodes = [helper.make_node("MatMulInteger", ["a", "b", "zero"], ["c"])]
    weight = np.random.default_rng(0).integers(-63, 64, (size, size)).astype(np.int8)
    graph = helper.make_graph(
        nodes,
        "gemm",
        [helper.make_tensor_value_info("a", onnx.TensorProto.UINT8, [size, size])],
        [helper.make_tensor_value_info("c", onnx.TensorProto.INT32, [size, size])],
        [onnx.numpy_helper.from_array(weight, "b"), onnx.numpy_helper.from_array(np.uint8(128), "zero")],
    )
    session = onnxruntime.InferenceSession(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10).SerializeToString()
    )
    rows = np.full((size, size), 7, np.uint8)
    seconds = []
    for _ in range(20):
        start = time.process_time()
        session.run(None, {"a": rows})
        seconds.append(time.process_time() - start)
    return 2 * size**3 / min(seconds) / 1e9


def share(ours: ArtefactCrossEncoder, pairs: Load, ceiling: float, model: Path) -> None:
    """Operations of the whole network, as torch does them, per second of ours."""
    config = json.loads((model / "config.json").read_text())
    width, inner, layers = config["hidden_size"], config["intermediate_size"], config["num_hidden_layers"]
    operations = 2 * TOKENS * layers * (4 * width**2 + 2 * width * inner + 2 * TOKENS * width)
    best = float("inf")
    for query, texts in pairs:
        start = time.process_time()
        ours.score(query, texts)
        best = min(best, (time.process_time() - start) / len(texts))
    rate = operations / best / 1e9
    print(f"int8 GEMM ceiling {ceiling:.0f} GFLOP/s; ours {rate:.0f} at {1 / best:.1f} pairs/s: {rate / ceiling:.0%}")


def load(folder: Path, questions: int, rng: np.random.Generator) -> Load:
    """Questions of both languages, each with passages of its own language."""
    pairs: Load = []
    for corpus, asked in (
        ("squad-en/corpus.jsonl.gz", "squad-en/queries.jsonl.gz"),
        ("rgb-web-zh/corpus.jsonl", "rgb-web-zh/queries.jsonl"),
    ):
        texts, queries = lines(folder / corpus), lines(folder / asked)
        for at in rng.choice(len(queries), questions, replace=False):
            pairs.append((queries[at], [texts[n][:600] for n in rng.choice(len(texts), PASSAGES, replace=False)]))
    return pairs


def lines(path: Path) -> list[str]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    return [json.loads(line)["text"] for line in text.split("\n") if line]


def cpu() -> str:
    found = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").is_file() else []
    return next((line.split(":")[1].strip() for line in found if line.startswith("model name")), platform.processor())


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--artefact", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--questions", type=int, default=1, help="of each language, with 30 passages each")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
