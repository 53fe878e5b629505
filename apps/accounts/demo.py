"""The demo shop's people: staff of every role, and customers with addresses. For the embedded start only."""

from __future__ import annotations

from uuid import UUID

from shop import clock
from shop.addresses import PostalAddress
from shop.db import transact
from shop.events import publish
from shop.ids import derived_id

from .contracts import AddressVerified
from .models import User
from .rules import Role
from .services.change_roles import write_roles
from .services.create_address import create_address

DEMO_EMAIL = "admin@example.com"
DEMO_PASSWORD = "demo-admin-password"  # noqa: S105 - printed by `make up`; refused outside embedded mode by seed
STAFF_PASSWORD = "demo-staff-password"  # noqa: S105 - as above
CUSTOMER_PASSWORD = "demo-customer-password"  # noqa: S105 - as above
NAMESPACE = UUID("5e0c0f0a-1d7b-5c1e-8a55-0f4f0f1b7a10")

CUSTOMERS: dict[str, tuple[PostalAddress, ...]] = {
    "Ada Lovelace": (
        PostalAddress("Ada Lovelace", "Torstr. 1", "DE", postal_code="10119", city="Berlin"),
        PostalAddress("Ada Lovelace", "12 St James's Square", "GB", postal_code="SW1Y 4LB", city="London"),
    ),
    "Grace Hopper": (
        PostalAddress("Grace Hopper", "1 Pike Place", "US", postal_code="98101", city="Seattle", region="WA"),
    ),
    "Alan Turing": (PostalAddress("Alan Turing", "Oxford Road 1", "GB", postal_code="M13 9PL", city="Manchester"),),
    "Katherine Johnson": (
        PostalAddress("Katherine Johnson", "Bahnhofstrasse 1", "CH", postal_code="8001", city="Zürich"),
    ),
    "Edsger Dijkstra": (),
}
"""The buyers of orders' demo by their names, so that they find their orders when they log in."""


def seed() -> dict[str, str]:
    """Make the demo people that are missing; answers what to print. May be repeated."""
    if not User.objects.filter(email=DEMO_EMAIL).exists():
        User.objects.create_superuser(DEMO_EMAIL, DEMO_PASSWORD, name="Demo Staff", verified_at=clock.now())
    for role in Role:
        if role != Role.ADMIN:
            _staff(role)
    for name in CUSTOMERS:
        _customer(name)
    roles = ", ".join(f"{role}@example.com" for role in Role if role != Role.ADMIN)
    customers = ", ".join(_email(name) for name in CUSTOMERS)
    return {
        "admin": f"{DEMO_EMAIL} / {DEMO_PASSWORD}",
        "staff": f"{roles} / {STAFF_PASSWORD}",
        "customers": f"{customers} / {CUSTOMER_PASSWORD}",
    }


def _email(name: str) -> str:
    return f"{name.partition(' ')[0].lower()}@example.com"


def _staff(role: Role) -> None:
    email = f"{role}@example.com"
    if User.objects.filter(email=email).exists():
        return
    user = User.objects.create_user(email, STAFF_PASSWORD, name=f"Demo {role.title()}", verified_at=clock.now())
    admin = User.objects.get(email=DEMO_EMAIL)
    transact("accounts", lambda: write_roles(user, set(), {role}, by=admin.pk))


def _customer(name: str) -> None:
    email, now = _email(name), clock.now()
    key = derived_id(NAMESPACE, email)
    if not User.objects.filter(email=email).exists():
        user = User(id=key, email=email, name=name, verified_at=now)
        user.set_password(CUSTOMER_PASSWORD)

        def effect() -> None:
            user.save(force_insert=True)
            publish(AddressVerified(key, email, now), key=str(key))

        transact("accounts", effect)
    if User.objects.filter(pk=key, is_active=True).exists():
        for position, address in enumerate(CUSTOMERS[name]):
            create_address(address_id=derived_id(key, f"address-{position}"), user_id=key, address=address)
