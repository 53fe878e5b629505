"""A shop taken apart behind nginx on this machine, with a wire before each unit, and what may befall one of them."""

from __future__ import annotations

import base64
import os
import secrets
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from config.dev.ports import HOST
from config.dev.processes import Program
from config.dev.programs import Shop as Programs
from config.dev.units import BACK_OFFICE, name_of
from tests.bench.usage import tree
from tests.harness.shop import READY_SECONDS, Shop
from tests.shapes.wires import Wire

SLOW_SECONDS = 0.6
"""Later than any answer of a healthy unit, sooner than any deadline."""
CLOCK_OFF = "tests.shapes.clock_off"
KEYS = ("SHOP_CALL_KEYS", "TOKEN_KEYS")


class Split(Shop):
    """Each unit is reached by its wire only; keys are in one file, as an operator has them."""

    def __init__(self, engine: str, shape: str = "split") -> None:
        self.wires: dict[str, Wire] = {}
        super().__init__(engine, shape)

    @property
    def units(self) -> list[str]:
        """Their names; of six services those of the contexts."""
        return [name_of(contexts) for contexts in self.partition or ()]

    @property
    def keys(self) -> Path:
        """The file that all processes read their keys from when they start."""
        return self.folder / "keys.env"

    def stop(self) -> None:
        """The wires end last."""
        super().stop()
        for wire in self.wires.values():
            wire.stop()

    def _application(self, shop: Programs) -> list[Program]:
        ports = dict(zip(self.units, self._unit_ports, strict=False))
        self.wires = {unit: Wire(port) for unit, port in ports.items()}
        moved = {f"{HOST}:{port}": f"{HOST}:{self.wires[unit].port}" for unit, port in ports.items()}
        found = super()._application(shop)
        values = {**_keys_of(found), "TOKEN_KEYS": base64.b64encode(secrets.token_bytes(32)).decode()}
        self.keys.write_text("".join(f"{name}={values[name]}\n" for name in KEYS), encoding="utf-8")
        return [self._behind_wires(program, moved) for program in found]

    def _behind_wires(self, program: Program, moved: Mapping[str, str]) -> Program:
        env = {name: _moved(value, "http://", moved) for name, value in program.env.items() if name not in KEYS}
        argv = program.argv
        if program.name == "gateway":
            argv = tuple("=".join(moved.get(part, part) for part in word.split("=")) for word in argv)
        return replace(program, argv=argv, env={**env, "SHOP_ENV_FILE": str(self.keys)})

    # --- what befalls a unit ------------------------------------------------------------------------------------------

    def of(self, unit: str) -> list[str]:
        """The names of its programs."""
        return [name for name in (f"web-{unit}", f"worker-{unit}") if name in self._programs]

    def replace(self, *units: str, env: Mapping[str, str] | None = None) -> None:
        """Stop each as every platform does, by SIGTERM, and start it again, with these variables if there are any."""
        for name in [name for unit in units for name in self.of(unit)]:
            self._programs[name] = replace(self._programs[name], env={**self._programs[name].env, **(env or {})})
        with self.restarted(*units):
            pass

    @contextmanager
    def restarted(self, *units: str) -> Iterator[None]:
        """They are stopping, gone, and starting meanwhile: whoever keeps the shop running starts what has ended."""
        before = {name: self.process(name) for unit in units for name in self.of(unit)}
        for process in before.values():
            process.ask_to_stop()
        yield
        until = time.monotonic() + READY_SECONDS
        for name, process in before.items():
            while (now := self._processes.get(name, process)) is process:
                if time.monotonic() > until:
                    raise TimeoutError(f"{name} does not stop")
                time.sleep(0.02)
            now.wait_ready(READY_SECONDS)

    @contextmanager
    def frozen(self, unit: str) -> Iterator[None]:
        """All its processes are stopped where they are: connections come about, and nothing is answered."""
        groups = [self.process(name).pid for name in self.of(unit)]
        for group in groups:
            os.killpg(group, signal.SIGSTOP)
        try:
            yield
        finally:
            for group in groups:
                os.killpg(group, signal.SIGCONT)

    @contextmanager
    def unreachable(self, unit: str) -> Iterator[None]:
        """Whatever is sent to it is lost; it reaches the others itself."""
        self.wires[unit].cut()
        try:
            yield
        finally:
            self.wires[unit].heal()

    @contextmanager
    def slow(self, unit: str) -> Iterator[None]:
        """It answers everything, but late."""
        self.wires[unit].slow(SLOW_SECONDS)
        try:
            yield
        finally:
            self.wires[unit].heal()

    def set_clock(self, *units: str, seconds: int) -> None:
        """The clocks of their machines are so far ahead."""
        self.replace(*units, env={"DJANGO_SETTINGS_MODULE": CLOCK_OFF, "CLOCK_OFF_SECONDS": str(seconds)})

    @contextmanager
    def usual_clock_afterwards(self, *units: str) -> Iterator[None]:
        """Somebody sets them right at the end."""
        try:
            yield
        finally:
            self.replace(*units, env={"DJANGO_SETTINGS_MODULE": self.values["DJANGO_SETTINGS_MODULE"]})

    # --- what can be seen of it ---------------------------------------------------------------------------------------

    def threads(self, *, but: str) -> int:
        """Of the web and worker processes of all units but one."""
        names = [name for unit in (*self.units, BACK_OFFICE) if unit != but for name in self.of(unit)]
        pids = {pid for name in names for pid in tree(self.process(name).pid)}
        return sum(len(list(Path(f"/proc/{pid}/task").glob("*"))) for pid in pids)


def _moved(value: str, scheme: str, moved: Mapping[str, str]) -> str:
    address = value.removeprefix(scheme)
    return scheme + moved[address] if address in moved else value


def _keys_of(programs: list[Program]) -> Mapping[str, str]:
    return next(program.env for program in programs if "SHOP_CALL_KEYS" in program.env)
