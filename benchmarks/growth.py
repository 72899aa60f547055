"""What one more document costs as a knowledge base grows: a put, and the first question after it that names a document.

    python benchmarks/growth.py 1000 5000 20000

Documents of two short passages, vectors of words instead of a model's: what is timed is the house, not the encoder.
The figures of each size are medians, in milliseconds; "search" is a question that names none.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from fakes import word_encoder
from wenyuan.engine import KnowledgeBase
from wenyuan.settings import Settings
from wenyuan.types import Document

PARTS = ("installation", "warranty", "safety", "maintenance", "calibration", "transport", "disposal")
TURNS = 15


def main() -> None:
    """Print a line a size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="+", type=int, help="documents")
    sizes = sorted(parser.parse_args().sizes)
    print("| documents | put | names a document, first after a put | search |\n|---|---|---|---|")
    settings = Settings.model_validate({"rerank": {"model": "none"}})
    with (
        tempfile.TemporaryDirectory() as folder,
        KnowledgeBase.open(Path(folder) / "kb", settings=settings, encoder=word_encoder()) as kb,
    ):
        done = 0
        for size in sizes:
            for start in range(done, size, 500):
                kb.put(document(n) for n in range(start, min(size, start + 500)))
            done = size
            print(f"| {size:,} | " + " | ".join(f"{ms:.1f}" for ms in figures(kb, size)) + " |", flush=True)


def figures(kb: KnowledgeBase, size: int) -> list[float]:
    puts, named, searches = [], [], []
    for turn in range(TURNS):
        puts.append(timed(lambda turn=turn: kb.put([document(turn, turn + 1)])))
        asked = turn * size // TURNS
        named.append(timed(lambda n=asked: kb.search(f"What does 《{title(n)}》 say of the pump?")))
        searches.append(timed(lambda n=asked: kb.search(f"Which pump needs oil number {n}?")))
    return [float(np.median(times)) for times in (puts, named, searches)]


def document(n: int, edition: int = 0) -> Document:
    text = (
        f"# {title(n)}\n\nPump {n} needs oil number {n % 97}, edition {edition}.\n\n## Care\n\nClean it every {n} days."
    )
    return Document(f"docs/m{n % 100}/model-{n}.md", title(n), text, "md", f"{n}.{edition}", float(n))


def title(n: int) -> str:
    return f"Model {n} {PARTS[n % len(PARTS)]} manual 型号{n}手册"


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - start)


if __name__ == "__main__":
    main()
