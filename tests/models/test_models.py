"""The package of models."""

from __future__ import annotations

import subprocess
import sys

import pytest

from wenyuan import models


def test_each_name_is_where_it_is_said_to_be() -> None:
    assert {name: getattr(models, name).__name__ for name in models.__all__ if name != "PRESETS"} == {
        name: name for name in models.__all__ if name != "PRESETS"
    }
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        models.Nothing  # noqa: B018


def test_where_a_model_lies_is_known_without_what_runs_it() -> None:
    code = "import sys; from wenyuan.models import locate; locate('embed'); assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
