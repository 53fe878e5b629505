"""Which Python makes the environment: the fastest of its version, unless somebody names one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.dev import install, interpreter
from config.dev.processes import CHECKOUT


@pytest.fixture
def python(tmp_path):
    """Makes a program that says it needs so long, or says something else."""

    def make(name: str, told: object) -> str:
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho {told}\n")
        program.chmod(0o755)
        return str(program)

    return make


def test_another_python_is_taken_when_it_is_faster_by_a_sixth(python):
    mine, other = python("mine", 0.100), python("other", 0.080)
    assert interpreter.fastest([mine, python("slow", 0.200), other]) == other


def test_less_than_a_sixth_is_chance(python):
    mine = python("mine", 0.100)
    assert interpreter.fastest([mine, python("other", 0.090)]) == mine


@pytest.mark.parametrize("told", ["", "hello", "0.01; exit 1"])
def test_one_that_fails_or_says_no_number_is_not_taken(python, told):
    mine = python("mine", 0.100)
    assert interpreter.fastest([mine, python("broken", told), "/nowhere/python"]) == mine


def test_another_is_taken_where_this_one_cannot_make_an_environment(python):
    other = python("other", 0.100)
    assert interpreter.fastest([python("mine", "0.01; exit 1"), other]) == other


def test_a_single_one_is_not_asked(python):
    assert interpreter.fastest(["/nowhere/python"]) == "/nowhere/python"


def test_a_real_python_tells_its_seconds():
    assert 0.001 < interpreter._seconds_of(sys.executable) < 5


def test_each_program_is_a_candidate_once_and_a_script_that_chooses_is_none(python, monkeypatch, tmp_path):
    places = [tmp_path / place for place in ("linked", "shims", "absent", "another")]
    for place in places[:2] + places[3:]:
        place.mkdir()
    (places[0] / interpreter.NAME).symlink_to(sys.executable)
    python(f"shims/{interpreter.NAME}", 0.001)
    another = places[3] / interpreter.NAME
    another.write_bytes(b"\x7fELF")
    another.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, places)))
    monkeypatch.setattr(interpreter, "PLACES", ())
    assert interpreter.candidates() == [sys.executable, str(another)]


@pytest.mark.parametrize(("options", "makes"), [((), False), (("--fastest",), True)])
def test_the_environment_is_made_by_it_where_that_is_asked(monkeypatch, tmp_path, options, makes):
    called = []

    def call(command):
        called.append(command)
        return 0

    monkeypatch.setattr(install.subprocess, "call", call)
    monkeypatch.setattr(install.venv, "create", lambda folder, **_: called.append("this one"))
    monkeypatch.setattr(install, "_fastest", lambda: "/usr/bin/other")
    monkeypatch.setattr(install, "_by_uv", lambda *_: True)
    requirements = tmp_path / "requirements.txt"
    requirements.touch()
    assert install.main(tmp_path / "new", requirements, *options) == 0
    assert called == [["/usr/bin/other", "-m", "venv", str(tmp_path / "new")] if makes else "this one"]


def test_when_it_cannot_this_one_makes_it(monkeypatch, tmp_path):
    def half(command):
        (Path(command[-1]) / "bin").mkdir()
        return 1

    monkeypatch.setattr(install.subprocess, "call", half)
    monkeypatch.setattr(install.venv, "create", lambda folder, **_: (folder / "bin").mkdir())
    monkeypatch.setattr(install, "_fastest", lambda: "/usr/bin/other")
    assert install._make(tmp_path, by_fastest=True)


def test_the_program_beside_it_names_a_python_of_this_version():
    told = subprocess.run([install._fastest(), "-V"], check=True, capture_output=True, text=True).stdout
    assert told.startswith("Python {}.{}.".format(*sys.version_info))


@pytest.mark.parametrize("target", ["install", "install-dev"])
def test_who_names_a_python_to_make_gets_that_one(target):
    def asked(*words, **env):
        command = ["make", "--dry-run", "--no-print-directory", target, *words]
        clean = {name: value for name, value in os.environ.items() if name not in {"PYTHON", "MAKEFLAGS", "MAKELEVEL"}}
        return subprocess.check_output(command, cwd=CHECKOUT, env=clean | env, text=True)

    assert asked().startswith("python3 ")
    assert asked().endswith(".txt --fastest\n")
    assert asked("PYTHON=python9").startswith("python9 ")
    assert "--fastest" not in asked("PYTHON=python9") + asked(PYTHON="python9")
