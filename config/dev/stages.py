"""The stages of `make test`: what is checked, on which engine and in which shape. The long ones come first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from config.dev.processes import CHECKOUT, PYTHON

COVERAGE = CHECKOUT / "var" / "coverage"
TEST_SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.settings", "SHOP_ENV_FILE": ""}
BY_CONFTEST = {"DJANGO_SETTINGS_MODULE": "", "SHOP_ENV_FILE": ""}
"""conftest.py names the settings, once the MongoDB that they ask for is there."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One command of the checks."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    limit_seconds: float = 2400
    waits: bool = False
    """For processes to come back and queues to be empty, more than it computes: it leaves its core to another."""

    @property
    def needs_mongod(self) -> bool:
        """Whether a MongoDB server is started for it."""
        return self.env.get("STORE") == "mongodb"


def _tool(name: str, *argv: str) -> Stage:
    return Stage(name, (PYTHON, "-m", *argv), TEST_SETTINGS, limit_seconds=240)


def _manage(name: str, *argv: str) -> Stage:
    return Stage(name, (PYTHON, "manage.py", *argv), TEST_SETTINGS, limit_seconds=120)


def _unit(store: str, shape: str) -> Stage:
    """The in-process suite. Coverage is taken on SQLite in mono, and on MongoDB of the engine that only runs there."""
    name = f"unit-{store}-{shape}"
    env = {"STORE": store, "SHAPE": shape, **BY_CONFTEST, "COVERAGE_FILE": str(COVERAGE / f".coverage.{name}")}
    measured = {"unit-sqlite-mono": "--cov", "unit-mongodb-mono": "--cov=shop/db/mongodb"}.get(name)
    return Stage(name, (PYTHON, "-m", "pytest", *((measured, "--cov-report=") if measured else ())), env)


def _black_box(folder: str, store: str, shape: str, *argv: str) -> Stage:
    """Tests over HTTP against the whole product, started as `make up` starts it."""
    env = {"STORE": store, "SHAPE": shape, **BY_CONFTEST}
    return Stage(f"{folder}-{store}-{shape}", (PYTHON, "-m", "pytest", f"tests/{folder}", *argv), env)


LINT = (
    _tool("types", "mypy", "apps", "shop", "config", "tests", "conftest.py"),
    _tool("style", "ruff", "check", "."),
    _tool("format", "ruff", "format", "--check", "."),
    Stage(
        "walls", (PYTHON, "-c", "import sys; from importlinter.cli import lint_imports_command as run; sys.exit(run())")
    ),
    _manage("migrations", "makemigrations", "--check", "--dry-run"),
    _manage("contracts", "contracts", "--check"),
    _tool("openapi", "config.dev.openapi"),
)

UNITS = (_unit("mongodb", "mono"), _unit("sqlite", "mono"), _unit("sqlite", "strict"))

LONGEST = replace(_black_box("faults", "sqlite", "mono"), waits=True)

BLACK_BOX = (
    _black_box("faults", "mongodb", "strict", "-m", "sample"),
    _black_box("start", "sqlite", "mono"),
    _black_box("start", "mongodb", "mono"),
    _black_box("concurrency", "sqlite", "mono"),
    _black_box("concurrency", "mongodb", "mono"),
    _black_box("journeys", "sqlite", "mono"),
    _black_box("journeys", "mongodb", "strict"),
    _black_box("journeys", "mongodb", "mono"),
    _black_box("journeys", "sqlite", "strict"),
)

FUZZ = _black_box("fuzz", "sqlite", "mono", "-s")  # in this process: as real as over a socket, and ten times as fast

COVER = Stage(
    "coverage",
    (
        "sh",
        "-c",
        '"$0" -m coverage combine --keep --quiet "$1" && "$0" -m coverage report --fail-under=90',
        PYTHON,
        str(COVERAGE),
    ),
    {"COVERAGE_FILE": str(COVERAGE / ".coverage")},
    after=tuple(stage.name for stage in UNITS),
)

ALL = (LONGEST, *UNITS, FUZZ, *BLACK_BOX, *LINT, COVER)
"""`make test`."""


def _patient(stage: Stage, **env: str) -> Stage:
    return replace(stage, limit_seconds=3600, env={**stage.env, **env})


MATRIX = tuple(
    _patient(_black_box(folder, store, shape))
    for folder in ("start", "concurrency", "journeys", "faults")
    for store in ("sqlite", "mongodb")
    for shape in ("mono", "strict")
)
EVERYTHING = (
    *MATRIX,
    *UNITS,
    _unit("mongodb", "strict"),
    *(_patient(_black_box("fuzz", store, "strict", "-s"), CASES="5000") for store in ("sqlite", "mongodb")),
    *(_patient(_black_box("model", store, "strict", "-s"), STEPS="2000") for store in ("sqlite", "mongodb")),
    *LINT,
    COVER,
)
"""`make test-all`: every suite on every engine and in every shape that pip can bring."""
