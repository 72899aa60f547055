"""The network that our rerankers start from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")


@pytest.mark.slow
def test_the_real_base_tells_an_answer_from_another_text_across_languages_before_any_training(tmp_path):
    from sentence_transformers import CrossEncoder
    from wenyuan_models.recipes.base import build

    from wenyuan.errors import SourceError

    wheels = os.environ.get("WENYUAN_WHEELS")
    try:
        folder = build(tmp_path, Path(wheels) if wheels else None).folder
    except SourceError as error:
        pytest.skip(str(error))
    model = CrossEncoder(str(folder), device="cpu", local_files_only=True)
    passages = (
        "Berlin has a population of 3,520,031 registered inhabitants.",
        "New York City is famous for the Metropolitan Museum of Art.",
        "柏林有三百五十二万居民。",
        "纽约以大都会博物馆闻名。",
    )
    for question in ("How many people live in Berlin?", "柏林有多少人口？"):
        english, other, chinese, another = model.predict([(question, passage) for passage in passages]).tolist()
        assert min(english, chinese) > 3
        assert max(other, another) < -3
