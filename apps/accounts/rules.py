"""Roles, and what they may do, as data. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from babel import Locale, UnknownLocaleError

from shop.errors import FieldError, Invalid
from shop.phones import e164

SCOPES = frozenset(
    {
        "catalog:write",
        "prices:write",
        "stock:write",
        "orders:read",
        "orders:fulfil",
        "orders:refund",
        "payments:read",
        "payments:write",
        "customers:read",
        "customers:write",
        "staff:write",
        "notifications:write",
    }
)
"""All that a token of staff can allow; a customer's has none."""


class Role(StrEnum):
    """What a member of staff does; one person may have several."""

    MERCHANDISER = "merchandiser"
    FULFILMENT = "fulfilment"
    SUPPORT = "support"
    FINANCE = "finance"
    ADMIN = "admin"


ROLES: dict[Role, frozenset[str]] = {
    Role.MERCHANDISER: frozenset({"catalog:write", "prices:write", "stock:write"}),
    Role.FULFILMENT: frozenset({"orders:read", "orders:fulfil", "stock:write"}),
    Role.SUPPORT: frozenset({"orders:read", "customers:read", "customers:write", "notifications:write"}),
    Role.FINANCE: frozenset({"orders:read", "orders:refund", "payments:read", "payments:write", "customers:read"}),
    Role.ADMIN: SCOPES,
}
"""What each role may do."""

PAGES: tuple[tuple[str, frozenset[str]], ...] = (
    ("catalog.view_*", frozenset({"catalog:write", "prices:write", "stock:write"})),
    ("catalog.*_price*", frozenset({"prices:write"})),
    ("catalog.*_stock*", frozenset({"stock:write"})),
    ("catalog.*_hold*", frozenset({"stock:write"})),
    ("catalog.*", frozenset({"catalog:write"})),
    ("cart.view_*", frozenset({"customers:read", "orders:read"})),
    ("orders.view_*", frozenset({"orders:read", "orders:fulfil", "orders:refund"})),
    ("orders.change_order", frozenset({"orders:fulfil", "orders:refund"})),
    ("orders.change_parcel", frozenset({"orders:fulfil"})),
    ("orders.change_return", frozenset({"orders:fulfil"})),
    ("orders.change_orderrefund", frozenset({"orders:refund"})),
    ("payments.view_*", frozenset({"payments:read", "payments:write"})),
    ("payments.change_*", frozenset({"payments:write"})),
    ("notifications.view_*", frozenset({"notifications:write"})),
    ("notifications.change_*", frozenset({"notifications:write"})),
    ("accounts.view_user", frozenset({"customers:read", "staff:write"})),
    ("accounts.view_address", frozenset({"customers:read"})),
    ("accounts.view_rolegrant", frozenset({"staff:write"})),
    ("accounts.*_invitation", frozenset({"staff:write"})),
)
"""The admin's permissions by pattern, and the scopes of which one is needed. The first pattern that fits decides;
what none fits is for the role admin alone: users' flags, the page System."""


def scopes_of_roles(roles: Iterable[Role]) -> frozenset[str]:
    """What these roles may do together."""
    return frozenset().union(*(ROLES[role] for role in roles))


def may_use_page(permission: str, scopes: frozenset[str]) -> bool:
    """Whether these scopes grant a permission of Django's admin, such as "catalog.change_product"."""
    for pattern, needed in PAGES:
        if fnmatchcase(permission, pattern):
            return bool(needed & scopes)
    return False


def may_see_app(app_label: str, scopes: frozenset[str]) -> bool:
    """Whether these scopes grant anything of this app in Django's admin."""
    return any(pattern.startswith(f"{app_label}.") and needed & scopes for pattern, needed in PAGES)


def may_grant(scopes: frozenset[str], roles: Iterable[Role]) -> bool:
    """Nobody hands out what they do not have."""
    return scopes_of_roles(roles) <= scopes


@dataclass(frozen=True, slots=True)
class Defaults:
    """Whether an address shall be the default for each; None leaves it as it is."""

    shipping: bool | None = None
    billing: bool | None = None


def phone_of_address(text: str, country: str) -> str:
    """A number in one spelling; without a country code it is one of the address's country. Raises Invalid."""
    return _phone(text, country)


def phone_of_profile(text: str) -> str:
    """A number in one spelling, which needs its country code. Raises Invalid."""
    return _phone(text, None)


def language_tag(text: str) -> str:
    """A language that people speak, as "en" or "pt-BR". Raises Invalid."""
    try:
        return str(Locale.parse(text, sep="-")).replace("_", "-")
    except (ValueError, UnknownLocaleError):
        raise _wrong("language", "unknown_language", "No such language is known: say it as en or pt-BR.") from None


def _phone(text: str, country: str | None) -> str:
    if not text.strip():
        return ""
    number = e164(text, country)
    if number is None:
        raise _wrong("phone", "invalid", "No such number can be: give it with its country code, as +4930901820.")
    return number


_BROWSERS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"), ("curl", "curl"))
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


def device_name(user_agent: str) -> str:
    """What people call a device, as far as its User-Agent tells: "Firefox on Linux"."""
    found = [next((name for mark, name in names if mark in user_agent), "") for names in (_BROWSERS, _SYSTEMS)]
    return " on ".join(filter(None, found)) or "Unknown device"


def _wrong(field: str, code: str, detail: str) -> Invalid:
    return Invalid("Some values are wrong: see errors.", errors=(FieldError(f"/{field}", code, detail),))
