"""What `make bench` measures the shop beside is there: it is run too seldom to find out by itself."""

from __future__ import annotations

import urllib.request
from pathlib import Path

from config import roles
from config.dev.ports import HOST, free_ports
from config.dev.processes import Guard, Process
from tests.bench.rivals import bare


def test_a_bare_server_starts_from_webs_command_line_and_answers_the_shops_bytes(tmp_path: Path) -> None:
    for name in ("list", "detail"):
        (tmp_path / name).write_text(f'{{"page": "{name}"}}')
    [port] = free_ports(1)
    program = bare("granian", port, roles.web(HOST, 1, workers=1, threads=2), {"BENCH_BODIES": str(tmp_path)})
    guard = Guard()
    with (tmp_path / "log").open("w") as log:
        process = Process(program, guard, log)
    try:
        process.wait_ready(30)
        with urllib.request.urlopen(f"http://{HOST}:{port}/list", timeout=10) as answer:
            assert answer.read() == b'{"page": "list"}'
    finally:
        process.kill()
        guard.close()
