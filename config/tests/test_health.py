"""A container is well when its web server says that it is ready, which is found out with Python alone."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from config import health
from config.env import CHECKOUT


class Web(BaseHTTPRequestHandler):
    """Says what it was told to say, and remembers what it was asked."""

    status = 200
    asked: tuple[str, str | None]

    def do_GET(self):
        type(self).asked = self.path, self.headers["Host"]
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(b'{"status": "so"}')

    def log_message(self, *_):
        pass


@pytest.fixture
def port() -> Iterator[str]:
    """Of a web server on this machine."""
    server = HTTPServer(("127.0.0.1", 0), Web)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield str(server.server_port)
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (404, 1)])
def test_it_is_healthy_only_where_somebody_answers_that_all_is_ready(monkeypatch, capsys, port, status, code):
    monkeypatch.setattr(Web, "status", status)
    assert health.ask(port) == code
    assert capsys.readouterr().out == '{"status": "so"}\n'


@pytest.mark.parametrize(
    ("hosts", "host"),
    [("shop.example,www.shop.example", "shop.example"), (" .shop.example", "shop.example"), ("", "127.0.0.1"),
     ("*", "127.0.0.1")],
)  # fmt: skip
def test_it_asks_by_a_name_that_the_shop_listens_to(port, hosts, host):
    assert health.ask(port, hosts) == 0
    assert Web.asked == ("/readyz", host)


def test_where_nobody_answers_it_is_not_healthy(capsys):
    assert health.ask("1") == 1
    assert "refused" in capsys.readouterr().out


def test_the_image_finds_it_out_with_python_alone(port, tmp_path):
    file = CHECKOUT / "config" / "health.py"
    env = {"SHOP_PORT": port, "ALLOWED_HOSTS": "shop.example"}
    done = subprocess.run([sys.executable, "-I", "-S", file], env=env, cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b'{"status": "so"}\n', b"")
