"""Models: where they lie, what is known of them, and how they run."""

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
