"""How much memory this process holds, in MB."""

from __future__ import annotations

import ctypes
import gc
import os
import resource
import sys
from pathlib import Path

_STATM = Path("/proc/self/statm")


def peak_mb() -> int:
    """The most that it has held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) // 10**6  # bytes there, units of 1024 elsewhere


def resident_mb() -> float | None:
    """What it holds now; None where the system does not say."""
    if not _STATM.is_file():
        return None
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def give_back() -> None:
    """Return freed memory to the system, so that what was there before does not hide what comes next."""
    gc.collect()
    if (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:  # glibc has it
        trim(0)
