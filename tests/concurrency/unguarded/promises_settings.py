"""The product's settings plus one application that takes the promise before a parcel out."""

from __future__ import annotations

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS

INSTALLED_APPS += ["tests.concurrency.unguarded.promises.Unpromised"]
