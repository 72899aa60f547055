"""Where folders of tests are in memory: a disk takes ten times as long for an index, and no power is cut here."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_PLACE, _ROOM = Path("/dev/shm"), 6 << 30  # bytes

place: Path | None = None
"""The folder; None where there is no room for the knowledge bases of all processes of tests."""

if _PLACE.is_dir() and os.access(_PLACE, os.W_OK) and shutil.disk_usage(_PLACE).free > _ROOM:
    place = _PLACE
