"""The Compose files cannot rot: what they say is held against our settings, roles and the gateway's files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from config import run, secret_values, serve
from config.contexts import CONTEXTS
from config.env import CHECKOUT, Environment, read
from config.reader import dotenv

HADOLINT = Path(sys.executable).with_name("hadolint")
DOCKER = CHECKOUT / "docker"
FILES = {"compose.yaml": False, "compose.services.yaml": True}
TOLD = {"STRIPE_KEYS": "sk_live_1 pk_live_1 whsec_1", "EMAIL_URL": "smtp://u:p@mail.example:587?from=shop@example.com"}

LONGEST_END_SECONDS = 5 + serve.LAST_SECONDS + serve.FINISH_SECONDS
"""Of web: as long as it drains by default, and then lets requests finish."""


def compose(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((DOCKER / name).read_text(encoding="utf-8")))


def filled(value: object, values: dict[str, str]) -> str:
    """A value as Compose makes it of ${NAME}, ${NAME:-default} and ${NAME:?why}, which needs one."""

    def one(match: re.Match[str]) -> str:
        name, rest = match[1], match[2] or ""
        assert not rest.startswith(":?") or values.get(name), f"{name} has no value"
        return values.get(name) or rest.removeprefix(":-")

    return re.sub(r"\$\{([A-Z_]+)(:[-?][^}]*)?\}", one, str(value))


def written(tmp_path: Path, *, demo: bool, services: bool) -> dict[str, str]:
    """What `secrets` writes, read as Compose reads it, with what a shop's owner adds."""
    file = tmp_path / ".env"
    file.write_text(secret_values.file(demo=demo, services=services), encoding="utf-8")
    return dotenv(file) | ({} if demo else TOLD)


def environments(name: str, values: dict[str, str]) -> Iterator[tuple[str, list[str], Environment]]:
    """Each service of ours: its name, its command, and its environment as the process would read it."""
    for service, told in compose(name)["services"].items():
        if "build" in told:
            given = {key: filled(value, values) for key, value in told["environment"].items()}
            role = {"SHOP_UNIT": "back-office", "SHOP_WAKE": "none"} if told["command"] == ["back-office"] else {}
            yield service, told["command"], read({"SHOP_DATA_DIR": "/nonexistent", **role, **given}, written=given)


@pytest.mark.parametrize("name", FILES)
def test_the_compose_specification_allows_every_word(name):
    schema = json.loads((DOCKER / "schema" / "compose-spec.json").read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema)
    assert [error.message for error in validator.iter_errors(compose(name))] == []
    assert list(validator.iter_errors({"services": {"web": {"read_onyl": True}}})) != []


@pytest.mark.parametrize("name", FILES)
def test_what_is_not_ours_is_pinned_and_everything_is_limited_and_has_time_to_end(name):
    for service, told in compose(name)["services"].items():
        assert "build" in told or re.search(r":[\w.-]+@sha256:[0-9a-f]{64}$", told["image"]), service
        assert told["mem_limit"], service
        assert told["pids_limit"], service
        assert int(told["stop_grace_period"].removesuffix("s")) >= LONGEST_END_SECONDS, service


