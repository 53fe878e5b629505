"""Whether the web server of this container is ready: `python3 -I config/health.py`.

Every container is asked every ten seconds, so this reads nothing else of the shop: that would take six times as long.
"""

from __future__ import annotations

import http.client
import os
import re
import sys

LONGEST_SECONDS = 4
PORT = "8000"


def ask(port: str = "", hosts: str = "") -> int:
    """0 when it is; what it says is printed."""
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


if __name__ == "__main__":
    sys.exit(ask(os.environ.get("SHOP_PORT", ""), os.environ.get("ALLOWED_HOSTS", "")))
