"""Where the browser comes from when it is not there."""

from __future__ import annotations

import pytest

from tests.browser import chromium
from tests.browser.chromium import bring_chromium

SHELL = ("apt-get", "install", "--yes", "--no-install-recommends", "chromium-headless-shell")
WHOLE = (*SHELL[:-1], "chromium")
UPDATE = ("apt-get", "update")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The programs of a machine without a browser."""
    there = {"apt-get"}
    monkeypatch.setattr(chromium.shutil, "which", lambda name: f"/usr/bin/{name}" if name in there else None)
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 0)
    return there


def test_root_gets_it_once_the_lists_are_there(machine: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []

    def done(argv: tuple[str, ...]) -> bool:
        asked.append(argv)
        if argv == SHELL and UPDATE in asked:
            machine.add("chromium-headless-shell")
        return argv == UPDATE or argv[-1] in machine

    monkeypatch.setattr(chromium, "_done", done)

    assert bring_chromium() == "/usr/bin/chromium-headless-shell"
    assert asked == [SHELL, WHOLE, UPDATE, SHELL]


def test_where_there_is_no_package_of_the_shell_alone_the_whole_is_taken(
    machine: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def done(argv: tuple[str, ...]) -> bool:
        if argv == WHOLE:
            machine.add("chromium")
        return argv == WHOLE

    monkeypatch.setattr(chromium, "_done", done)

    assert bring_chromium() == "/usr/bin/chromium"


@pytest.mark.parametrize("lacking", ["root", "apt-get"])
def test_nobody_else_installs_anything(machine: set[str], monkeypatch: pytest.MonkeyPatch, lacking: str) -> None:
    monkeypatch.setattr(chromium, "_done", lambda argv: pytest.fail(f"{argv} was run"))
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 0 if lacking == "apt-get" else 1000)
    machine.discard(lacking)

    assert bring_chromium() == ""
