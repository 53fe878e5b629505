"""The little HTTP server under both fakes: HTTP/1.1 with keep-alive, one handler function, a common look."""

from __future__ import annotations

import json
import math
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qsl

Json = dict[str, Any]
LARGEST_BODY = 1 << 20
LONGEST_SECONDS = 3600
MOST = 10_000
LONGEST_NUMBER = 16

_STYLE = """
:root{color-scheme:light}
body{font:15px/1.55 system-ui,sans-serif;margin:0;color:#1f2933;background:#f5f6f8}
header{background:#fff;border-bottom:1px solid #e1e5ea;padding:.8rem 1.5rem;display:flex;gap:1rem;align-items:baseline}
header a{color:inherit;text-decoration:none;font-weight:600}header span,.note{color:#697586}
main{max-width:62rem;margin:1.5rem auto;padding:0 1rem}
table{width:100%;border-collapse:collapse;background:#fff;border:1px solid #e1e5ea;border-radius:6px}
th,td{text-align:left;padding:.55rem .8rem;border-bottom:1px solid #eceff3;vertical-align:top}
th{color:#697586;font-weight:500;font-size:.9em}tr:last-child td{border-bottom:0}
td a{color:#2447a8;text-decoration:none}td a:hover{text-decoration:underline}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dt{color:#697586}dd{margin:0}
pre,iframe{background:#fff;border:1px solid #e1e5ea;border-radius:6px;padding:1rem}
pre{white-space:pre-wrap;overflow-wrap:anywhere}
iframe{width:100%;height:32rem;padding:0}h1{font-size:1.25rem}h2{font-size:1rem;margin-top:1.5rem}
"""
# Replaces the list when it changed; nothing moves when it did not.
_REFRESH = """
setInterval(async()=>{try{const t=await(await fetch(location.href)).text();
const n=new DOMParser().parseFromString(t,'text/html').querySelector('main').innerHTML,m=document.querySelector('main');
if(m.innerHTML!==n)m.innerHTML=n}catch(e){}},2000)
"""


@dataclass(frozen=True)
class Request:
    """A request, already read; `params` joins query and form."""

    method: str
    path: str
    params: dict[str, str]
    headers: Mapping[str, str]
    content_type: str


@dataclass(frozen=True)
class Reply:
    """What is written."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


class HangUp(Exception):
    """Close the connection without an answer."""


def as_json(body: object, status: int = 200) -> Reply:
    """Answer JSON."""
    return Reply(status, json.dumps(body, indent=2).encode())


def page(title: str, note: str, body: str, *, refresh: bool = False) -> Reply:
    """Answer a page in the common look; `body` is already safe HTML."""
    script = f"<script>{_REFRESH}</script>" if refresh else ""
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f'<header><a href="/">{escape(title)}</a><span>{escape(note)}</span></header>'
        f"<main>{body}</main>{script}</body></html>"
    )
    return Reply(200, text.encode(), "text/html; charset=utf-8", {"Cache-Control": "no-store"})


def table(columns: list[str], rows: list[list[str]], *, empty: str) -> str:
    """A table of cells that are already safe HTML."""
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    nothing = f'<tr><td class="note" colspan="{len(columns)}">{escape(empty)}</td></tr>'
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines or nothing}</tbody></table>"


def number(params: dict[str, str], name: str, default: int) -> int:
    """A whole number among the parameters, else the default."""
    text = params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < LONGEST_NUMBER else default


def whole_of(text: str, least: int, most: int) -> int:
    """A whole number within bounds. Raises ValueError with what is allowed."""
    if not text.isascii() or not text.isdigit() or len(text) > len(str(most)) or not least <= int(text) <= most:
        raise ValueError(f"a whole number, from {least} to {most}.")
    return int(text)


def seconds_of(text: str, least: int, most: int) -> float:
    """A time that ends. Raises ValueError with what is allowed."""
    try:
        read = float(text)
    except ValueError:
        read = math.nan
    if not least <= read <= most:
        raise ValueError(f"a number of seconds, from {least} to {most}.")
    return read


class Web:
    """One listening HTTP server with one handler for all requests."""

    def __init__(self, host: str, port: int, answer: Callable[[Request], Reply], *, verbose: bool = False) -> None:
        """Bind; port 0 takes a free one."""
        self._server = _Server((host, port), _Handler)
        self._server.answer = answer
        self._server.verbose = verbose
        self.url = f"http://{host}:{self._server.server_address[1]}"

    def start(self) -> None:
        """Serve in the background."""
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="http", daemon=True).start()

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    answer: Callable[[Request], Reply]
    verbose: bool


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 120

    def _serve(self) -> None:
        server = cast("_Server", self.server)
        try:
            self._write(server.answer(self._read()))
        except (HangUp, BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        except Exception:  # noqa: BLE001 - a bug of the fake must be seen, never swallowed
            traceback.print_exc()
            self.close_connection = True
            self._write(as_json({"message": "A bug of the fake; see its log."}, 500))

    do_GET = do_POST = do_DELETE = _serve  # noqa: N815 - the library's names

    def _read(self) -> Request:
        length = self.headers.get("Content-Length", "0")
        size = int(length[:LONGEST_NUMBER]) if length.isascii() and length.isdigit() else 0
        if size > LARGEST_BODY:
            raise HangUp
        body = self.rfile.read(size).decode(errors="replace")
        path, _, query = self.path.partition("?")
        content_type = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        pairs = parse_qsl(query, keep_blank_values=True)
        if content_type == "application/x-www-form-urlencoded":
            pairs += parse_qsl(body, keep_blank_values=True)
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(self.command, path, dict(pairs), headers, content_type)

    def _write(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """One line per request, only if asked."""
        if cast("_Server", self.server).verbose:
            sys.stderr.write(f"{format % args}\n")


def run_until_stopped(start: Callable[[], str], stop: Callable[[], None]) -> int:
    """Start, print the line that `start` answers, wait for SIGTERM or Ctrl-C, stop."""
    ended = threading.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: ended.set())
    sys.stdout.write(f"{start()}\n")
    sys.stdout.flush()
    ended.wait()
    stop()
    return 0
