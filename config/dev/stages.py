"""The stages of `make test`: what is checked, on which engine and in which shape. The long ones come first."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from config.dev.processes import CHECKOUT, PYTHON
from config.dev.units import partition_of

COVERAGE = CHECKOUT / "var" / "coverage"
TIMED = ("apps/accounts/tests/test_same_time.py", "apps/accounts/tests/test_log_in.py")
"""They measure time, which coverage takes too."""
KEPT = {"PYTHONDONTWRITEBYTECODE": ""}
"""What one process compiled, the hundred others of the checks need not compile again."""
TEST_SETTINGS = {**KEPT, "DJANGO_SETTINGS_MODULE": "tests.settings", "SHOP_ENV_FILE": ""}
BY_CONFTEST = {**KEPT, "DJANGO_SETTINGS_MODULE": "", "SHOP_ENV_FILE": ""}
"""conftest.py names the settings, once the MongoDB that they ask for is there."""
ENGINE = "shop/db"
PRODUCT = ("apps", "shop")
UNTRACED = ("config", "tests/architecture", "tests/attacks", "tests/budget", "tests/coverage", "tests/harness", *TIMED)
"""They show nothing of the product's lines that its own tests do not, and measuring costs."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One command of the checks."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    limit_seconds: float = 2400
    load: float = 1.0
    """How much of a core it keeps busy, about: the rest of the time it waits for processes and queues."""

    @property
    def needs_mongod(self) -> bool:
        """Whether a MongoDB server is started for it."""
        return self.env.get("STORE") == "mongodb"


def _tool(name: str, *argv: str) -> Stage:
    return Stage(name, (PYTHON, "-m", *argv), TEST_SETTINGS, limit_seconds=240)


def _manage(name: str, *argv: str) -> Stage:
    return Stage(name, (PYTHON, "manage.py", *argv), TEST_SETTINGS, limit_seconds=120)


def _unit(store: str, shape: str, part: str = "", *argv: str, cov: str = "") -> Stage:
    """The in-process suite or a part of it, with coverage of the folder `cov` or "." of all."""
    name = "-".join(filter(None, ("unit", store, shape, part)))
    env = {"STORE": store, "SHAPE": shape, **BY_CONFTEST}
    if not cov:
        return Stage(name, (PYTHON, "-m", "pytest", *argv), env)
    env |= {"COVERAGE_FILE": str(_measured(name)), "COVERAGE_OF": cov.removeprefix(".")}
    return Stage(name, (PYTHON, "-m", "pytest", "-ptests.coverage.plugin", *argv), env)


def _measured(name: str) -> Path:
    return COVERAGE / f"{name}.json"


def _without(*folders: str) -> tuple[str, ...]:
    return tuple(f"--ignore={folder}" for folder in folders)


RACES = "tests/concurrency"
"""In the process of the journeys, whose shop they share."""


def _black_box(folder: str, store: str, shape: str, *argv: str) -> Stage:
    """Tests over HTTP against the whole product, started as `make up` starts it."""
    env = {"STORE": store, "SHAPE": shape, **BY_CONFTEST}
    what = f"{folder}-races" if RACES in argv else folder
    name = f"{what}-{store}-{shape}".replace("/", "_")  # which is a file's name, too
    return Stage(name, (PYTHON, "-m", "pytest", f"tests/{folder}", *argv), env, load=0.8)


def _with(stage: Stage, **env: str) -> Stage:
    return replace(stage, env={**stage.env, **env})


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

MEASURED = (
    _unit("sqlite", "mono", "measured", *PRODUCT, *_without(*TIMED), cov="."),  # no testpath can be ignored
    _unit("mongodb", "mono", "engine", ENGINE, cov="shop/db/mongodb"),
)
"""Coverage is taken on SQLite in mono, and on MongoDB of the engine that only runs there."""
STORED = (*PRODUCT, "tests/attacks", "tests/budget")
"""What the others show is the same on every engine and in every shape: it is shown once."""
ROLES = "tests/attacks/test_roles.py"
"""Who may do what is asked before any database: it is shown once, and on every engine in `make test-all`."""
UNITS = (
    _unit("mongodb", "strict", "", *STORED, *_without(ENGINE, ROLES)),
    *MEASURED,
    _unit("sqlite", "mono", "untraced", *UNTRACED),
)
"""The in-process suite, whole on both engines and in both shapes; in parts where coverage is taken."""

SAMPLE_OF_CRASHES = "--deselect=tests/faults/test_crashes.py::test_nothing_is_lost_or_doubled_at_a_sample_of_points"
"""Left out where every point is tried anyway."""
LONGEST = replace(_black_box("faults", "sqlite", "mono", SAMPLE_OF_CRASHES), load=0.4)

NOBODYS = "mongodb://127.0.0.1:1/none?replicaSet=none"
"""What is started here brings a server of its own: conftest.py need start none."""
BLACK_BOX = (
    _black_box("journeys", "sqlite", "mono", RACES),
    _black_box("journeys", "mongodb", "strict", RACES, "-k", "not control"),  # they are shown on SQLite
    _black_box("faults", "mongodb", "strict", "-m", "sample"),
    _black_box("start", "sqlite", "mono"),
    _with(_black_box("start", "mongodb", "mono", "-m", "sample"), MONGODB_URI=NOBODYS),
)
"""Each on both engines, and all but the start in both shapes; `make test-all` has every pair of them."""

