"""Migrated SQLite files to copy: migrating six databases takes seconds, copying them nothing."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from config.dev.processes import CHECKOUT, PYTHON

FOLDER = CHECKOUT / "var" / "test-template"


def copy_migrated(target: Path) -> None:
    """Put six migrated SQLite databases into `target`. Made anew when a migration changed."""
    template = FOLDER / fingerprint()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with template.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests start side by side
        if not template.exists():
            _make(template)
    shutil.copytree(template, target, dirs_exist_ok=True)


def _make(template: Path) -> None:
    for old in FOLDER.glob("*"):
        if old.is_dir():
            shutil.rmtree(old)
    draft = Path(tempfile.mkdtemp(dir=FOLDER))
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SHOP_ENV_FILE": "",
        "SHOP_DATA_DIR": str(draft),
        "DATABASE_URL": f"sqlite:///{draft}/db",
    }
    subprocess.run([PYTHON, "manage.py", "migrate", "--verbosity", "0"], cwd=CHECKOUT, env=env, check=True)
    (draft / "db").rename(template)
    shutil.rmtree(draft)


def fingerprint(*more: str) -> str:
    """Of all files that decide what `migrate` makes, and of those that match these patterns."""
    digest = hashlib.sha256()
    for pattern in ("apps/*/migrations/*.py", "shop/**/migrations/**/*.py", "shop/db/*.py", *more):
        for file in sorted(CHECKOUT.glob(pattern)):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
