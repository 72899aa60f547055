"""Models: where they lie, what is known of them, and how they run."""

from wenyuan.models.artefact import Artefact, ModelCard, locate
from wenyuan.models.encoder import OnnxEncoder, load_encoder
from wenyuan.models.presets import PRESETS, Preset

__all__ = ["PRESETS", "Artefact", "ModelCard", "OnnxEncoder", "Preset", "load_encoder", "locate"]
