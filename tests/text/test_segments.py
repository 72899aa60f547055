"""Chinese words."""

from __future__ import annotations

import subprocess
import sys

from wenyuan.text.segments import cut, cut_for_search, tagged


def test_words_are_cut_searched_and_tagged() -> None:
    text = "北京大学的图书馆"
    assert "".join(cut(text)) == text
    assert {"北京大学", "北京", "大学"} <= set(cut_for_search(text))
    assert ("的", "uj") in tagged(text)


def test_the_dictionary_waits_for_chinese_text() -> None:
    code = "import sys; from wenyuan.text.words import words; words('warranty'); assert 'rjieba' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
