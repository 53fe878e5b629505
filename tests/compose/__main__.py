"""`make compose-test`: the shop of docker/compose.yaml comes up, somebody buys, and all of it ends in time.

SHAPE=split: that of docker/compose.services.yaml. COMPOSE: the command, if it is not `docker compose`; MORE: a further
file, such as one that names other images. The image is built before (`make image`); the shop's data are thrown away.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from config import secret_values
from config.env import CHECKOUT
from config.reader import dotenv
from tests.buyer import Buyer, ask
from tests.harness.controls import Mailbox

COMPOSE = shlex.split(os.environ.get("COMPOSE", "docker compose"))
MORE = os.environ.get("MORE", "")
STRIPE, MAILS = "http://127.0.0.1:12111", "http://127.0.0.1:8025"
SEED_SECONDS = 300
END_SECONDS = 45
"""The longest grace of a service of ours (30 s), and what the engine takes to end two dozen containers."""


class Composed:
    """A project of its own, with secrets of its own."""

    def __init__(self, file: Path, folder: Path, *, services: bool) -> None:
        env_file = folder / "shop.env"
        env_file.write_text(secret_values.file(demo=True, services=services), encoding="utf-8")
        self.values = dotenv(env_file)
        files = [word for one in (str(file), MORE) if one for word in ("--file", one)]
        self._command = [*COMPOSE, "--project-name", "shop-compose-test", "--env-file", str(env_file), *files]

    def run(self, *words: str) -> str:
        """What it printed; anything but success is an error that shows what was said."""
        done = subprocess.run(
            [*self._command, *words], env={**os.environ, **self.values}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{' '.join(words)}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def containers(self) -> list[dict[str, Any]]:
        """All of them, those that have ended too."""
        return [json.loads(line) for line in self.run("ps", "--all", "--format", "json").splitlines()]


def main() -> int:
    """0 when all is as it should be."""
    services = os.environ.get("SHAPE") == "split"
    file = CHECKOUT / "docker" / ("compose.services.yaml" if services else "compose.yaml")
    (CHECKOUT / "var").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CHECKOUT / "var") as folder:
        shop = Composed(file, Path(folder), services=services)
        try:
            for check in CHECKS:
                began = time.monotonic()
                check(shop)
                print(f"ok: {check.__doc__} ({time.monotonic() - began:.0f} s)", flush=True)
        finally:
            shop.run("down", "--volumes")
    print(f"{len(CHECKS)} passed, 0 failed")
    return 0


def it_comes_up(shop: Composed) -> None:
    """every service starts, each after those that it waits for"""
    shop.run("up", "--detach", "--no-build", "--pull", "missing")


def it_is_filled(shop: Composed) -> None:
    """the demo's goods are found through the gateway, and what is internal is not"""
    until = time.monotonic() + SEED_SECONDS
    while [one["State"] for one in shop.containers() if one["Service"] == "seed"] != ["exited"]:
        assert time.monotonic() < until, "the seed does not end"
        time.sleep(1)
    base = shop.values["SHOP_PUBLIC_URL"]
    assert ask("GET", f"{base}/api/v1/products/mug").status == 200
    for path in ("/internal/catalog.v1/get_offers", "/metrics"):
        assert ask("GET", base + path).status == 404, path


def somebody_buys(shop: Composed) -> None:
    """guests buy, pay and get their mail"""
    for _ in range(3):
        key = shop.values["STRIPE_KEYS"].split()[1]
        buyer = Buyer(shop=shop.values["SHOP_PUBLIC_URL"], stripe=STRIPE, publishable_key=key)
        assert buyer.buy(("MUG-BLUE", 1)).status in {201, 202}
        assert buyer.pay().status == 200
        order = buyer.await_status("confirmed")
        until = time.monotonic() + 60
        while not (mails := Mailbox(MAILS).messages(to=buyer.email)):
            assert time.monotonic() < until, "no mail came"
            time.sleep(0.2)
        assert order["number"] in mails[0]["subject"]


def nobody_died(shop: Composed) -> None:
    """nothing was restarted or ended badly, and nobody is unwell"""
    found = {one["Name"]: (one["State"], one["ExitCode"]) for one in shop.containers()}
    bad = {name: how for name, how in found.items() if how not in {("running", 0), ("exited", 0)}}
    assert not bad, bad
    unwell = [one["Name"] for one in shop.containers() if one.get("Health") == "unhealthy"]
    assert not unwell, unwell


def all_end_in_time(shop: Composed) -> None:
    """told to stop, every container ends by itself and well"""
    began = time.monotonic()
    shop.run("stop")
    took = time.monotonic() - began
    assert took < END_SECONDS, took
    bad = {one["Name"]: one["ExitCode"] for one in shop.containers() if one["ExitCode"]}
    assert not bad, bad


CHECKS = (it_comes_up, it_is_filled, somebody_buys, nobody_died, all_end_in_time)

if __name__ == "__main__":
    sys.exit(main())
