"""A shop of the harness whose processes are started in the built image."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

from config.dev import programs
from config.dev.processes import Program
from config.dev.rootfs import Rootfs
from tests.harness.shop import Shop
from tests.scenes import SHAPE


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

    def health(self, name: str, *roles: str) -> subprocess.CompletedProcess[str]:
        """What the health check of a container of jobs says that runs this program."""
        return self.ask(*self.image.beside(self.process(name).pid, "python3", "-I", "config/health.py", *roles))

    def let_end(self) -> None:
        """From now on nobody is started again who ends."""
        self._stopped.set()
        self._keeper.join()

    def _run(self, *argv: str) -> None:
        assert argv[1:3] == ("manage.py", "migrate"), argv
        super()._run(*self.role("migrate", *argv[3:]))

    @property
    def ours(self) -> list[str]:
        """The names of the programs that come out of the image."""
        return [*self._named("web"), *self.jobs]

    @property
    def jobs(self) -> list[str]:
        """Those that answer nobody."""
        return [*self._named("worker"), *self._named("beat")]

    def _application(self, shop: programs.Shop) -> list[Program]:
        found = super()._application(shop)
        return [self._of_image(program) if program.name != "gateway" else program for program in found]

    def _of_image(self, program: Program) -> Program:
        if self.partition is None:
            return replace(program, argv=self.role(program.name), stop_seconds=40)
        # Its port is of this machine, so it is not the entry point that says where it listens and how long it drains.
        more = ("--drain", "5") if program.name.startswith("web-") else ()
        return replace(program, argv=self.inside("python3", *program.argv[1:], *more), stop_seconds=40)
