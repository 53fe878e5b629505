"""What `make schema` writes is what the check compares with, whatever the shell is told."""

from __future__ import annotations

import subprocess
from types import SimpleNamespace

import pytest

from config.dev import openapi


@pytest.mark.parametrize("words", [[], ["write"]])
def test_it_is_made_with_the_settings_of_the_tests_whatever_the_shell_says(tmp_path, monkeypatch, words):
    told = {}

    def run(_argv, *, env, **_options):
        told.update(env)
        return SimpleNamespace(returncode=0, stdout="openapi: 3.0.3\n")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(openapi, "FILE", tmp_path / "openapi.yaml")
    openapi.FILE.write_text("openapi: 3.0.3\n")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings")
    monkeypatch.setenv("SHOP_ENV_FILE", "mine")
    assert openapi.main(words) == 0
    assert (told["DJANGO_SETTINGS_MODULE"], told["SHOP_ENV_FILE"]) == ("tests.settings", "")


def test_a_document_that_is_not_what_the_code_says_is_refused_with_what_changed(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=0, stdout="new\n"))
    monkeypatch.setattr(openapi, "FILE", tmp_path / "openapi.yaml")
    openapi.FILE.write_text("old\n")
    assert openapi.main([]) == 1
    assert "-old\n+new\n" in capsys.readouterr().out
    assert openapi.main(["write"]) == 0
    assert openapi.FILE.read_text() == "new\n"
