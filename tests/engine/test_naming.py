"""Documents by id, by path, or nearly so."""

from __future__ import annotations

from pathlib import Path

import pytest

from wenyuan.engine.naming import ids_meant, near, unknown

KNOWN = ["docs/faq.md", "docs/pump.md", "old/pump.md"]


def test_a_name_is_an_id_or_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = tmp_path.resolve()
    (base / "docs").mkdir()
    monkeypatch.chdir(base / "docs")
    assert ids_meant("faq.md", base) == ("faq.md", "docs/faq.md")
    assert ids_meant(base / "docs", base) == (str(base / "docs"), "docs")
    assert ids_meant("docs/", base)[0] == "docs"
    assert ids_meant(".", base) == ("docs", "docs")
    assert ids_meant("", base) == ids_meant("/", base) == ()


def test_the_same_name_elsewhere_comes_before_a_similar_one() -> None:
    assert near("PUMP.md", KNOWN) == ("docs/pump.md", "old/pump.md")
    assert near("docs/fqa.md", KNOWN)[0] == "docs/faq.md"
    assert near("zzz", KNOWN) == ()


def test_who_names_what_is_unknown_is_shown_the_way() -> None:
    assert unknown("pump.md", KNOWN).endswith("did you mean docs/pump.md or old/pump.md?")
    assert unknown("zzz", KNOWN).endswith("`wenyuan list` names those that are.")