def test_the_dockerfile_follows_the_rules_of_its_linter():
    told = subprocess.run([HADOLINT, DOCKER / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout) == (0, "")


@pytest.mark.parametrize("demo", [True, False])
@pytest.mark.parametrize("name", FILES)
def test_every_service_starts_with_what_secrets_writes(tmp_path, name, demo):
    values = written(tmp_path, demo=demo, services=FILES[name])
    for service, command, env in environments(name, values):
        assert command[0] in run.ROLES, service
        assert env.embedded is demo, service
        if command[0] in {"web", "worker", "beat", "migrate"}:
            alone = service.removesuffix("-worker").removesuffix("-migrate")
            assert env.contexts == ((alone,) if FILES[name] else CONTEXTS), service


def test_six_services_have_six_databases_and_the_back_office_all_of_them(tmp_path):
    values = written(tmp_path, demo=False, services=True)
    found = {service: env for service, _, env in environments("compose.services.yaml", values)}
    theirs = {context: found[context].databases[context] for context in CONTEXTS}
    assert [context for context in CONTEXTS if f"//{context}-db:27017" in theirs[context]["HOST"]] == list(CONTEXTS)
    for service, env in found.items():  # the seed and the back office too: host and name, or they see another shop
        for context in env.contexts:
            assert env.databases[context] == theirs[context], service
    office = found["back-office"]
    assert office.contexts == CONTEXTS
    assert office.wake == "none"


def test_a_service_knows_no_secret_that_is_not_its_own(tmp_path):
    values = written(tmp_path, demo=False, services=True)
    for service, _, env in environments("compose.services.yaml", values):
        unit = service.removesuffix("-worker").removesuffix("-migrate")
        if unit not in CONTEXTS:
            continue
        assert bool(env.token_keys) is (unit == "accounts"), service
        assert bool(env.stripe.secret_key) is (unit == "payments"), service
        assert all(unit in pair.split(">") for pair in env.call_keys), service
        assert len(env.call_keys) == 2 * (len(CONTEXTS) - 1), service


@pytest.mark.parametrize(
    ("name", "gateway"), [("compose.yaml", "nginx.conf"), ("compose.services.yaml", "nginx.services.conf")]
)
def test_the_gateway_leads_to_services_that_there_are(name, gateway):
    services = compose(name)["services"]
    text = (DOCKER / "gateway" / gateway).read_text(encoding="utf-8")
    named = set(re.findall(r"^\s*server ([a-z-]+):8000", text, re.MULTILINE))
    assert named == {service for service, told in services.items() if told.get("command") in (["web"], ["back-office"])}
    assert services["gateway"]["volumes"] == [f"./gateway/{gateway}:/etc/nginx/nginx.conf:ro"]


@pytest.mark.parametrize("name", FILES)
def test_whoever_is_waited_for_until_it_is_well_says_how_it_is_whatever_its_image_knows(name):
    services = compose(name)["services"]
    for service, told in services.items():
        for other, how in told.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "test" in services[other]["healthcheck"], f"{service} waits for {other}"


def test_the_compose_files_ask_a_service_how_it_is_as_the_image_does():
    [words] = re.findall(
        r"^HEALTHCHECK (.*) CMD (.*)$", (DOCKER / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE
    )
    asked = {**dict(re.findall(r"--([a-z-]+)=(\w+)", words[0])), "test": ["CMD", *json.loads(words[1])]}
    for name in FILES:
        told = compose(name)["x-shop"]["healthcheck"]
        assert {key.replace("_", "-"): str(value) if key != "test" else value for key, value in told.items()} == asked


@pytest.mark.parametrize("name", FILES)
def test_nothing_runs_as_root_or_writes_where_it_should_not(name):
    for service, told in compose(name)["services"].items():
        assert told["read_only"] is True, service
        assert told["cap_drop"] == ["ALL"], service
        assert told["security_opt"] == ["no-new-privileges:true"], service
        assert "privileged" not in told, service


@pytest.mark.parametrize("name", FILES)
def test_databases_and_broker_are_reached_from_inside_alone(name):
    found = compose(name)
    assert found["networks"]["inside"] == {"internal": True}
    for service, told in found["services"].items():
        if "build" not in told and service != "gateway":
            assert told["networks"] == ["inside"], service
            assert "ports" not in told, service


@pytest.mark.parametrize("name", FILES)
def test_every_name_that_is_waited_for_or_mounted_is_there(name):
    found = compose(name)
    for service, told in found["services"].items():
        assert set(told.get("depends_on", {})) <= set(found["services"]), service
        assert set(told.get("networks", [])) <= set(found["networks"]), service
        mounted = {volume.split(":")[0] for volume in told.get("volumes", [])}
        assert {volume for volume in mounted if not volume.startswith("./")} <= set(found["volumes"]), service
