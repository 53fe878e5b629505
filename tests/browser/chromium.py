"""Where Chromium is; where it is not and may be, apt-get brings it."""

from __future__ import annotations

import os
import shutil
import subprocess

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
"""The first is Chromium without what is around a page: it takes a tenth of the processor time."""
PACKAGES = ("chromium-headless-shell", "chromium")
"""Of Debian; where the first is not, the second is."""
INSTALL = ("apt-get", "install", "--yes", "--no-install-recommends")
FLAGS = (
    "--no-sandbox",  # which root cannot have, and nothing but our own shop is looked at
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING = "Pages are tried in Chromium, which is not here: install it, as by `apt-get install chromium`."
SECONDS = 300


def find_chromium() -> str:
    """The program's path, "" without one."""
    return next(filter(None, map(shutil.which, NAMES)), "")


def bring_chromium() -> str:
    """As `find_chromium`; root on Debian gets it from there first."""
    may = os.geteuid() == 0 and shutil.which("apt-get")
    if may and not find_chromium() and not _installed():  # a fresh machine has no lists yet
        _done(("apt-get", "update")) and _installed()
    return find_chromium()


def _installed() -> bool:
    return any(_done((*INSTALL, package)) for package in PACKAGES)


def _done(argv: tuple[str, ...]) -> bool:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        return subprocess.run(argv, env=env, capture_output=True, check=False, timeout=SECONDS).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
