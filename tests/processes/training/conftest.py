"""The small encoders, reviews and settings that the unit tests of training use."""

from tests.unit.training.conftest import (
    encoder,
    fit,
    reviews,
    settings,
    steady_encoder,
    stored_versions,
)

__all__ = ["encoder", "fit", "reviews", "settings", "steady_encoder", "stored_versions"]
