"""`manage.py gateway`: write docker/gateway/*.conf, check them, or print the file of other units."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.contexts import CONTEXTS
from config.env import CHECKOUT
from config.gateway import locations
from config.gateway_file import SHARED, Gateway, monolith, render, services

FOLDER = CHECKOUT / "docker" / "gateway"
FILES = {"nginx.conf": monolith(), "nginx.services.conf": services()}


class Command(BaseCommand):
    """Writes nginx' files. The routes are those of all contexts, so it runs where all are hosted."""

    help = "Write docker/gateway/*.conf from the registry of contexts and their paths; with --unit print another file."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """--check compares instead of writing, --unit prints the file for these units instead."""
        parser.add_argument("--check", action="store_true", help="compare only; exit 1 when one differs")
        unit = "a unit and its instances; repeat it"
        parser.add_argument("--unit", action="append", metavar="NAME=HOST:PORT,HOST:PORT", default=[], help=unit)
        home = "who hosts this context; all others are hosted by the first unit"
        parser.add_argument("--home", action="append", metavar="CONTEXT=UNIT", default=[], help=home)
        parser.add_argument("--shared", metavar="UNIT", help="who answers admin and documents, if not the first unit")
        parser.add_argument("--listen", default="8080", help="port, or address:port")
        inner = "where units call each other, if here: an address inside the network"
        parser.add_argument("--inner", metavar="HOST:PORT", default="", help=inner)
        parser.add_argument("--folder", default="/var/cache/nginx", help="where nginx may write")
        extra = "files to include: TLS, trusted proxies"
        parser.add_argument("--extra", metavar="FILES", default="/etc/nginx/shop.d/*.conf", help=extra)
        parser.add_argument("--user", default="", help="whom its workers run as, if not as whoever starts it")
        fixed = "leave names to the start of nginx, as versions before 1.27.3 must"
        parser.add_argument("--fixed", action="store_true", help=fixed)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write, compare or print."""
        if options["unit"]:
            self.stdout.write(render(_asked(options), locations()), ending="")
            return
        FOLDER.mkdir(parents=True, exist_ok=True)
        for name, gateway in FILES.items():
            file, text = FOLDER / name, render(gateway, locations())
            if not options["check"]:
                file.write_text(text, encoding="utf-8")
                self.stdout.write(f"Wrote {name}")
            elif not file.exists() or file.read_text(encoding="utf-8") != text:
                raise CommandError(f"docker/gateway/{name} differs from the code: run `manage.py gateway`")


def _asked(options: dict[str, Any]) -> Gateway:
    units = {name: addresses.split(",") for name, addresses in _pairs("--unit", options["unit"])}
    first = next(iter(units), SHARED)
    gateway = Gateway(
        units=units,
        homes={**dict.fromkeys(CONTEXTS, first), **dict(_pairs("--home", options["home"]))},
        shared=options["shared"] or first,
        listen=options["listen"],
        inner=options["inner"],
        extra=options["extra"],
        folder=options["folder"],
        user=options["user"],
        resolve=not options["fixed"],
    )
    if unknown := sorted(gateway.homes.keys() - set(CONTEXTS)):
        raise CommandError(f"--home: {unknown[0]} is no context.")
    if unknown := sorted({*gateway.homes.values(), gateway.shared} - units.keys()):
        raise CommandError(f"There is no --unit {unknown[0]}.")
    return gateway


def _pairs(option: str, words: list[str]) -> list[tuple[str, str]]:
    pairs = [word.partition("=") for word in words]
    if wrong := [name for name, equals, value in pairs if not (name and equals and value)]:
        raise CommandError(f"{option}: {wrong[0]!r} is not like NAME=VALUE.")
    return [(name, value) for name, _, value in pairs]
