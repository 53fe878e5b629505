"""An image as a folder that processes are started in: its own user, a root that nobody can write to, a small /tmp."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ENTER = """
root=$1 data=$2 user=$3; shift 3
mount --bind "$root" "$root" && mount -o remount,bind,ro "$root"
mount -t tmpfs -o size=64m,mode=1777 tmpfs "$root/tmp"
mount --bind "$data" "$root/var/lib/shop"
mount --rbind /proc "$root/proc" && mount --rbind /dev "$root/dev"
exec chroot --userspec="$user" "$root" "$@"
"""
"""What a container engine does with `--read-only --tmpfs /tmp --volume data:/var/lib/shop --network host`."""


@dataclass(frozen=True, slots=True)
class Rootfs:
    """A mounted image and what it says about itself."""

    root: Path
    config: dict[str, Any]
    bytes: int

    @property
    def user(self) -> str:
        """Who its processes are: numbers."""
        return str(self.config["User"])

    def inside(self, data: Path, *argv: str) -> tuple[str, ...]:
        """Start any program in it."""
        enter = ("unshare", "--mount", "--propagation", "private", "--", "sh", "-ec", ENTER, "enter")
        return (*enter, str(self.root), str(data), self.user, *self._told, *argv)

    def beside(self, process: int, *argv: str) -> tuple[str, ...]:
        """Start a program where one runs already, with the same /tmp: what `docker exec` does."""
        return ("chroot", f"--userspec={self.user}", f"/proc/{process}/root", *self._told, *argv)

    @property
    def _told(self) -> tuple[str, ...]:
        return ("env", "-C", self.config["WorkingDir"], *self.config["Env"])


@contextmanager
def mounted(image: str) -> Iterator[Rootfs]:
    """The image while it is looked at."""
    told = json.loads(_buildah("inspect", "--type", "image", image))
    container = _buildah("from", "--pull-never", image)
    try:
        root = Path(_buildah("mount", container))
        size = int(_output("du", "-sb", str(root)).split()[0])
        yield Rootfs(root, told["OCIv1"]["config"], size)
    finally:
        _buildah("rm", container)


def _buildah(*arguments: str) -> str:
    return _output("buildah", *arguments)


def _output(*argv: str) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()
