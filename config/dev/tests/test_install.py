"""Installing: by uv as pip is configured, by pip where uv cannot, once."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from config.dev import install
from config.dev.processes import CHECKOUT


@pytest.fixture
def ran(monkeypatch):
    """What was called, in its order; `ran.uv` is how uv's run ends."""

    class Ran(list[str]):
        uv: Exception | None = None

    calls = Ran()

    def run(command, **options):
        if "config" in command:
            return subprocess.CompletedProcess(command, 0, "install.index-url='https://packages.example/simple'\n", "")
        calls.append(Path(command[0]).name)
        calls.append(options["env"]["UV_DEFAULT_INDEX"])
        if calls.uv is not None:
            raise calls.uv
        return subprocess.CompletedProcess(command, 0)

    def call(command):
        calls.append(f"pip {Path(command[-1]).name}")
        return 0

    monkeypatch.setattr(install.subprocess, "run", run)
    monkeypatch.setattr(install.subprocess, "call", call)
    return calls


@pytest.fixture
def folder(tmp_path):
    """An environment that is there, with what it shall have."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    (tmp_path / "requirements.txt").write_text("django==5.2\n")
    return tmp_path


def test_uv_installs_from_where_pip_would_and_only_once(ran, folder):
    for _ in range(2):
        assert install.main(folder, folder / "requirements.txt") == 0
    assert ran == ["pip requirements-install.txt", "uv", "https://packages.example/simple"]


@pytest.mark.parametrize(
    "error", [FileNotFoundError(), subprocess.CalledProcessError(2, "uv"), subprocess.TimeoutExpired("uv", 180)]
)
def test_what_uv_cannot_do_pip_does_and_that_is_said(ran, folder, capsys, error):
    ran.uv = error
    assert install.main(folder, folder / "requirements.txt") == 0
    assert ran[-1] == "pip requirements.txt"
    assert "uv did not bring them: pip does" in capsys.readouterr().out


def test_what_pip_heeds_is_told_to_uv(monkeypatch, tmp_path):
    (tmp_path / "pip.conf").write_text(
        "[global]\nindex-url = https://a.example/\nfind-links =\n    /one\n    /two\n[install]\ntrusted-host = b\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "https://c.example/simple")
    told = install._as_uv_reads_them(install._settings_of_pip(Path(sys.executable)))
    assert told["UV_DEFAULT_INDEX"] == "https://c.example/simple"  # the environment is the stronger
    assert told["UV_INSECURE_HOST"] == "b"
    assert told["UV_FIND_LINKS"] == "/one,/two"


def test_uv_finds_the_lock_of_the_environment_free(ran, folder):
    """It takes `.lock` itself, and waited minutes for us when that was ours too."""
    assert install.main(folder, folder / "requirements.txt") == 0
    assert not (folder / ".lock").exists()


def test_the_installer_is_pinned_with_its_hashes():
    pinned = (CHECKOUT / "requirements-install.txt").read_text()
    assert re.findall(r"^(\S+)==", pinned, re.MULTILINE) == ["uv"]
    assert pinned.count("--hash=sha256:") > 5
