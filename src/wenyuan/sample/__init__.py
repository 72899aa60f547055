"""A company that does not exist, a maker of pumps and its service desk: its documents, and questions about them.

`files/` holds what a server opens with `--sample`: manuals, prices, policies and mails in Chinese and English, in every
format that is read, and a scanned leaflet, which cannot be. `questions.jsonl` holds what may be asked of them: those
with a `document` are answered there by a text that holds `contains`, the others are not answered anywhere.
"""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

from wenyuan.load import discover

FILES = Path(str(resources.files(__name__))) / "files"
QUESTIONS = FILES.with_name("questions.jsonl")


def documents() -> list[str]:
    """The paths of the documents below their folder, which are their ids in a knowledge base that has them."""
    return sorted(path.relative_to(FILES).as_posix() for path in discover(FILES))


def copy(folder: Path) -> None:
    """Put the documents and their sidecar files into a folder, in the place of those of before.

    Raises:
        OSError: it cannot be written there.
    """
    for path in filter(Path.is_file, FILES.rglob("*")):
        target = folder / path.relative_to(FILES)
        target.parent.mkdir(parents=True, exist_ok=True)  # not with the rights of an installed package, as copytree
        shutil.copyfile(path, target)
