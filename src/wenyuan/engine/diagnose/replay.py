"""A recorded question run again, from fusion on: from the lists of its trace, without the index or a model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wenyuan.errors import WrongUse
from wenyuan.fuse import distinct, fuse
from wenyuan.rerank import COARSE, FINE, Coarse, Plan, rerank
from wenyuan.trace import FORMAT, Trace
from wenyuan.types import Candidate, Chunk, Fingerprinted, Hit, Query, Vector

Scores = Mapping[str, float | None]
"""A chunk's name → its recorded score; None where the stage gave no number."""


def read_trace(file: Path) -> dict[str, Any]:
    """The JSON of a trace; WrongUse where the file holds none."""
    try:
        record = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise WrongUse(
            f"{file} cannot be read as JSON ({error}); write one with `wenyuan search --trace FILE`."
        ) from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise WrongUse(f"{file} is no trace of this version; write one with `wenyuan search --trace FILE`.")
    return record


def write_trace(file: Path, record: Mapping[str, Any]) -> None:
    """Write the JSON of a trace for `read_trace`; WrongUse where the file cannot be written."""
    try:
        file.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", "utf-8")
    except OSError as error:
        raise WrongUse(f"The trace cannot be written to {file} ({error.strerror}); name another file.") from error


def replay(record: Mapping[str, Any]) -> list[Candidate]:
    """The first k chunks after reranking with their scores, as the recorded lists, scores and settings make them.

    Raises:
        WrongUse: the record lacks a part, or nothing was searched.
    """
    if written := [each["rule"] for each in record.get("fired", ()) if each["action"] == "answer"]:
        raise WrongUse(f"There is nothing to run again: the rule '{written[0]}' answered, and nothing was searched.")
    try:
        hits = _hits(record)
        return [Candidate(hit.chunk.id, hit.score) for hit in _reranked(record, hits)[: record["asked"]["k"]]]
    except (KeyError, TypeError, ValueError) as error:
        raise _incomplete(error) from error


def recorded(record: Mapping[str, Any]) -> list[Candidate]:
    """The same as the trace has them: its hits, unless diversity or rules, which are not run again, rearranged these.

    Raises:
        WrongUse: the record lacks a part.
    """
    try:
        order = _before_rearranging(record) if record["rearranged"] else record["hits"]
        return [Candidate(int(each["chunk"], 16), each["score"]) for each in order[: record["asked"]["k"]]]
    except (KeyError, TypeError, ValueError) as error:
        raise _incomplete(error) from error


def _before_rearranging(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if stages := record["rerank"]["stages"]:
        after: list[Mapping[str, Any]] = stages[-1]["after"]
        return after
    kept = {each["chunk"] for each in record["distinct"]["seen"] if each["duplicate_of"] is None}
    return [each for each in record["fuse"]["order"] if each["chunk"] in kept]


def _incomplete(error: Exception) -> WrongUse:
    return WrongUse(f"The trace lacks a part or has one that cannot be read ({error!r}); record it anew.")


def _hits(record: Mapping[str, Any]) -> list[Hit]:
    recalled = {
        leg: [Candidate(int(hit["chunk"], 16), hit["score"]) for hit in hits]
        for leg, hits in record["recall"]["legs"].items()
    }
    fused, seen = record["fuse"], record["distinct"]
    found = {int(each["chunk"], 16): _fingerprinted(each) for each in seen["seen"]}
    ranking = fuse(recalled, fused["weights"], method=fused["method"], normalise=fused["normalise"])
    return distinct(ranking, lambda _: found, seen["threshold"], seen["limit"], Trace())


def _reranked(record: Mapping[str, Any], hits: list[Hit]) -> list[Hit]:
    stages = {stage["stage"]: stage for stage in record["rerank"]["stages"]}
    if not stages:
        return hits
    plan = Plan(**record["rerank"]["plan"] | {"ms": None})  # what was read in time is what has a score
    query = Query(record["query"]["text"], record["query"]["language"], record["query"]["normalised"])
    scores: dict[str, Scores] = {
        name: {each["chunk"]: each["score"] for each in stage["read"]} for name, stage in stages.items()
    }
    coarse = _coarse(scores[COARSE]) if COARSE in scores else None
    fine = _Recorded(scores[FINE]) if FINE in scores else None
    return rerank(query, hits, plan, Trace(), coarse=coarse, fine=fine)


def _fingerprinted(seen: Mapping[str, Any]) -> Fingerprinted:
    """A chunk whose name stands for its text: that is what the recorded scores are found by."""
    name = seen["chunk"]
    chunk = Chunk(int(name, 16), seen["document"], title="", ordinal=0, text=name, start=0, end=0)
    return Fingerprinted(chunk, bytes.fromhex(seen["fingerprint"]))


def _coarse(scores: Scores) -> Coarse:
    return lambda _, hits: _numbers(scores, [hit.chunk.text for hit in hits])


def _numbers(scores: Scores, chunks: Sequence[str]) -> Vector:
    return np.array([np.nan if (score := scores.get(chunk)) is None else score for chunk in chunks], np.float32)


@dataclass(frozen=True, slots=True)
class _Recorded:
    """A `CrossEncoder` that says again what was recorded, and reads no further than was read."""

    scores: Scores
    id: str = "recorded"
    max_tokens: int = 0

    def score(self, query: str, passages: Sequence[str]) -> Vector:
        del query
        return _numbers(self.scores, [passage for passage in passages if passage in self.scores])

    def truncated(self) -> int:
        return 0
