"""nginx with our file, before peers that write down what reaches them."""

from __future__ import annotations

import http.client
import shutil
import socket
import subprocess
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from config.contexts import CONTEXTS
from config.dev.ports import HOST, free_ports
from config.gateway import locations
from config.gateway_file import Gateway, render

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


class Peer(ThreadingHTTPServer):
    """An instance of a unit; `manner` is what it does with a request once it has read it."""

    daemon_threads = True

    def __init__(self, manner: str = "answer") -> None:
        super().__init__((HOST, 0), Answers)
        self.manner = manner
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        self.connections: set[Any] = set()
        self.body, self.headers = b'{"ok":true}', {"Content-Type": "application/json"}
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def address(self) -> str:
        return f"{HOST}:{self.server_address[1]}"

    def handle_error(self, *_: Any) -> None:
        """A connection that is cut is this peer's manner."""


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Peer

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        peer = self.server
        peer.seen.append((self.command, self.path, dict(self.headers)))
        peer.connections.add(self.client_address)
        if peer.manner == "die":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        if peer.manner == "slow":
            time.sleep(1)
        kept = peer.headers.get("ETag")
        unchanged = kept is not None and self.headers.get("If-None-Match") == kept
        self.send_response(503 if peer.manner == "busy" else 304 if unchanged else 200)
        for name, value in peer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0" if unchanged else str(len(peer.body)))
        self.end_headers()
        if self.command != "HEAD" and not unchanged:
            self.wfile.write(peer.body)

    do_HEAD = do_POST = do_PATCH = do_PUT = do_DELETE = do_GET  # noqa: N815  # names of the library's server


class Front:
    """nginx before these peers."""

    def __init__(self, folder: Path, *peers: str, extra: str = "") -> None:
        [self.port] = free_ports(1)
        (folder / "shop.d").mkdir(exist_ok=True)
        (folder / "shop.d" / "extra.conf").write_text(extra)
        unit = {"shop": list(peers)}
        asked = Gateway(unit, dict.fromkeys(CONTEXTS, "shop"), resolve=False, folder=str(folder), workers="1")
        asked = replace(asked, listen=f"{HOST}:{self.port}", extra=f"{folder}/shop.d/*.conf", user="root")
        file = folder / "nginx.conf"
        file.write_text(render(asked, locations()))
        self._process = subprocess.Popen([str(NGINX), "-c", str(file), "-e", "stderr"], stderr=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while time.monotonic() < end and self._process.poll() is None:
            try:
                if self.ask("GET", "/healthz")[0] == 200:
                    return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("nginx did not start")

    def ask(
        self, method: str, path: str, *, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, bytes, dict[str, str]]:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=40)
        try:
            connection.request(method, path, body=body or None, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
        finally:
            connection.close()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)
