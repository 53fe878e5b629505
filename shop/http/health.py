"""Is the process alive, and can it serve? The first costs nothing, the second asks everything that it needs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.cache import caches
from django.db import connections
from django.http import HttpRequest, HttpResponse, JsonResponse

from shop.http.draining import is_draining

logger = logging.getLogger("shop.http")
SECONDS = 2.0


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse(b'{"status":"ok"}', content_type="application/json")


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when every local database, the broker and the cache answer; 503 naming those that do not, or when it ends."""
    found = {} if is_draining() else _ask(_checks())
    down = sorted(name for name, ok in found.items() if not ok) if found else ["draining"]
    status = "ready" if not down else "not_ready"
    response = JsonResponse({"status": status, "down": down, "checked": sorted(found)}, status=503 if down else 200)
    if down:
        response["Retry-After"] = "1"
    return response


def _checks() -> dict[str, Callable[[], Any]]:
    checks: dict[str, Callable[[], Any]] = {f"database:{alias}": _database(alias) for alias in settings.SHOP_CONTEXTS}
    if settings.SHOP_WAKE == "celery":
        checks["broker"] = _broker
    checks["cache"] = lambda: caches["default"].get("readyz")
    return checks


def _ask(checks: dict[str, Callable[[], Any]]) -> dict[str, bool]:
    """All at once, none longer than SECONDS; one that hangs keeps its thread, not the answer."""
    pool = ThreadPoolExecutor(len(checks), thread_name_prefix="readyz")
    asked = {name: pool.submit(check) for name, check in checks.items()}
    found = {}
    for name, answer in asked.items():
        try:
            answer.result(timeout=SECONDS)
            found[name] = True
        except (Exception, Late) as error:  # noqa: BLE001  # whatever it is, this part is down
            logger.warning("not ready: %s", name, extra={"error": f"{type(error).__name__}: {error}"})
            found[name] = False
    pool.shutdown(wait=False, cancel_futures=True)
    return found


def _database(alias: str) -> Callable[[], None]:
    def check() -> None:
        connection = connections[alias]
        try:
            if connection.vendor == "mongodb":
                connection.database.command("ping")  # type: ignore[attr-defined]
            else:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1")
        finally:
            connection.close()  # of this thread only

    return check


def _broker() -> None:
    with current_app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=0, timeout=int(SECONDS))
