"""The models worth naming."""

from __future__ import annotations

from wenyuan.models import locate
from wenyuan.models.presets import PRESETS


def test_names_are_unique_and_every_preset_says_what_it_is_good_for() -> None:
    assert len({preset.name for preset in PRESETS}) == len(PRESETS)
    assert all(preset.good_for and preset.languages and preset.licence and preset.size_mb > 0 for preset in PRESETS)


def test_a_preset_is_shipped_or_of_the_hub() -> None:
    shipped = [preset for preset in PRESETS if preset.shipped]
    assert {preset.stage for preset in shipped} == {"encoder", "reranker"}
    assert all(preset.needs == "" for preset in shipped)
    assert all(preset.needs and preset.model.count("/") == 1 for preset in PRESETS if not preset.shipped)


def test_what_is_shipped_is_as_large_as_it_says() -> None:
    for preset in PRESETS:
        if preset.shipped:
            assert abs(locate(preset.model).disk_mb - preset.size_mb) < 1.5
