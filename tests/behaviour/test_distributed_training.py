"""Two processes on two halves of a batch learn what one process learns on the whole."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")

from tiny_training import tiny_examples, tiny_file, tiny_model  # noqa: E402
from wenyuan.training.config import Distil, Precision, TrainConfig, write_config  # noqa: E402
from wenyuan.training.data.groups import Group, as_dataset, make_groups  # noqa: E402
from wenyuan.training.loop.trainer import open_reranker  # noqa: E402
from wenyuan.training.losses.ranking import make_loss  # noqa: E402

pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def without_dropout(folder: Path) -> str:
    settings = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(settings | {"hidden_dropout_prob": 0.0}))
    return str(folder)


def config_of(folder: Path) -> TrainConfig:
    base = without_dropout(tiny_model(folder / "base"))
    file = tiny_file(folder / "train.jsonl", 64, teacher=True)
    precision = Precision(mode="fp32", max_grad_norm=100.0)
    common = {"max_tokens": 32, "log_steps": 1, "lr": 1e-3, "threads": 1, "distil": Distil(alpha=0.5)}
    return TrainConfig("reranker", base, file, folder / "run", batch_size=4, precision=precision, **common)


def uneven_groups() -> list[Group]:
    """Groups of 2 to 4 passages, some without labels: what per-process means get wrong first."""
    groups = make_groups(tiny_examples(8, teacher=True), [1.0] * 8, 4, 0)
    cut = [
        Group(g.query, g.passages[:n], g.hard[:n], g.teacher[:n]) for g, n in zip(groups, [2, 3, 4, 2] * 2, strict=True)
    ]
    return [replace(g, hard=(0.0,) * len(g.hard)) if n in (1, 6, 7) else g for n, g in enumerate(cut)]


def gradients(config: TrainConfig, groups: list[Group], rank: int | None = None) -> torch.Tensor:
    model = open_reranker(config, "cpu")
    model.train()
    loss = make_loss(model, config.distil)
    if rank is not None:
        wrapped = torch.nn.parallel.DistributedDataParallel(model)
        wrapped.preprocess = model.preprocess  # as sentence-transformers' trainer does
        loss.model = wrapped
    rows = as_dataset(groups)[:]
    parts = loss((rows["query"], rows["passages"]), [torch.tensor(label) for label in rows["labels"]])
    torch.stack(list(parts.values())).sum().backward()
    return torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])


def work(rank: int, port: int, config: TrainConfig, out: str) -> None:
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", rank=rank, world_size=2)
    found = gradients(config, uneven_groups()[rank * 4 : rank * 4 + 4], rank)
    if rank == 0:
        torch.save(found, out)
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


def test_the_gradient_of_two_processes_is_that_of_the_union(tmp_path):
    config = config_of(tmp_path)
    whole = gradients(config, uneven_groups())
    out = str(tmp_path / "gradient.pt")
    torch.multiprocessing.start_processes(work, (free_port(), config, out), nprocs=2, start_method="spawn")
    split = torch.load(out)
    assert whole.norm() > 1e-3
    assert float((split - whole).norm() / whole.norm()) < 1e-5


def test_two_launched_processes_make_the_same_step_and_one_run_folder(tmp_path):
    """8 examples in one step: 2 × 4, then 1 × 8 alone."""
    from wenyuan.training.loop.fit import fit

    config = replace(config_of(tmp_path), train=tiny_file(tmp_path / "eight.jsonl", 8, teacher=True))
    write_config(config, tmp_path / "r.yaml")
    (tmp_path / "run.py").write_text(
        "import sys\nfrom pathlib import Path\nfrom wenyuan.training.config import read_config\n"
        "from wenyuan.training.loop.fit import fit\nfit(read_config(Path(sys.argv[1])))\n"
    )
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node=2", f"--master_port={free_port()}"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    subprocess.run([*launch, str(tmp_path / "run.py"), str(tmp_path / "r.yaml")], env=environment, check=True)
    fit(replace(config, out=tmp_path / "alone", batch_size=8))
    files = [tmp_path / name / "metrics.jsonl" for name in ("run", "alone")]
    together, alone = (json.loads(file.read_text().splitlines()[0]) for file in files)
    assert together["step"] == alone["step"] == 1
    assert together["grad_norm"] == pytest.approx(alone["grad_norm"], rel=1e-4)
    assert together["loss"] == pytest.approx(alone["loss"], rel=1e-4)
    assert (config.out / "model" / "model.safetensors").is_file()
