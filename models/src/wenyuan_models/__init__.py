"""The models that Wenyuan ships, as data: each folder has a model.json that names its files and their sha256.

How they were made is in `wenyuan_models.recipes`, which only `wenyuan models build` imports.
"""

from pathlib import Path

ROOT = Path(__file__).parent


def path(name: str) -> Path:
    """The folder of the model of this name, whether or not there is one."""
    return ROOT / name
