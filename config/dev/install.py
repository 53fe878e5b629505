"""Make the virtual environment and install the pinned, hashed requirements, only when they changed.

Runs on the system's Python with nothing installed, as a plain file:
`python3 config/dev/install.py .venv requirements.txt`. With `--fastest` behind it the environment is made by the
fastest Python of the same version that is found.

pip brings uv, and uv brings the rest in a fraction of pip's time. It is told what pip is configured with, such as a
company's index; what it cannot do, pip does.
"""

from __future__ import annotations

import ast
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path

NEEDED = (3, 11)
INTERPRETER = Path(__file__).with_name("interpreter.py")
INSTALLER = Path(__file__).parents[2] / "requirements-install.txt"
"""uv itself, pinned and hashed."""
PINNED = ("--require-hashes", "--no-deps", "--requirement")
TOLD = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "proxy": ("ALL_PROXY", " "),
}
"""By pip's settings: uv's variable for the same, and what stands between several values there."""
ANY_INDEX = "unsafe-best-match"
"""As pip does: a file may come from any index. The hashes say whether it is the right one."""
PATIENCE_SECONDS = 180.0


def main(folder: Path, requirements: Path, *options: str) -> int:
    """0 when everything in `requirements` is installed in `folder`."""
    if sys.version_info < NEEDED:
        print(
            f"Python {NEEDED[0]}.{NEEDED[1]} or newer is needed; this is {sys.version.split()[0]}. "
            "Name another one: make PYTHON=python3.12 ...",
            file=sys.stderr,
        )
        return 2
    folder.mkdir(exist_ok=True)
    with (folder / ".installing").open("w") as lock:  # ".lock" is the one of uv
        fcntl.flock(lock, fcntl.LOCK_EX)  # two `make` at once: the second finds the work done
        return _install(folder, requirements, by_fastest="--fastest" in options)


def _install(folder: Path, requirements: Path, *, by_fastest: bool) -> int:
    stamp = folder / f".installed-{requirements.stem}"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return 0
    python = folder / "bin" / "python"
    if not python.exists() and not _make(folder, by_fastest=by_fastest):
        return 2
    print(f"Installing {requirements} into {folder} ...", flush=True)
    code = 0 if _by_uv(python, requirements) else _by_pip(python, requirements)
    if code == 0:
        stamp.write_text(wanted)
    return code


def _by_uv(python: Path, requirements: Path) -> bool:
    """Whether it is there for this machine and did it."""
    if _by_pip(python, INSTALLER, "--only-binary", ":all:"):
        return False
    settings = _settings_of_pip(python)
    command = [str(python.with_name("uv")), "pip", "install", "--quiet", "--python", str(python)]
    command += ["--index-strategy", ANY_INDEX, *(["--no-index"] if settings.get("no-index") in {"1", "true"} else [])]
    command += ["--compile-bytecode"] if sys.dont_write_bytecode else []  # else whatever is imported first writes it
    environment = {**_as_uv_reads_them(settings), **os.environ}
    try:
        subprocess.run([*command, *PINNED, str(requirements)], env=environment, check=True, timeout=PATIENCE_SECONDS)
    except (OSError, subprocess.SubprocessError):
        print("uv did not bring them: pip does, a minute or so ...", flush=True)
        return False
    return True


def _by_pip(python: Path, requirements: Path, *options: str) -> int:
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *options]
    return subprocess.call([*command, *PINNED, str(requirements)])


def _settings_of_pip(python: Path) -> dict[str, str]:
    """What `pip install` heeds here, from files and environment, the strongest last."""
    command = [str(python), "-m", "pip", "config", "list"]
    told = subprocess.run(command, check=False, capture_output=True, text=True).stdout
    found: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in told.splitlines():
        name, _, value = line.partition("=")
        section, _, key = name.rpartition(".")
        if section in found:
            found[section][key] = str(ast.literal_eval(value))
    return {key: value for section in found.values() for key, value in section.items()}


def _as_uv_reads_them(settings: Mapping[str, str]) -> dict[str, str]:
    told = {name: TOLD[name] for name in settings.keys() & TOLD.keys()}
    return {variable: between.join(settings[name].split()) for name, (variable, between) in told.items()}


def _make(folder: Path, *, by_fastest: bool) -> bool:
    fastest = _fastest() if by_fastest else sys.executable
    if fastest != sys.executable:
        print(
            f"Making the virtual environment {folder} by {fastest}, which is faster than {sys.executable} ...",
            flush=True,
        )
        if subprocess.call([fastest, "-m", "venv", str(folder)]) == 0:
            return True
        shutil.rmtree(folder / "bin", ignore_errors=True)  # what it had begun
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


def _fastest() -> str:
    """Its program's answer: this file has no package to import it from."""
    told = subprocess.run([sys.executable, str(INTERPRETER)], check=False, capture_output=True, text=True).stdout
    return told.strip() or sys.executable


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]))
