"""Where does the time of `add` go? Adds real manual pages and compares the encoder's CPU time with the whole.

    python benchmarks/ingest.py DATA [--pages N]

DATA holds manuals/docs.jsonl.gz. Then a page is changed, and one moved, to show what is encoded again.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from wenyuan.engine import KnowledgeBase
from wenyuan.models import OnnxEncoder, locate
from wenyuan.types import Vector

SEED = 0


class Timed(OnnxEncoder):
    """The shipped encoder, counting its own CPU seconds."""

    seconds = 0.0
    passages = 0

    def encode_passages(self, texts: Sequence[str]) -> Vector:
        start = time.process_time()
        vectors = super().encode_passages(texts)
        self.seconds += time.process_time() - start
        self.passages += len(texts)
        return vectors


def main() -> None:
    """Print the encoder's share and what a change and a move cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--pages", type=int, default=100)
    arguments = parser.parse_args()
    with gzip.open(arguments.data / "manuals" / "docs.jsonl.gz", "rt", encoding="utf-8") as file:
        pages = random.Random(SEED).sample([json.loads(line) for line in file], arguments.pages)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "pages"
        folder.mkdir()
        for n, page in enumerate(pages):
            (folder / f"{n:04}.md").write_text(page["markdown"], "utf-8")
        encoder = Timed(locate("embed"))
        encoder.encode_passages(["load the model"])
        with KnowledgeBase.open(Path(scratch) / "kb", encoder=encoder) as kb:
            encoder.seconds, encoder.passages = 0.0, 0
            start = time.process_time()
            report = kb.add(folder)
            whole = time.process_time() - start
            print(f"{len(report.added)} pages, {report.encoded} passages, seed {SEED}: {whole:.1f} CPU s,")
            print(f"of which encoder {encoder.seconds / whole:.1%}; {report.encoded / whole:.1f} passages/CPU s")
            first = folder / "0000.md"
            first.write_text(first.read_text("utf-8") + "\n\nOne more paragraph.\n", "utf-8")
            (folder / "0001.md").rename(folder / "moved.md")
            start = time.process_time()
            report = kb.sync()
            took = time.process_time() - start
            print(f"sync after a change and a move: {report.encoded} encoded, {report.reused} reused, {took:.2f} CPU s")


if __name__ == "__main__":
    main()
