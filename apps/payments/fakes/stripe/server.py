"""The socket: HTTP/1.1 with keep-alive, strict about methods, lengths and sizes; stops at once."""

from __future__ import annotations

import json
import sys
import threading
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self, cast

from . import shapes
from .control import Control
from .deliveries import Dispatcher, Pace
from .errors import StripeError
from .faults import Dropped
from .gateway import Account, Gateway, Reply, Request
from .store import Store

LARGEST_BODY = 1 << 20
LONGEST_LENGTH = 15
DEFAULT_ACCOUNT = Account("sk_test_shop", "pk_test_shop")


@dataclass(frozen=True)
class Options:
    """How one fake is started. Port 0 takes a free one."""

    port: int = 0
    host: str = "127.0.0.1"
    data: Path | None = None
    webhook_url: str | None = None
    webhook_secret: str = "whsec_shop"
    accounts: list[Account] = field(default_factory=lambda: [DEFAULT_ACCOUNT])
    pace: Pace = field(default_factory=Pace)
    verbose: bool = False


class FakeStripe:
    """One running fake. `start` returns when it listens; `stop` when it does not."""

    def __init__(self, options: Options | None = None) -> None:
        """Bind the port and load what was kept, but answer nothing yet."""
        self.options = options or Options()
        self._http = _Server((self.options.host, self.options.port), _Handler)
        self.store = Store(self.options.data)
        self.dispatcher = Dispatcher(self.store, pace=self.options.pace)
        self.gateway = Gateway(self.store, self.dispatcher, self.options.accounts)
        self._http.fake = self
        self.control = Control(self.gateway)
        self.url = f"http://{self.options.host}:{self._http.server_address[1]}"
        self._register()

    def _register(self) -> None:
        """The endpoint of the start options replaces that of an earlier start."""
        account = self.options.accounts[0].name
        with self.store.transaction():
            same = None
            for endpoint in self.store.all(account, "webhook_endpoint"):
                if endpoint.get("_from_options") and endpoint["url"] == self.options.webhook_url:
                    same = endpoint
                elif endpoint.get("_from_options"):
                    self.store.drop(account, "webhook_endpoint", endpoint["id"])
            if self.options.webhook_url:
                made = same or shapes.webhook_endpoint(
                    url=self.options.webhook_url,
                    enabled_events=["*"],
                    description="from the start options",
                    metadata={},
                )
                made |= {"_secret": self.options.webhook_secret, "_from_options": True}
                self.store.put(account, "webhook_endpoint", made["id"], made)

    def start(self) -> Self:
        """Serve in the background."""
        self.dispatcher.start()
        threading.Thread(target=self._http.serve_forever, args=(0.05,), name="http", daemon=True).start()
        return self

    def stop(self) -> None:
        """Close the port, end deliveries, write the file."""
        self._http.shutdown()
        self._http.server_close()
        self.dispatcher.stop()
        self.store.close()

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()


class _Unreadable(StripeError):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message, status=status)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    fake: FakeStripe


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "FakeStripe"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 120

    def _serve(self) -> None:
        fake = cast("_Server", self.server).fake
        try:
            request = self._read(fake.url)
            if request is None:
                return
            if request.path.startswith("/v1/") or request.path == "/v1":
                self._write(fake.gateway.answer(request))
            else:
                self._write(fake.control.answer(request))
        except Dropped:
            self.close_connection = True
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        except _Unreadable as error:
            self._refuse(error.status, error.message)
        except Exception:  # noqa: BLE001 - a bug of the fake must be seen as a 500, never as silence
            traceback.print_exc()
            self.close_connection = True
            self._refuse(500, "A bug of the fake; see its log.", kind="api_error")

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = do_HEAD = _serve  # noqa: N815 - the library's names

    def do_OPTIONS(self) -> None:
        """A browser asks whether it may send Stripe's requests from the shop's page; it may, as at Stripe."""
        allowed = {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": "GET, POST, DELETE",
            "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Stripe-Version",
        }
        self._write(Reply(200, b"", headers=allowed))

    def _read(self, base_url: str) -> Request | None:
        if "Transfer-Encoding" in self.headers:
            raise _Unreadable(411, "Send a Content-Length; chunked bodies are not read.")
        length = self.headers.get("Content-Length", "0")
        if not length.isascii() or not length.isdigit() or len(length) > LONGEST_LENGTH:
            raise _Unreadable(400, "Invalid Content-Length.")
        if int(length) > LARGEST_BODY:
            self._drain(int(length))
            raise _Unreadable(413, "The request body is too large.")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return None
        path, _, query = self.path.partition("?")
        return Request(self.command, path, query, body, cast("Mapping[str, str]", self.headers), base_url)

    def _drain(self, length: int) -> None:
        """Read on for a while, so that a client that is still sending hears the refusal instead of a reset."""
        left = min(length, 16 * LARGEST_BODY)
        while left > 0:
            piece = self.rfile.read(min(left, 1 << 16))
            left -= len(piece) or left

    def _refuse(self, status: int, message: str, *, kind: str = "invalid_request_error") -> None:
        error = StripeError(message, status=status, kind=kind)
        self.close_connection = True
        self._write(Reply(status, json.dumps(error.body()).encode(), headers={"Connection": "close"}))

    def _write(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """One line per request, only if asked."""
        if cast("_Server", self.server).fake.options.verbose:
            sys.stderr.write(f"fake stripe: {format % args}\n")
