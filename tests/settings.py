"""Settings of the in-process tests: config.settings on a store of their own, with wakes recorded and nothing slow.

STORE=sqlite|mongodb|postgresql and SHAPE=mono|strict choose what runs; each xdist worker has databases of its own.
Sample apps of the kernel's or the engine's tests go to SAMPLE_APPS, their databases to SAMPLE_ALIASES.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

STORE = os.environ.get("STORE", "sqlite")
SHAPE = os.environ.get("SHAPE", "mono")
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
_SERVERS = {
    "mongodb": os.environ.get("MONGODB_URI", "mongodb://127.0.0.1:27117/?replicaSet=rs0"),
    "postgresql": os.environ.get("POSTGRES_URI", "postgresql://postgres@127.0.0.1:5432/"),
}
TEST_DIR = Path(tempfile.mkdtemp(prefix=f"shop-tests-{_WORKER}-"))
atexit.register(shutil.rmtree, TEST_DIR, ignore_errors=True)

SAMPLE_APPS: tuple[str, ...] = ("shop.tests.sample", "shop.tests.mirror")
SAMPLE_ALIASES: tuple[str, ...] = ("sample", "mirror")
SHOP_CONTEXT_PACKAGES = {context: f"shop.tests.{context}" for context in SAMPLE_ALIASES}
SAMPLE_ROUTERS: tuple[str, ...] = ()
if STORE == "mongodb":
    SAMPLE_APPS += ("shop.db.mongodb.tests.sampleapp.apps.SampleConfig",)
    SAMPLE_ALIASES += ("engine",)
    SAMPLE_ROUTERS += ("shop.db.mongodb.tests.sampleapp.router.SampleRouter",)


def _database_url() -> str:
    if STORE == "sqlite":
        return f"sqlite:///{TEST_DIR / 'db'}"
    before, mark, query = _SERVERS[STORE].partition("?")
    scheme, _, rest = before.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/test_{_WORKER}{mark}{query}"


for _name in [name for name in os.environ if name.endswith("DATABASE_URL")]:
    del os.environ[_name]
os.environ |= {
    "SHOP_ENV_FILE": "",  # a developer's .env is not the tests' business
    "SHOP_MODE": "embedded",
    "SHOP_SHAPE": SHAPE if SHAPE in {"mono", "strict"} else "mono",  # the other shapes are of whole deployments
    "SHOP_DATA_DIR": str(TEST_DIR),
    "SECRET_KEY": "for tests only 0123456789 abcdefghijklmnop",
    "DATABASE_URL": _database_url(),
    "SHOP_BACKOFF_SECONDS": "0.05",
    "SHOP_LEASE_SECONDS": "2",
    "RATE_LIMITS": "x1000",
    "LOG_FORMAT": "text",
    "LOG_LEVEL": "WARNING",
}

from config import contexts as _contexts  # noqa: E402
from config.databases import database  # noqa: E402
from config.env import CHECKOUT  # noqa: E402
from config.settings import *  # noqa: E402, F403
from config.settings import DATABASE_ROUTERS, DATABASES, ENV, INSTALLED_APPS, MIDDLEWARE  # noqa: E402

for _alias in SAMPLE_ALIASES:
    DATABASES[_alias] = database("DATABASE_URL", os.environ["DATABASE_URL"], _alias, CHECKOUT, own=False)
INSTALLED_APPS = [*INSTALLED_APPS, *SAMPLE_APPS]
SHOP_CONTEXTS = (*ENV.contexts, *SHOP_CONTEXT_PACKAGES)
SHOP_ALL_CONTEXTS = (*_contexts.CONTEXTS, *SHOP_CONTEXT_PACKAGES)
DATABASE_ROUTERS[:0] = SAMPLE_ROUTERS
for _entry in filter(None, DATABASES.values()):
    _entry["TEST"] = {"NAME": _entry["NAME"]}
    if STORE == "sqlite":  # nothing of a test has to survive a power cut
        _entry["OPTIONS"]["init_command"] = _entry["OPTIONS"]["init_command"].replace("=FULL", "=OFF")

MIDDLEWARE = ["tests.contract.ContractMiddleware", *MIDDLEWARE]
SHOP_PROBLEM_BASE = "https://shop.example/problems/"  # of docs/openapi.yaml
SHOP_WAKE = "record"
SHOP_SERVE_INTERNAL = True
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "tests"}}
SHOP_RATE_STORE = "memory://"
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
MEDIA_ROOT = TEST_DIR / "media"
PASSWORD_HASHERS = ["tests.hashers.CheapArgon2Hasher"]
SHOP_ENVIRONMENT = ENV
