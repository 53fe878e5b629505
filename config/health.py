"""Whether this container is well: `python3 -I config/health.py`, for web; `... worker`, `... beat` or both for jobs.

Every container is asked every ten seconds, so this reads nothing else of the shop: that would take six times as long.
"""

from __future__ import annotations

import http.client
import os
import re
import sys
import time
from collections.abc import Sequence

LONGEST_SECONDS = 4
LONGEST_PULSE_SECONDS = 60
"""A worker whose broker was away asks it again after half a minute at the latest."""
PORT = "8000"


def ask(port: str = "", hosts: str = "") -> int:
    """0 when the web server is ready; what it says is printed."""
    first = (re.split(r"[,\s]+", hosts.strip()) or [""])[0].lstrip(".*")
    connection = http.client.HTTPConnection("127.0.0.1", int(port or PORT), timeout=LONGEST_SECONDS)
    try:
        connection.request("GET", "/readyz", headers={"Host": first or "127.0.0.1"})
        answer = connection.getresponse()
        print(answer.read().decode(errors="replace"))
    except (OSError, http.client.HTTPException) as error:
        print(error)
        return 1
    return 0 if answer.status == http.HTTPStatus.OK else 1


def feel(names: Sequence[str], folder: str) -> int:
    """0 when each of them has renewed its pulse lately, see config/pulse.py; when it was is printed."""
    code = 0
    for name in names:
        try:
            with open(os.path.join(folder, f"{name}.pulse"), encoding="ascii") as file:  # noqa: PTH118, PTH123  # pathlib is dear
                ago = time.monotonic() - float(file.read())
        except (OSError, ValueError):
            ago = -1.0
        if 0 <= ago <= LONGEST_PULSE_SECONDS:
            print(f"{name}: well {ago:.0f} s ago")
            continue
        code = 1
        print(f"{name}: well {ago:.0f} s ago, which is too long" if ago > 0 else f"{name}: no sign of life")
    return code


def main(names: Sequence[str]) -> int:
    """What a health check of the container ends with."""
    if names:
        return feel(names, os.environ.get("SHOP_PULSE_DIR") or "/tmp")  # noqa: S108  # as the image says
    return ask(os.environ.get("SHOP_PORT", ""), os.environ.get("ALLOWED_HOSTS", ""))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
