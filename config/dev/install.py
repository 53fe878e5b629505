"""Make the virtual environment and install the pinned, hashed requirements, only when they changed.

Runs on the system's Python with nothing installed, as a plain file:
`python3 config/dev/install.py .venv requirements.txt`.
"""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
import venv
from pathlib import Path

NEEDED = (3, 11)


def main(folder: Path, requirements: Path) -> int:
    """0 when everything in `requirements` is installed in `folder`."""
    if sys.version_info < NEEDED:
        print(
            f"Python {NEEDED[0]}.{NEEDED[1]} or newer is needed; this is {sys.version.split()[0]}. "
            "Name another one: make PYTHON=python3.12 ...",
            file=sys.stderr,
        )
        return 2
    folder.mkdir(exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two `make` at once: the second finds the work done
        return _install(folder, requirements)


def _install(folder: Path, requirements: Path) -> int:
    stamp = folder / f".installed-{requirements.stem}"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return 0
    python = folder / "bin" / "python"
    if not python.exists() and not _make(folder):
        return 2
    print(f"Installing {requirements} into {folder}, a minute or so ...", flush=True)
    code = subprocess.call(
        [
            str(python),
            "-m",
            "pip",
            "install",
            *([] if sys.stdout.isatty() else ["--quiet"]),  # a person sees what is going on, a log stays short
            "--disable-pip-version-check",
            "--require-hashes",
            "--no-deps",
            "--requirement",
            str(requirements),
        ]
    )
    if code == 0:
        stamp.write_text(wanted)
    return code


def _make(folder: Path) -> bool:
    print(f"Making the virtual environment {folder} ...", flush=True)
    try:
        venv.create(folder, with_pip=True)
    except (subprocess.CalledProcessError, SystemExit):
        print(
            "Python's venv module is incomplete here: install it (on Debian: apt-get install python3-venv).",
            file=sys.stderr,
        )
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
