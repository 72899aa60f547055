"""Trained networks as artefacts that serve without torch."""
