"""Training step of a reranker in each precision: time, memory, agreement of the loss; same weights, batches and seed.

    python benchmarks/precision.py --model FOLDER [--layers 6 12] [--modes fp32 bf16] [--threads 1] [--steps 10]
        [--queries 4] [--group 8] [--tokens 150] [--seed 0] [--device cpu]

Each cell runs in a process of its own, so that its peak memory is its own; the cells take turns only once, so on a
shared machine read the CPU time. The first two steps warm up and are not timed. `tf32` (GPU) is fp32 with tensor cores.
FOLDER is a cross-encoder, such as `wenyuan models build base` writes. Needs the extra [train].
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch

from wenyuan.training.config import Precision, TrainConfig
from wenyuan.training.data.groups import Group, as_dataset
from wenyuan.training.loop.monitor import GradientGuard
from wenyuan.training.loop.precision import scaler_options
from wenyuan.training.loop.trainer import open_reranker
from wenyuan.training.losses.ranking import make_loss

WARM_UP = 2


def main() -> None:
    options = arguments()
    if options.cell:
        print(json.dumps(cell(options, options.layers[0], options.modes[0])))
        return
    pairs = options.queries * options.group
    print(f"command: {' '.join(sys.argv)}")
    print(f"machine: {platform.platform()}, {options.device}, {options.threads} thread(s); seed {options.seed}")
    print(f"{options.steps} steps after {WARM_UP} to warm up, {pairs} pairs of about {options.tokens} tokens each")
    print(
        "| layers | precision | s/step | CPU-s/step | pairs/s | pairs/CPU-s | peak MB | skipped | loss first → last |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for layers in options.layers:
        losses = {}
        for mode in options.modes:
            command = [sys.executable, *sys.argv, "--cell", "--layers", str(layers), "--modes", mode]
            output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            row = json.loads(output.splitlines()[-1])
            losses[mode] = row["losses"]
            print(
                f"| {layers} | {mode} | {row['wall']:.2f} | {row['cpu']:.2f} | {pairs / row['wall']:.1f} "
                f"| {pairs / row['cpu']:.1f} | {row['peak_mb']} | {row['skipped']} "
                f"| {row['losses'][0]:.4f} → {row['losses'][-1]:.4f} |",
                flush=True,
            )
        first = losses[options.modes[0]]
        for mode in options.modes[1:]:
            gap = max(abs(a - b) for a, b in zip(first, losses[mode], strict=True))
            print(f"{layers} layers: loss of {mode} differs from {options.modes[0]} by at most {gap:.1e} at any step")


def cell(options: argparse.Namespace, layers: int, mode: str) -> dict[str, object]:
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    torch.backends.cuda.matmul.allow_tf32 = mode == "tf32"
    file = Path("unused")
    config = TrainConfig("reranker", str(options.model), file, file, layers=layers, precision=Precision(), lr=1e-4)
    model = open_reranker(config, options.device)
    loss = make_loss(model, None)
    optimizer = torch.optim.AdamW([p for p in loss.parameters() if p.requires_grad], lr=config.lr)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda _: 1.0)
    scaler = torch.amp.GradScaler(options.device, enabled=mode == "fp16", **scaler_options(config.precision))
    guard = GradientGuard(config.precision, scaler if mode == "fp16" else None)
    half = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(mode)
    wall, cpu, losses = [], [], []
    for row in batches(options, model.tokenizer):
        torch.manual_seed(options.seed + len(losses))  # the same dropout in every precision
        started = time.perf_counter(), time.process_time()
        with torch.autocast(options.device, half, enabled=half is not None):
            parts = loss((row["query"], row["passages"]), [torch.tensor(label) for label in row["labels"]])
        value = torch.stack(list(parts.values())).sum()
        scaler.scale(value).backward()
        scaler.unscale_(optimizer)
        guard.before_step(optimizer)
        scaler.step(optimizer)
        scaler.update()
        guard.after_step(optimizer, scheduler)
        optimizer.zero_grad()
        losses.append(value.item())  # waits for the GPU
        wall.append(time.perf_counter() - started[0])
        cpu.append(time.process_time() - started[1])
    gpu = options.device == "cuda"
    peak = torch.cuda.max_memory_allocated() if gpu else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {
        "wall": statistics.median(wall[WARM_UP:]),
        "cpu": statistics.median(cpu[WARM_UP:]),
        "peak_mb": peak // 2**20,
        "skipped": guard.overflows,
        "losses": losses,
    }


def batches(options: argparse.Namespace, tokenizer: object) -> list[dict[str, list[object]]]:
    """Word salad: as many words as tokens, lengths within a fifth of the mean."""
    draw = random.Random(options.seed)
    words = sorted(
        piece[1:] for piece in tokenizer.get_vocab() if piece[0] == "▁" and piece[1:].isascii() and piece[1:]
    )

    def text(count: int) -> str:
        return " ".join(draw.choices(words, k=count))

    def group() -> Group:
        spread = options.tokens // 5
        lengths = [options.tokens - 15 + draw.randint(-spread, spread) for _ in range(options.group)]
        hard = (1.0,) + (0.0,) * (options.group - 1)
        return Group(text(12), tuple(text(length) for length in lengths), hard, (0.0,) * options.group)

    steps = range(options.steps + WARM_UP)
    return [as_dataset([group() for _ in range(options.queries)])[:] for _ in steps]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--layers", type=int, nargs="+", default=[6, 12])
    parser.add_argument("--modes", nargs="+", choices=["fp32", "tf32", "bf16", "fp16"], default=["fp32", "bf16"])
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    for name, default in {"threads": 1, "steps": 10, "queries": 4, "group": 8, "tokens": 150, "seed": 0}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--cell", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
