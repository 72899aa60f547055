"""What the processor can do that makes small numbers fast."""

from __future__ import annotations

from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
INT8 = {"avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm"}  # the last two are of ARM


def features(cpuinfo: Path = CPUINFO) -> frozenset[str] | None:
    """The processor's flags as Linux names them; None where the system does not say."""
    if not cpuinfo.is_file():
        return None
    lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    flags = (line.partition(":")[2] for line in lines if line.startswith(("flags", "Features")))
    return frozenset(next(flags, "").split())


def slow_int8(flags: frozenset[str] | None) -> str | None:
    """A sentence when int8 will gain little on this processor, or when nobody knows."""
    if flags is None:
        return "This system does not say what its processor can do: measure int8 against fp32 before relying on it."
    if not flags & INT8:
        return "This processor has no int8 dot product (VNNI or AMX): int8 is right here but gains little speed."
    return None
