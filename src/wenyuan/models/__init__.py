"""Models: where they lie, what is known of them, and how they run; each module is loaded when it is asked for."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wenyuan.models.artefact import Artefact, ModelCard, install, locate
    from wenyuan.models.classifier import LinearClassifier, load_classifier
    from wenyuan.models.cross_encoder import load_cross_encoder
    from wenyuan.models.encoder import OnnxEncoder, load_encoder
    from wenyuan.models.late_interaction import LateInteraction, load_late_interaction
    from wenyuan.models.leg_policy import EnsemblePolicy, load_policy
    from wenyuan.models.presets import PRESETS, Preset
    from wenyuan.models.score_cache import CachedCrossEncoder

__all__ = [
    "PRESETS",
    "Artefact",
    "CachedCrossEncoder",
    "EnsemblePolicy",
    "LateInteraction",
    "LinearClassifier",
    "ModelCard",
    "OnnxEncoder",
    "Preset",
    "install",
    "load_classifier",
    "load_cross_encoder",
    "load_encoder",
    "load_late_interaction",
    "load_policy",
    "locate",
]

_HOMES = {
    "Artefact": "artefact",
    "CachedCrossEncoder": "score_cache",
    "EnsemblePolicy": "leg_policy",
    "LateInteraction": "late_interaction",
    "LinearClassifier": "classifier",
    "ModelCard": "artefact",
    "OnnxEncoder": "encoder",
    "PRESETS": "presets",
    "Preset": "presets",
    "install": "artefact",
    "load_classifier": "classifier",
    "load_cross_encoder": "cross_encoder",
    "load_encoder": "encoder",
    "load_late_interaction": "late_interaction",
    "load_policy": "leg_policy",
    "locate": "artefact",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
