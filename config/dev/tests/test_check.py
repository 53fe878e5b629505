"""The runner of the checks counts what ran, shows what failed and never says yes when something said no."""

from __future__ import annotations

import sys
import tomllib

import pytest

from config.dev import check
from config.dev.check import Result, Runner
from config.dev.processes import CHECKOUT
from config.dev.stages import ALL, EVERYTHING, LINT, MEASURED, PRODUCT, SEED, TIMED, UNTRACED, Stage


@pytest.fixture(autouse=True)
def logs(tmp_path, monkeypatch):
    monkeypatch.setattr(check, "LOGS", tmp_path)


def stage(name, text, **more):
    return Stage(name, (sys.executable, "-c", text), **more)


def test_stages_run_after_those_that_they_need_and_are_all_reported(capsys):
    stages = [
        stage("last", "print('= 0 =')", after=("first",)),
        stage("first", "print('==== 3 passed, 1 skipped in 0.10s ====')"),
        stage("bad", "print('what went wrong'); raise SystemExit(4)"),
    ]
    results = {result.stage.name: result for result in Runner(stages).run()}
    assert {name: result.code for name, result in results.items()} == {"last": 0, "first": 0, "bad": 4}
    assert list(results).index("first") < list(results).index("last")
    assert check._report(list(results.values()), 1.0) == 1
    out = capsys.readouterr().out
    assert "what went wrong" in out
    assert "failed: bad" in out
    assert out.endswith("4 passed, 1 failed, 1 skipped\n")


@pytest.mark.parametrize(
    ("loads", "at_once"), [((1.0, 1.0, 1.0), 2), ((0.4, 1.0, 1.0, 0.8), 3), ((0.8, 0.8, 0.8, 0.8), 3), ((9.0,), 1)]
)
def test_as_many_stages_run_at_once_as_their_loads_leave_room_for(monkeypatch, loads, at_once):
    monkeypatch.setattr(check.os, "cpu_count", lambda: 2)
    runner = Runner([stage(str(number), "input()", load=load) for number, load in enumerate(loads)])
    guard = check.Guard()
    try:
        runner._start_what_can(guard)
        assert list(runner._running) == [str(number) for number in range(at_once)]
    finally:
        for _stage, process, _began in runner._running.values():
            process.kill()
        guard.close()


def test_a_stage_that_hangs_is_ended_and_failed():
    [result] = Runner([stage("slow", "import time; time.sleep(60)", limit_seconds=0.2)]).run()
    assert (result.code, result.counts) == (124, {"failed": 1})


@pytest.mark.parametrize(
    ("code", "closing", "counts"),
    [
        (0, "==== 12 passed in 3.45s ====", {"passed": 12}),
        (1, "== 1 failed, 2 passed, 1 error in 3.45s (0:00:03) ==", {"failed": 1, "passed": 2, "error": 1}),
        (0, "no tests here", {"passed": 1}),
        (2, "", {"failed": 1}),
        (1, "==== 12 passed in 3.45s ====", {"passed": 12, "failed": 1}),
        (5, "==== no tests ran in 0.01s ====", {"failed": 1}),
    ],
)
def test_closing_lines_are_counted(code, closing, counts):
    assert Result(stage("x", ""), code, 1.0, f"noise\n{closing}\n").counts == counts


def test_stages_are_chosen_by_a_part_of_their_name():
    assert {one.name for one in check._chosen(["unit"])} == {
        "unit-mongodb-mono-engine",
        "unit-sqlite-mono-measured",
        "unit-sqlite-mono-untraced",
        "unit-mongodb-strict",
    }
    assert check._chosen([]) == list(ALL)


@pytest.mark.parametrize(
    ("store", "shape", "names"),
    [
        ("mongodb", "split", ["journeys-mongodb-split", "concurrency-mongodb-split", "faults-mongodb-split"]),
        ("", "strict", ["journeys-sqlite-strict", "concurrency-sqlite-strict", "faults-sqlite-strict"]),
        ("mongodb", "", ["journeys-mongodb-mono", "concurrency-mongodb-mono", "faults-mongodb-mono"]),
        ("sqlite", "duo", [f"{suite}-sqlite-duo-{SEED}" for suite in ("journeys", "concurrency", "faults")]),
    ],
)
def test_a_shape_or_an_engine_that_is_named_gets_journeys_races_and_crashes(store, shape, names):
    chosen = check._chosen([], store, shape)
    assert [one.name for one in chosen] == names
    assert {one.env["STORE"] for one in chosen} == {store or "sqlite"}
    assert [f"{one.name.partition('-')[0]}-{one.env['STORE']}-{one.env['SHAPE']}" for one in chosen] == names


def test_the_usual_engine_alone_is_no_choice_and_words_choose_among_the_chosen():
    assert check._chosen([], "sqlite", "") == list(ALL)
    [one] = check._chosen(["journeys"], "sqlite", "accounts+catalog+cart/orders+payments+notifications")
    assert check._log(one).parent == check.LOGS
    assert one.env["SHAPE"] == "accounts+catalog+cart/orders+payments+notifications"
    assert check._chosen(["lint"], "mongodb", "split") == list(LINT)


@pytest.mark.parametrize(
    ("variable", "value", "said"), [("SHAPE", "cube", "none of mono, strict, split"), ("STORE", "oracle", "STORE: 'or")]
)
def test_a_shape_or_an_engine_that_nobody_knows_is_refused_in_a_sentence(monkeypatch, capsys, variable, value, said):
    monkeypatch.setenv(variable, value)
    assert check.main([]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert said in told.err


def test_each_test_runs_once_on_sqlite_with_coverage_or_without():
    testpaths = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["testpaths"]
    named = {word for word in MEASURED[0].argv[3:] if not word.startswith("-")}
    assert (named, {*PRODUCT, *UNTRACED}) == (set(PRODUCT), {*testpaths, *TIMED})
    assert [word for word in MEASURED[0].argv if word.startswith("--ignore")] == [f"--ignore={file}" for file in TIMED]


def test_no_two_stages_have_one_name():
    assert len({one.name for one in ALL}) == len(ALL)


def test_everything_is_each_suite_on_each_engine_in_each_shape():
    chosen = {one.name for one in check._chosen(["everything"])}

    for suite in ("unit", "start", "concurrency", "journeys", "faults"):
        for store in ("sqlite", "mongodb"):
            for shape in ("mono", "strict"):
                assert any(name.startswith(f"{suite}-{store}-{shape}") for name in chosen)
    alone = {one.name.replace("-races", "") for one in ALL}  # there each suite has a stage of its own
    assert alone - chosen == {"fuzz-sqlite-mono", "model-sqlite-mono"}  # there in strict
    assert len(chosen) == len(EVERYTHING)
    assert [one.name for one in check._chosen(["everything", "fuzz"])] == ["fuzz-sqlite-strict", "fuzz-mongodb-strict"]
