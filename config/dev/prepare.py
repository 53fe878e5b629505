"""Migrate, and load the demo shop once: in one process, because starting Django costs a second."""

from __future__ import annotations

import hashlib
import io
import os
import sys
from pathlib import Path

import django
from django.core.management import CommandError, call_command

from config.env import CHECKOUT, ConfigurationError, Environment, environment


def main() -> int:
    """0 when the databases are ready; 2 with one sentence when the environment is wrong."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        told = told_by_seed(environment())
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        django.setup()
        call_command("migrate", verbosity=0)
    except (ConfigurationError, CommandError) as error:
        print(error, file=sys.stderr)
        return 2
    if not told.exists():
        print("Loading the demo shop ...", flush=True)
        out = io.StringIO()
        call_command("seed", stdout=out)
        told.write_text(out.getvalue(), encoding="utf-8")
    stamp(environment()).write_text(fingerprint(), encoding="utf-8")
    return 0


def is_prepared(env: Environment) -> bool:
    """Whether nothing changed since the last preparation of this data directory's own databases."""
    try:
        return told_by_seed(env).exists() and stamp(env).read_text(encoding="utf-8") == fingerprint()
    except FileNotFoundError:
        return False


def fingerprint() -> str:
    """Changes with every migration, ours and those of the installed packages."""
    digest = hashlib.sha256((CHECKOUT / "requirements.txt").read_bytes())
    for root in ("apps", "shop"):
        for file in sorted((CHECKOUT / root).rglob("migrations/**/*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def stamp(env: Environment) -> Path:
    """Holds the fingerprint of the last preparation."""
    return told_by_seed(env).with_suffix(".prepared")


def told_by_seed(env: Environment) -> Path:
    """What the demo shop's loading said, such as logins. There is one for each kind of store."""
    engines = sorted({entry["ENGINE"].rpartition(".")[2] for entry in env.databases.values()})
    return env.data_dir / f"demo-{'-'.join(engines)}.txt"


if __name__ == "__main__":
    sys.exit(main())
