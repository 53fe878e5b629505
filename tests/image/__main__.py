"""`make image-test`: migrate, web, worker and beat out of the built image, a purchase through them, and a drain.

SHAPE=split: the same with six services, each of the image, the back office, and nginx before them.
As root on Linux with buildah; MongoDB, Valkey and the fakes are those of the tests. Says how big the image is.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from config.dev import programs
from config.dev.processes import Program
from config.dev.rootfs import Rootfs, mounted
from tests.harness.shop import Shop
from tests.scenes import SHAPE, new_product

FORBIDDEN = ("gcc", "cc", "make", "pip", "pip3", "uv", "git", "curl", "wget")
END_SECONDS = 30


class ImageShop(Shop):
    """A shop whose own processes come out of the image; the servers around it do not."""

    def __init__(self, image: Rootfs) -> None:
        self.image = image
        super().__init__("mongodb", SHAPE)

    @property
    def data(self) -> Path:
        """The image's volume."""
        folder = self.folder / "volume"
        if not folder.exists():
            folder.mkdir(mode=0o700)
            os.chown(folder, *map(int, self.image.user.split(":")))
        return folder

    @property
    def told(self) -> dict[str, str]:
        """What is different for a process in the image."""
        faults = {"SHOP_FAULTS": "", "PYTHONDONTWRITEBYTECODE": "1"}
        return {"SHOP_DATA_DIR": "/var/lib/shop", "SHOP_ENV_FILE": "", "SHOP_MODE": "embedded", **faults}

    def role(self, *role: str) -> tuple[str, ...]:
        """The command that becomes it."""
        return self.inside(*self.image.config["Entrypoint"], *role)

    def inside(self, *argv: str) -> tuple[str, ...]:
        """Any command in the image. What we tell takes the place of what the image says."""
        return self.image.inside(self.data, *(f"{name}={value}" for name, value in self.told.items()), *argv)

    def ask(self, *argv: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the image to its end."""
        return subprocess.run(argv, env={**os.environ, **self.values}, capture_output=True, text=True, check=False)

    def _run(self, *argv: str) -> None:
        assert argv[1:3] == ("manage.py", "migrate"), argv
        super()._run(*self.role("migrate", *argv[3:]))

    @property
    def ours(self) -> list[str]:
        """The names of the programs that come out of the image."""
        return [name for kind in ("web", "worker", "beat") for name in self._named(kind)]

    def _application(self, shop: programs.Shop) -> list[Program]:
        found = super()._application(shop)
        return [self._of_image(program) if program.name != "gateway" else program for program in found]

    def _of_image(self, program: Program) -> Program:
        if self.partition is None:
            return replace(program, argv=self.role(program.name), stop_seconds=40)
        # Its port is of this machine, so it is not the entry point that says where it listens.
        return replace(program, argv=self.inside("python3", *program.argv[1:]), stop_seconds=40)


def main(arguments: Sequence[str]) -> int:
    """0 when all is as it should be."""
    with mounted(arguments[0] if arguments else "shop:latest") as image:
        print(f"size: {image.bytes / 1e6:.0f} MB unpacked")
        shop = ImageShop(image)
        try:
            for check in CHECKS:
                check(shop)
                print(f"ok: {check.__doc__}")
        finally:
            shop.stop()
    print(f"{len(CHECKS)} passed, 0 failed")
    return 0


def nobody_is_root(shop: ImageShop) -> None:
    """every process runs as the image's own user, without any capability"""
    user, group = shop.image.user.split(":")
    assert user != "0"
    for name in shop.ours:
        status = Path(f"/proc/{shop.process(name).pid}/status").read_text(encoding="utf-8")
        told = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert told["Uid"].split() == [user] * 4, told["Uid"]
        assert told["Gid"].split() == [group] * 4, told["Gid"]
        assert int(told["CapEff"], 16) == 0, told["CapEff"]


def only_the_volume_is_written(shop: ImageShop) -> None:
    """the root is read-only, /tmp and the volume are not"""
    answer = shop.ask(*shop.inside("python3", "-c", "import os; print(os.statvfs('/').f_flag & os.ST_RDONLY)"))
    assert answer.stdout.strip() == "1", answer
    script = "open({!r} + '/probe', 'w').close()"
    for folder, works in (("/app", False), ("/opt/shop", False), ("/tmp", True), ("/var/lib/shop", True)):
        answer = shop.ask(*shop.inside("python3", "-c", script.format(folder)))
        assert (answer.returncode == 0) is works, (folder, answer.stderr)


def nothing_that_builds_is_there(shop: ImageShop) -> None:
    """there is no compiler, no pip and no download tool"""
    script = f"import shutil; print([one for one in {FORBIDDEN!r} if shutil.which(one)])"
    answer = shop.ask(*shop.inside("python3", "-c", script))
    assert answer.stdout.strip() == "[]", answer.stdout + answer.stderr
    answer = shop.ask(*shop.inside("python3", "-m", "pip", "--version"))
    assert answer.returncode != 0, answer.stdout


def an_unknown_role_is_refused(shop: ImageShop) -> None:
    """an unknown role is refused in one sentence"""
    answer = shop.ask(*shop.role("nonsense"))
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1, answer.stderr


def it_knows_its_health(shop: ImageShop) -> None:
    """the health check of web succeeds"""
    web_port = shop._unit_ports[0] if shop.partition else shop.ports["SHOP_PORT"]
    answer = shop.ask(*shop.inside("env", f"SHOP_PORT={web_port}", *shop.image.config["Entrypoint"], "health"))
    assert answer.returncode == 0, answer.stdout + answer.stderr


def somebody_buys(shop: ImageShop) -> None:
    """a guest buys, pays and gets the mail; every invariant holds"""
    buyer = shop.buyer()
    assert buyer.buy((new_product(shop, stock=5, price=1200), 2)).status in {201, 202}
    assert buyer.pay().status == 200
    order = buyer.await_status("confirmed")
    shop.check_invariants()
    [mail] = shop.mailbox.messages(to=buyer.email)
    assert order["number"] in mail["subject"]


def all_end_in_time(shop: ImageShop) -> None:
    """after SIGTERM every web, worker and beat ends by itself within 30 s"""
    processes = {name: shop.process(name) for name in shop.ours}
    asked = time.monotonic()
    for process in processes.values():
        process.ask_to_stop()
    while any(process.exit_code is None for process in processes.values()):
        assert time.monotonic() - asked < END_SECONDS, {name: one.exit_code for name, one in processes.items()}
        time.sleep(0.05)
    assert {name: one.exit_code for name, one in processes.items()} == dict.fromkeys(processes, 0)


CHECKS = (
    nobody_is_root,
    only_the_volume_is_written,
    nothing_that_builds_is_there,
    an_unknown_role_is_refused,
    it_knows_its_health,
    somebody_buys,
    all_end_in_time,
)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
