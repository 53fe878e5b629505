"""What the process consists of: the doors of all contexts, the code of those that run here."""

from __future__ import annotations

import importlib
import importlib.util

import msgspec
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from shop.events import CONSUMERS, EVENTS, HANDLERS
from shop.ports.declare import PORTS, PortError


def package_of(context: str) -> str:
    """Where a context's code is; tests have theirs elsewhere."""
    packages: dict[str, str] = getattr(settings, "SHOP_CONTEXT_PACKAGES", {})
    return packages.get(context, f"apps.{context}")


def load() -> None:
    """Import the two doors of every context, and what listens and works in the local ones."""
    from shop.housekeeping import add_kernel_jobs
    from shop.identity.revocation import add_kernel_subscriber

    for context in settings.SHOP_ALL_CONTEXTS:
        add_kernel_subscriber(context)
        _import(f"{package_of(context)}.contracts")
        _import(f"{package_of(context)}.api")
    for context in settings.SHOP_CONTEXTS:
        add_kernel_jobs(context)
        for module in ("subscribers", "tasks"):
            _import(f"{package_of(context)}.{module}")


def problems() -> list[str]:
    """What does not fit: a port without its function, an event that cannot travel or is not handled."""
    found = []
    for port in PORTS.values():
        if port.context in settings.SHOP_CONTEXTS:
            try:
                _ = port.implementation, port.arguments, port.answer
            except PortError as error:
                found.append(str(error))
    for event in EVENTS.values():
        try:
            msgspec.json.Decoder(event)
        except TypeError as error:
            found.append(f"{event.name} cannot be read from the wire: {error}")
    for name, consumers in sorted(CONSUMERS.items()):
        missing = [one for one in sorted(consumers) if one in settings.SHOP_CONTEXTS and not HANDLERS[one, name]]
        found += [f"{context} says that it consumes {name}, but subscribes nothing to it" for context in missing]
    return found


def check() -> None:
    """Stop the start when something does not fit."""
    found = problems()
    if found:
        raise ImproperlyConfigured("; ".join(found))


def _import(module: str) -> None:
    try:
        exists = importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        exists = False
    if exists:
        importlib.import_module(module)