APART = (
    "--ignore=tests/journeys/test_bad_heads.py",
    "--ignore=tests/journeys/test_bad_input.py",
    "--ignore=tests/journeys/test_connections.py",
)
"""Left out before a gateway: it refuses itself what is no HTTP, and keeps connections of its own."""
IN_PROCESS = "--ignore=tests/faults/test_every_point.py"
"""It knows no address: what it shows is the same in every shape."""
SEED = str(random.SystemRandom().randrange(10_000))
"""Of the two units that the contexts are dealt to: in the stage's name, so that a failure can be repeated."""
SHAPES = (
    _black_box("journeys", "sqlite", "split", *APART),
    _black_box("journeys", "sqlite", f"duo-{SEED}", *APART),
)
"""The same tests against six services behind nginx, and against a pair of units."""
OWN_SHOP = "--ignore=tests/journeys/test_set_aside.py"
"""A setting of payments, for which a whole shop is started: one in each shape is tried in `make test-all`."""
SAMPLES = (
    _with(
        _black_box("journeys", "sqlite", "split", RACES, *APART, OWN_SHOP, "-m", "sample or not race"),
        HALF=f"0/{SEED}",
    ),
    _with(_black_box("journeys", "sqlite", f"duo-{SEED}", *APART, OWN_SHOP), HALF=f"1/{SEED}"),
    _black_box("faults", "sqlite", "split", "-m", "sample", IN_PROCESS),
)
"""Each journey against six services or against two, and of races and crashes a few; `make test-all` has them all."""

BROWSER = replace(_black_box("browser", "sqlite", "mono"), limit_seconds=600)
"""Chromium before a whole shop: what only a browser does to a page. It may have to be installed first."""

TROUBLE = _black_box("shapes", "sqlite", "split", "-m", "sample")
"""Trouble befalls one of six services, clocks are off, keys are rotated. `make test-all` tries every pair of these."""

# In this process: as real as over a socket, and ten times as fast.
FUZZ = replace(_black_box("fuzz", "sqlite", "mono", "-s"), load=1.0)
MODEL = replace(_black_box("model", "sqlite", "mono", "-s"), load=1.0)  # 5,000 steps

COVER = Stage(
    "coverage",
    (PYTHON, "-m", "tests.coverage", *(str(_measured(stage.name)) for stage in MEASURED)),
    after=tuple(stage.name for stage in MEASURED),
)

TYPES, *QUICK = LINT
ALL = (LONGEST, *UNITS, MODEL, FUZZ, TROUBLE, TYPES, *BLACK_BOX, BROWSER, *SAMPLES, *QUICK, COVER)
"""`make test`: what takes half a minute alone does not come last, when the other core has nothing left to do."""


def _patient(stage: Stage, **env: str) -> Stage:
    return replace(_with(stage, **env), limit_seconds=7200)


MATRIX = tuple(
    _patient(_black_box(folder, store, shape), STRIDE="1" if (store, shape) == ("sqlite", "mono") else "5")
    for folder in ("start", "concurrency", "journeys", "faults")
    for store in ("sqlite", "mongodb")
    for shape in ("mono", "strict")
)
SET_ASIDE = replace(
    _black_box("faults/test_every_point.py", "sqlite", "mono"), name="faults-sqlite-mono-set-aside", load=1.0
)
"""All stories once more with money that is only set aside at first."""
EVERYTHING = (
    *MATRIX,
    _patient(SET_ASIDE, PAYMENTS_CAPTURE="manual", STRIDE="3"),
    *SHAPES,
    *(_patient(_black_box("shapes", store, "split")) for store in ("sqlite", "mongodb")),
    *(_patient(_black_box("extracting", store, "mono")) for store in ("sqlite", "mongodb")),
    *(_patient(_black_box("concurrency", store, "split")) for store in ("sqlite", "mongodb")),
    *(_patient(_black_box("faults", store, "split", IN_PROCESS)) for store in ("sqlite", "mongodb")),
    *(_patient(_black_box("failover", store, "split")) for store in ("sqlite", "mongodb")),
    _black_box("side_by_side", "sqlite", "split"),
    *(_black_box("browser", store, "mono") for store in ("sqlite", "mongodb")),
    _patient(_black_box("journeys", "mongodb", "split", *APART)),
    *UNITS,
    _unit("mongodb", "mono", "", *STORED, *_without(ENGINE)),  # the roles, too
    _unit("sqlite", "strict", "", *STORED),
    *(_patient(_black_box("fuzz", store, "strict", "-s"), CASES="5000") for store in ("sqlite", "mongodb")),
    *(_patient(_black_box("model", store, "strict", "-s"), STEPS="2000") for store in ("sqlite", "mongodb")),
    *LINT,
    COVER,
)
"""`make test-all`: every suite on every engine and in every shape that pip can bring."""


def black_boxes(store: str, shape: str) -> tuple[Stage, ...]:
    """`make test SHAPE=split STORE=mongodb`: journeys, races and crashes, whole, on this engine and in this shape.

    Raises UnknownShape.
    """
    shape = f"duo-{SEED}" if shape == "duo" else shape
    apart = partition_of(shape) is not None
    return (
        _patient(_black_box("journeys", store, shape, *(APART if apart else ()))),
        _patient(_black_box("concurrency", store, shape)),
        _patient(_black_box("faults", store, shape, *((IN_PROCESS,) if apart else ()))),
    )
