"""A tiny app of the engine's own tests; only test settings install it."""

from __future__ import annotations

from django.apps import AppConfig


class SampleConfig(AppConfig):
    """Lives in the database alias ``engine``."""

    name = f"{__package__}"
    label = "sampleapp"
