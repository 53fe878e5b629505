"""The demo shop's staff: one login, made for the embedded start only."""

from __future__ import annotations

from .models import User

DEMO_EMAIL = "admin@example.com"
DEMO_PASSWORD = "demo-admin-password"  # noqa: S105 - printed by `make up`; refused outside embedded mode by seed


def seed() -> dict[str, str]:
    """Make the demo staff login if it is not there; answers what to print. May be repeated."""
    if not User.objects.filter(email=DEMO_EMAIL).exists():
        User.objects.create_superuser(DEMO_EMAIL, DEMO_PASSWORD, name="Demo Staff")
    return {"admin": f"{DEMO_EMAIL} / {DEMO_PASSWORD}"}
