"""What the running shop imports comes with requirements.txt, not by luck with the tools of its developers."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

from config.dev.processes import CHECKOUT

LOAD = """
import json, os, sys
import config.celery, config.wsgi, celery.bin.worker, celery.bin.beat, granian.server, kombu.transport.redis
import apps.payments.fakes.stripe, apps.notifications.fakes.mailbox, apps.notifications.fakes.twilio
from importlib.metadata import packages_distributions
owners = packages_distributions()
print(json.dumps(sorted({owner for name in sys.modules for owner in owners.get(name.partition(".")[0], ())})))
"""
OPTIONAL = {"pip", "setuptools", "pygments", "python-dotenv", "anyio", "jinja2", "markupsafe", "greenlet"}
"""Not missed when absent: DRF colours with Pygments, granian reads files with dotenv, Stripe's asynchronous client
waits with anyio, Django's test tools look for Jinja, Celery tells greenlets apart, each where it is there."""


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def test_everything_that_is_imported_is_pinned_in_requirements(tmp_path):
    env = {
        **os.environ,
        "SHOP_DATA_DIR": str(tmp_path),
        "SHOP_ENV_FILE": "",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", LOAD], check=False, cwd=CHECKOUT, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    imported = {normal(name) for name in json.loads(done.stdout.splitlines()[-1])}
    pinned = {
        normal(name) for name in re.findall(r"^([\w.-]+)==", (CHECKOUT / "requirements.txt").read_text(), re.MULTILINE)
    }
    assert {"celery", "kombu", "granian", "django"} <= imported
    assert imported - pinned - OPTIONAL == set()
