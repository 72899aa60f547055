"""What became of files and documents in one run."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Report:
    """What `add`, `sync` or `delete` did; documents by their ids."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    moved: list[tuple[str, str]] = field(default_factory=list)  # (old id, new id)
    deleted: list[str] = field(default_factory=list)
    unchanged: int = 0
    failed: dict[str, str] = field(default_factory=dict)  # id → one sentence; an earlier version stays searchable
    passed_over: dict[str, int] = field(default_factory=dict)  # extension → files of it that no parser reads
    warnings: list[str] = field(default_factory=list)
    encoded: int = 0  # chunks given to the encoder
    reused: int = 0  # chunks whose vectors were known
    version: int = 0  # of the knowledge base, after the last commit
