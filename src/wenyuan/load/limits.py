"""What one source file may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one file; beyond any of them it is refused with a `SourceError`."""

    file_bytes: int = 200_000_000
    inflated_bytes: int = 1_000_000_000  # of an archive or PDF, counted while inflating: headers are not trusted
    part_bytes: int = 100_000_000  # of one XML or HTML part that a library parses into a tree many times its size
    text_chars: int = 20_000_000  # of `Document.text`
