"""The Django project: what runs here, where, and with which settings. No business word."""

from __future__ import annotations

from config.celery import app as celery_app

__all__ = ["celery_app"]
