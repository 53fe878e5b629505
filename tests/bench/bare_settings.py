"""The shop's own settings and databases for one bare Django view: no middleware, no log, nothing else."""

from __future__ import annotations

from config.settings import *  # noqa: F403

MIDDLEWARE = []
ROOT_URLCONF = "tests.bench.bare_django"
LOGGING = {"version": 1}
