"""The Django project: what runs here, where, and with which settings. No business word."""

from __future__ import annotations

import gc
import sys

gc.set_threshold(20_000, 20, 20)
"""Garbage in cycles is looked for thirty times as rarely as Python does: a tenth of a start went into it, and found
nothing."""
sys.modules.setdefault("django.contrib.postgres.fields", None)  # type: ignore[arg-type]  # "there is no such module"
"""DRF serializes PostgreSQL's own fields wherever its driver is installed, and loads libpq for it: another tenth. No
model here has such a field, on no engine."""

from config.celery import app as celery_app  # noqa: E402  # what is above is for what it imports

__all__ = ["celery_app"]
