"""What the tests of the forks let one do."""

from __future__ import annotations

import time


def database() -> str:
    """Where the database of the catalog is, by the settings of this process."""
    from django.conf import settings

    return str(settings.DATABASES["catalog"]["NAME"])


if __name__ == "__main__":
    time.sleep(60)
