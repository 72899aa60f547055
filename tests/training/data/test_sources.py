"""Examples from their sources, by a stand-in for the encoder; tests/cli/test_distilling.py asks by the commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes import word_encoder
from wenyuan.evaluate.beir import Passage
from wenyuan.training.data.sources import headed_text, searched


def test_passages_are_searched_with_their_titles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("wenyuan.evaluate.judged.load_encoder", lambda name, threads: word_encoder())
    passages = [Passage(topic, topic.title(), f"The {topic} turns.") for topic in ("pump", "rotor", "valve")]
    with searched("parts", passages) as search:
        key, text, score = search("Where is the rotor?")[0]
    assert (key, text) == ("rotor", headed_text(passages[1])) == ("rotor", "Rotor\nThe rotor turns.")
    assert score > 0
