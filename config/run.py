"""`python -m config.run ROLE`: the one entry point of the image. Without a role it says which there are."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from config import health, key_rotation, roles, secret_values
from config.env import CHECKOUT, ConfigurationError, Environment, environment

ANYWHERE = "0.0.0.0"  # noqa: S104  # inside a container, whose ports somebody else opens or not


def main(argv: Sequence[str]) -> int:
    """Become the role's process, or do its work. 2 with one sentence when it cannot start."""
    name, *rest = argv or [""]
    role = ROLES.get(name)
    if role is None:
        print(f"{name!r} is no role; there are {', '.join(ROLES)}." if name else usage(), file=sys.stderr)
        return 2
    try:
        return role(rest)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2


def usage() -> str:
    """The roles, each with what it is."""
    return "\n".join(f"  {name:<12}{_told(role)}" for name, role in ROLES.items())


def _told(role: Callable[[Sequence[str]], int]) -> str:
    return " ".join(str(role.__doc__).split())


def _web(rest: Sequence[str]) -> int:
    """answers HTTP on SHOP_PORT"""
    _refuse(rest)
    env = environment()
    size = {"workers": env.web_workers, "threads": env.web_threads}
    return _become(roles.web(ANYWHERE, env.ports["SHOP_PORT"], **size, drain=env.web_drain_seconds))


def _back_office(rest: Sequence[str]) -> int:
    """is web with the admin of a shop taken apart: every database, no jobs of its own"""
    os.environ.setdefault("SHOP_UNIT", "back-office")
    os.environ.setdefault("SHOP_WAKE", "none")
    return _web(rest)


def _worker(rest: Sequence[str]) -> int:
    """runs jobs; with --beat it rings them too"""
    if rest not in ([], ["--beat"]):
        _refuse(rest)
    env = environment()
    name = f"{env.unit}@{os.uname().nodename}"
    return _become(roles.worker(env.contexts, processes=env.worker_processes, name=name, beat="--beat" in rest))


def _beat(rest: Sequence[str]) -> int:
    """rings the jobs; one process is enough, and two do no harm"""
    _refuse(rest)
    environment()
    return _become(roles.beat())


def _migrate(rest: Sequence[str]) -> int:
    """brings the databases up to date and ends"""
    return _manage(["migrate", *rest])


def _manage(rest: Sequence[str]) -> int:
    """is manage.py, such as `manage createsuperuser`"""
    return _become((roles.PYTHON, str(CHECKOUT / "manage.py"), *rest))


def _secrets(rest: Sequence[str]) -> int:
    """prints an environment file for Compose with new secrets; --demo for a shop to try, --services for six services;
    --rotate add (then use, then drop): the file from stdin with its keys one step on"""
    if rest[:1] == ["--rotate"]:
        return _rotate(rest[1:])
    if set(rest) - {"--demo", "--services"}:
        _refuse(rest)
    print(secret_values.file(demo="--demo" in rest, services="--services" in rest), end="")
    return 0


def _rotate(rest: Sequence[str]) -> int:
    [step, *more] = rest or [""]
    if step not in key_rotation.STEPS or more:
        raise ConfigurationError("ROLE", f"secrets --rotate takes one of {', '.join(key_rotation.STEPS)}.")
    try:
        print(key_rotation.rotated(sys.stdin.read(), step), end="")
    except key_rotation.WrongStep as error:
        raise ConfigurationError("KEYS", str(error)) from None
    return 0


def _health(rest: Sequence[str]) -> int:
    """ends with 0 when the web server of this container is ready; `health worker`: when its jobs have run lately"""
    env = environment()
    if rest == ["worker"]:
        return _jobs_ran(env)
    _refuse(rest)
    return health.ask(str(env.ports["SHOP_PORT"]), env.allowed_hosts[0])


def _fake(module: str, arguments: Callable[[Environment], list[str]]) -> Callable[[Sequence[str]], int]:
    def role(rest: Sequence[str]) -> int:
        _refuse(rest)
        env = environment()
        if not env.embedded:
            raise ConfigurationError("SHOP_MODE", "a fake is refused in production.")
        return _become((roles.PYTHON, "-m", module, *arguments(env)))

    role.__doc__ = f"is {module.rpartition('.')[2]} for a shop to try: SHOP_MODE=embedded only"
    return role


def _fake_stripe(env: Environment) -> list[str]:
    keys, data = env.stripe, env.data_dir / "stripe.sqlite3"
    return [
        "--host", ANYWHERE, "--port", str(env.ports["FAKE_STRIPE_PORT"]), "--data", str(data),
        "--webhook-url", f"{env.public_url}/api/v1/webhooks/stripe", "--webhook-secret", keys.webhook_secret,
        "--account", f"{keys.secret_key}:{keys.publishable_key}",
    ]  # fmt: skip


def _fake_twilio(env: Environment) -> list[str]:
    return ["--host", ANYWHERE, "--port", str(env.ports["FAKE_TWILIO_PORT"]), "--data", str(env.data_dir / "twilio")]


def _mailbox(env: Environment) -> list[str]:
    ports = ["--http-port", str(env.ports["MAILBOX_PORT"]), "--smtp-port", str(env.ports["SMTP_PORT"])]
    return ["--host", ANYWHERE, *ports, "--data", str(env.data_dir / "mailbox")]


def _refuse(rest: Sequence[str]) -> None:
    if rest:
        raise ConfigurationError("ROLE", f"it takes no {rest[0]!r}.")


def _become(argv: Sequence[str]) -> int:
    sys.stdout.flush()
    os.chdir(CHECKOUT)
    os.execv(argv[0], list(argv))  # noqa: S606  # no shell: signals reach the process itself


def _jobs_ran(env: Environment) -> int:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from shop.jobs import silent_contexts

    silent = silent_contexts(env.contexts)
    print(f"No job has run lately of: {', '.join(silent)}" if silent else "Jobs run.")
    return 1 if silent else 0


ROLES: dict[str, Callable[[Sequence[str]], int]] = {
    "web": _web,
    "back-office": _back_office,
    "worker": _worker,
    "beat": _beat,
    "migrate": _migrate,
    "manage": _manage,
    "health": _health,
    "secrets": _secrets,
    "fake-stripe": _fake("apps.payments.fakes.stripe", _fake_stripe),
    "fake-twilio": _fake("apps.notifications.fakes.twilio", _fake_twilio),
    "mailbox": _fake("apps.notifications.fakes.mailbox", _mailbox),
}

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    raise SystemExit(main(sys.argv[1:]))
