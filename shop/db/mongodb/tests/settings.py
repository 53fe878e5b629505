"""Settings with nothing but the engine: ``DJANGO_SETTINGS_MODULE=shop.db.mongodb.tests.settings`` runs its tests alone.

The product's test settings install the same sample app beside everything else, so the tests run there too.
"""

from __future__ import annotations

import os

SECRET_KEY = "for tests only"
USE_TZ = True
TIME_ZONE = "UTC"
INSTALLED_APPS = ["shop.db.mongodb.tests.sampleapp.apps.SampleConfig"]
DATABASE_ROUTERS = ["shop.db.mongodb.tests.sampleapp.router.SampleRouter"]
DATABASES = {
    "default": {},
    "engine": {
        "ENGINE": "shop.db.mongodb",
        "HOST": os.environ.get("MONGODB_URI", "mongodb://127.0.0.1:27117/?replicaSet=rs0"),
        "NAME": f"engine_alone_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}",
    },
}
