"""The other end of `remote`: believe the headers, do it, answer bytes."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping

import msgspec
from django.conf import settings

from shop.errors import DomainError, Unavailable

from .declare import PORTS, Port
from .remote import REFUSED
from .run import carry_out
from .signing import verify

logger = logging.getLogger(__name__)


def serve(context: str, port: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    """Answer `POST /internal/<context>.v<version>/<port>`; `context` may come with its version."""
    name, _, version = context.partition(".v")
    work = _work(name, version, port)
    if work is None:
        return 404, _error(f"{context} has no port {port} here")
    path, handle = work
    scope = verify(name, path, headers, body)
    if scope is None:
        return 401, _error("signature is missing, wrong or too old")
    with scope:
        return _outcome(path, handle, body)


def _outcome(path: str, handle: Callable[[bytes], bytes], body: bytes) -> tuple[int, bytes]:
    try:
        return 200, handle(body)
    except DomainError as error:
        return REFUSED, msgspec.json.encode(error.to_wire())
    except msgspec.DecodeError as error:
        return 400, _error(str(error))
    except Unavailable as error:
        logger.warning("%s: %s", path, error)
        return 503, msgspec.json.encode(error.to_wire())
    except Exception:
        logger.exception("%s failed", path)
        return 500, _error("internal error")


def _work(context: str, version: str, port: str) -> tuple[str, Callable[[bytes], bytes]] | None:
    if context not in settings.SHOP_CONTEXTS:
        return None
    if port == "events":
        # Late: events are sent by ports' client, and served here.
        from shop.events.transport import EVENTS_VERSION, path_of, receive

        return (path_of(context), functools.partial(receive, context)) if version in {"", EVENTS_VERSION} else None
    known = PORTS.get((context, port))
    if known is None or version not in {"", str(known.version)}:
        return None
    return known.path, lambda body: _answer(known, body)


def _answer(port: Port, body: bytes) -> bytes:
    return msgspec.json.encode(carry_out(port, port.decode(body)))


def _error(detail: str) -> bytes:
    return msgspec.json.encode({"error": detail})
