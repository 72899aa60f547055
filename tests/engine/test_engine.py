"""What is loaded with the house."""

from __future__ import annotations

import subprocess
import sys

import pytest

import wenyuan.engine


def test_what_answers_questions_is_loaded_when_it_is_named() -> None:
    code = (
        "import sys, wenyuan.engine.standing as standing; assert 'wenyuan.engine.flow' not in sys.modules; "
        "from wenyuan.engine import KnowledgeBase; assert 'wenyuan.engine.flow' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_there_is_nothing_else_in_it() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        wenyuan.engine.Nothing  # noqa: B018
