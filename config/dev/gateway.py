"""Write nginx' file for the units of this machine, and become nginx."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from config.dev.units import BACK_OFFICE, find_nginx


def main(argv: Sequence[str] | None = None) -> None:
    """Never comes back."""
    asked = _arguments(argv)
    folder = Path(asked.folder)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "nginx.conf"
    file.write_text(text(asked), encoding="utf-8")
    nginx = find_nginx()
    os.execv(nginx, [nginx, "-c", str(file), "-e", "stderr"])  # noqa: S606  # a program that we have found


def text(asked: argparse.Namespace) -> str:
    """The file. Django is set up for it: the routes are those of its URL configuration."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from config.gateway import locations
    from config.gateway_file import Gateway, render

    gateway = Gateway(
        units={name: addresses.split(",") for name, addresses in map(_pair, asked.units)},
        homes=dict(map(_pair, asked.homes)),
        shared=BACK_OFFICE,
        listen=asked.listen,
        folder=asked.folder,
        extra=f"{asked.folder}/shop.d/*.conf",
        workers="1",
        user="root" if os.geteuid() == 0 else "",  # else it would take one that cannot write to our folders
        inner=asked.inner,
        resolve=False,
    )
    return render(gateway, locations())


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="config.dev.gateway")
    parser.add_argument("--listen", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--units", nargs="+", required=True)
    parser.add_argument("--inner", default="")
    parser.add_argument("--homes", nargs="+", required=True)
    return parser.parse_args(argv)


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


if __name__ == "__main__":
    main(sys.argv[1:])
