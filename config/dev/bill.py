"""`make sbom`: the bill of materials of the built image, as CycloneDX in var/sbom.cdx.json."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any

from config.dev.processes import CHECKOUT
from config.dev.rootfs import mounted

FILE = CHECKOUT / "var" / "sbom.cdx.json"


def main(image: str, syft: str) -> int:
    """0 when it was written and lists what `requirements.txt` pins."""
    FILE.parent.mkdir(exist_ok=True)
    with mounted(image) as found:
        subprocess.run([syft, "scan", f"dir:{found.root}", "--quiet", "--output", f"cyclonedx-json={FILE}"], check=True)
    kinds = counted(json.loads(FILE.read_text(encoding="utf-8")))
    print(f"{FILE.relative_to(CHECKOUT)}: " + ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items())))
    return 0 if kinds["pypi"] and kinds["deb"] else 1


def counted(bill: Mapping[str, Any]) -> Counter[str]:
    """How many components there are of each kind of package."""
    addresses = [str(component.get("purl", "")) for component in bill["components"]]
    return Counter(one.removeprefix("pkg:").partition("/")[0] for one in addresses if one)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
