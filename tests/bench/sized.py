"""A shop of one size for `scale`: made if it is not there yet, then asked as a server would ask it."""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

OUT = sys.stdout


def main(products: int) -> None:
    """Answer each line of stdin with one line on stdout."""
    sys.stdout = sys.stderr
    import django
    from django.core.management import call_command

    django.setup()
    from apps.catalog.models import Product
    from apps.catalog.providers.search.reader import reader
    from apps.catalog.services.index_products import follower, rebuild
    from shop.http.wsgi import Handler

    call_command("migrate", verbosity=0)
    count = Product.objects.filter(slug__startswith="bulk-").count()
    if count < products:
        call_command("seed", "--products", str(products))
    if reader().store.current() is None:
        rebuild(reader().store)
    follower().step()
    state = reader().state()
    tell(f"{state.products} products, index of {state.searcher.num_segments} segments")
    server = Server(Handler(), reader)
    for line in sys.stdin:
        question = json.loads(line)
        tell(next(answer for name, answer in server.answers.items() if name in question)(**question))


def tell(answer: Any) -> None:
    """One line."""
    OUT.write(json.dumps(answer) + "\n")
    OUT.flush()


class Server:
    """The WSGI application, called as granian calls it."""

    def __init__(self, application: Any, reader: Any) -> None:
        self.application = application
        self.reader = reader
        self.answers: dict[str, Callable[..., Any]] = {"page": self.page, "cards": self.cards, "ask": self.asked}

    def asked(self, *, ask: str, times: int, cold: bool) -> list[float]:
        """Milliseconds of each answer."""
        environ = _environ(ask)
        took = []
        for _ in range(times):
            if cold:
                state = self.reader().state()
                state._answers.clear()
                state._pages.clear()
                state.warm(None)
            started = time.perf_counter()
            self._get(dict(environ))
            took.append((time.perf_counter() - started) * 1000)
        return took

    def cards(self, *, cards: str) -> int | None:
        """How many products a list shows."""
        shown = json.loads(self._get(_environ(cards))).get("data")
        return None if shown is None else len(shown)

    def page(self, *, page: int, of: str) -> str:
        """The address of a page, found by walking to it."""
        url = of
        for _ in range(page - 1):
            body = json.loads(self._get(_environ(url)))
            url = f"{of}&after={body['next_cursor']}"
        return url

    def _get(self, environ: dict[str, Any]) -> bytes:
        heads: list[str] = []
        answer = self.application(environ, lambda status, _headers, *_: heads.append(status))
        body = b"".join(answer)
        answer.close()
        assert heads == ["200 OK"], (heads, body)
        return body


def _environ(path: str) -> dict[str, Any]:
    parts = urlsplit(f"/api/v1{path}")
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "HTTP_ACCEPT": "application/json",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(b""),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    main(int(sys.argv[1]))
