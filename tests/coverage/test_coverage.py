"""What is measured is exact, to the branch, and a bar that is missed is told in a sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from config.dev.processes import CHECKOUT
from tests.coverage.sample import PROJECT

PRICE = {
    "executed_lines": [1, 2, 4, 9, 11, 13, 14, 16, 17, 18, 25, 26],
    "missing_lines": [12, 15],
    "executed_branches": [[11, 13], [13, 14], [13, 16], [14, 13], [16, 17], [16, 18]],
    "missing_branches": [[11, 12], [14, 15]],
}
"""Of goods/price.py, without what is for type checkers only, a stub, and what somebody excluded."""
COUNT = {
    "executed_lines": [1, 3, 4, 6, 7, 8, 9, 11],
    "missing_lines": [10],
    "executed_branches": [[8, 9], [8, 11], [9, 8]],
    "missing_branches": [[9, 10]],
}
NEVER = {"executed_lines": [], "missing_lines": [1, 2], "executed_branches": [], "missing_branches": []}
ENOUGH = "\n{} % of the lines and branches of goods and more run; 78 % have to.\n"
NOTHING = {name: [] for name in NEVER}


def run(root, *argv, **env):
    own = {"PYTHONPATH": str(CHECKOUT), "COVERAGE_FILE": "out/all.json", "COVERAGE_OF": ""}
    env = {**os.environ, **own, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **env}
    return subprocess.run(
        [sys.executable, "-m", *argv], check=False, cwd=root, env=env, capture_output=True, text=True, timeout=60
    )


def measured(root, name):
    """By file, without what follows from the rest."""
    files = json.loads((root / "out" / name).read_text())["files"]
    return {file: {key: found[key] for key in NEVER} for file, found in files.items()}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project whose tests were measured: all of them, and then one more, of one folder."""
    root = tmp_path_factory.mktemp("tests", numbered=False)  # omitted by name is what is inside of a project
    for name, text in PROJECT.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    whole = run(root, "pytest", "-q", "-ptests.coverage.plugin", "goods")
    assert (whole.returncode, "124 passed" in whole.stdout) == (0, True), whole.stdout + whole.stderr
    late = {"COVERAGE_FILE": "out/gift.json", "COVERAGE_OF": "goods"}
    one = run(root, "pytest", "-q", "-ptests.coverage.plugin", "late", **late)
    assert (one.returncode, "1 passed" in one.stdout) == (0, True), one.stdout + one.stderr
    return root


def test_each_line_and_branch_is_known_that_ran_and_that_did_not(project):
    assert measured(project, "all.json") == {
        "goods/__init__.py": NOTHING,
        "goods/never.py": NEVER,
        "goods/price.py": PRICE,
        "more/count.py": COUNT,
    }


def test_one_folder_may_be_measured_and_only_that(project):
    assert sorted(measured(project, "gift.json")) == ["goods/__init__.py", "goods/never.py", "goods/price.py"]


def test_enough_is_told_with_what_is_missing(project):
    done = run(project, "tests.coverage", "out/all.json")

    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split() for line in done.stdout.splitlines() if line.startswith(("goods", "more"))]
    assert [(file, missing) for file, *_numbers, missing in rows] == [
        ("goods/never.py", "1-2"),
        ("goods/price.py", "15"),
        ("more/count.py", "10"),
    ]
    assert done.stdout.endswith(ENOUGH.format("78.37"))  # 29 of 37


def test_what_ran_in_one_of_several_ran(project):
    done = run(project, "tests.coverage", "out/all.json", "out/gift.json")
    assert done.stdout.endswith(ENOUGH.format("89.18"))  # 33 of 37


def test_too_little_is_refused_in_a_sentence(project):
    done = run(project, "tests.coverage", "out/gift.json")  # 13 of 24

    assert done.returncode == 1
    assert done.stderr == "\n54.16 % of the lines and branches of goods and more run: less than 78 %.\n"


def test_tests_that_wrote_nothing_are_named(project):
    done = run(project, "tests.coverage", "out/all.json", "out/unit.json", "out/other.json")
    assert (done.returncode, done.stderr) == (
        1,
        "Not measured: unit.json, other.json: their tests did not run to their end.\n",
    )


def test_nothing_at_all_is_not_enough(project):
    (project / "empty").mkdir()
    nothing = {"COVERAGE_FILE": "out/empty.json", "COVERAGE_OF": "empty"}
    assert run(project, "pytest", "-q", "-ptests.coverage.plugin", "late", **nothing).returncode == 0

    done = run(project, "tests.coverage", "out/empty.json")

    assert (done.returncode, done.stderr) == (1, "Not measured: no file was there to be measured.\n")


@pytest.mark.parametrize(
    ("before", "env", "said"),
    [
        (("-pgoods.price",), {}, "Imported before it could be measured: goods, goods.price"),
        ((), {"PYTEST_XDIST_WORKER": "gw0"}, "Coverage is measured in one process: leave -n out."),
    ],
)
def test_what_cannot_be_measured_whole_is_refused_and_leaves_no_old_result(project, before, env, said):
    (project / "out" / "old.json").write_text("{}")

    done = run(project, "pytest", *before, "-ptests.coverage.plugin", "late", COVERAGE_FILE="out/old.json", **env)

    assert done.returncode != 0
    assert said in done.stderr
    assert not (project / "out" / "old.json").exists()
