"""Every mistake of `make mutants` can still be planted, and names tests that exist."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from config.dev.processes import CHECKOUT
from tests.mutants.mistake import Mistake, planted
from tests.mutants.mistakes import MISTAKES


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: one.name.replace(" ", "-"))
def test_a_mistake_still_fits_its_code(mistake):
    source = (CHECKOUT / mistake.file).read_text(encoding="utf-8")

    wrong = planted(mistake, source)

    assert wrong != source
    ast.parse(wrong)  # a mistake of design, not of spelling
    assert mistake.tests
    for test in mistake.tests:
        path, _, name = test.partition("::")
        assert f"def {name}" in Path(CHECKOUT / path).read_text(encoding="utf-8"), test


def test_there_are_at_least_twenty_and_each_is_named_once():
    names = [one.name for one in MISTAKES]
    assert len(set(names)) == len(names) >= 20


def test_code_that_has_moved_is_told():
    with pytest.raises(ValueError, match="has its text 0 times"):
        planted(Mistake("x", "x.py", "was here", "is wrong", ("x",)), "moved")
