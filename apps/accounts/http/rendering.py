"""What accounts answers, as plain data."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from typing import Any
from uuid import UUID

from apps.accounts.models import Invitation, Session, User
from apps.accounts.queries import BookEntry, address_book, entry_of
from apps.accounts.rules import device_name
from apps.accounts.services.issue_session import Device, Tokens
from shop.addresses import CountryRules, country_names, country_rules
from shop.errors import NotFound
from shop.http.addresses import address_of, network_of
from shop.http.etags import etag_of
from shop.http.rendering import to_json


@cache
def countries() -> tuple[bytes, str]:
    """All countries that can be written to, and their ETag."""
    data = [{"code": code, "name": name} for code, name in country_names().items()]
    return _with_etag({"data": data, "has_more": False, "next_cursor": None})


def address_rules(country: str) -> tuple[bytes, str]:
    """What an address form needs to know of a country, and its ETag. Raises NotFound."""
    if country not in country_names():
        raise NotFound("There is no country with this code.")
    return _rules_of(country)


@cache
def _rules_of(country: str) -> tuple[bytes, str]:
    rules = country_rules(country)
    assert rules is not None
    return _with_etag(_rules(rules))


def render_profile(user: User) -> dict[str, Any]:
    """A person as they see themselves; staff with their roles."""
    return {
        "id": user.pk,
        "email": user.email,
        "is_verified": user.verified_at is not None,
        "name": user.name,
        "phone": user.phone,
        "language": user.language,
        "marketing_opt_in": user.marketing_opt_in,
        "roles": user.roles(),
        "default_shipping_id": user.default_shipping_id,
        "default_billing_id": user.default_billing_id,
        "created_at": user.created_at,
        "erase_at": user.erase_at,
    }


def render_staff(user: User) -> dict[str, Any]:
    """A member of staff for those who may give roles."""
    return {
        "id": user.pk,
        "email": user.email,
        "name": user.name,
        "roles": user.roles(),
        "is_active": user.is_active,
        "last_login": user.last_login,
        "created_at": user.created_at,
    }


def render_customer(user: User) -> dict[str, Any]:
    """A customer in a list: the row is all that is read."""
    return {
        "id": user.pk,
        "email": user.email,
        "name": user.name,
        "is_verified": user.verified_at is not None,
        "is_active": user.is_active,
        "created_at": user.created_at,
    }


def render_customer_detail(user: User) -> dict[str, Any]:
    """A customer with the address book."""
    return {
        **render_customer(user),
        "phone": user.phone,
        "language": user.language,
        "marketing_opt_in": user.marketing_opt_in,
        "erase_at": user.erase_at,
        "addresses": [render_address(entry_of(row, user)) for row in address_book(user.pk).order_by("id")],
    }


def render_invitation(invitation: Invitation) -> dict[str, Any]:
    """All but the token, which only the mail holds."""
    return {
        "id": invitation.pk,
        "email": invitation.email,
        "roles": invitation.roles,
        "state": invitation.shown_state,
        "invited_by": invitation.invited_by,
        "inviter": invitation.inviter,
        "created_at": invitation.created_at,
        "expires_at": invitation.expires_at,
    }


def render_address(entry: BookEntry) -> dict[str, Any]:
    """An address as its owner sees it."""
    row = entry.row
    return {
        "id": row.pk,
        **asdict(row.postal()),
        "phone": row.phone,
        "default_for_shipping": entry.default_for_shipping,
        "default_for_billing": entry.default_for_billing,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _rules(rules: CountryRules) -> dict[str, Any]:
    return {
        "country": rules.code,
        "name": rules.name,
        "fields": [
            {"name": name, "is_required": name in rules.required, "label": rules.labels.get(name, name)}
            for name in rules.fields
        ],
        "postal_code": {
            "pattern": f"^(?:{rules.postal_code_pattern})$" if rules.postal_code_pattern else "",
            "examples": rules.postal_code_examples,
            "prefix": rules.postal_code_prefix,
        },
        "regions": [{"code": region.code, "names": region.names} for region in rules.regions],
    }


def _with_etag(value: Any) -> tuple[bytes, str]:
    body = to_json(value)
    return body, etag_of(body)


def device_of(request: Any, name: str, *, by_cookie: bool) -> Device:
    """From where somebody logs in, named by its User-Agent when they gave no name."""
    agent = "".join(letter for letter in request.META.get("HTTP_USER_AGENT", "") if letter.isprintable())
    return Device(name.strip() or device_name(agent), agent, network_of(address_of(request)), by_cookie)


def render_tokens(tokens: Tokens, *, by_cookie: bool, csrf_token: str | None) -> dict[str, Any]:
    """A pair of tokens; the refresh token is not in the answer when it is in the cookie."""
    return {
        "access_token": tokens.access,
        "token_type": "Bearer",
        "expires_in": tokens.expires_in,
        "refresh_token": None if by_cookie else tokens.refresh,
        "session_id": tokens.session.pk,
        "csrf_token": csrf_token,
    }


def render_session(session: Session, current: UUID | None) -> dict[str, Any]:
    """One device, as its owner sees it."""
    return {
        "id": session.pk,
        "device": session.device,
        "user_agent": session.user_agent,
        "client": session.client,
        "created_at": session.created_at,
        "used_at": session.used_at,
        "ends_at": session.ends_at,
        "current": session.pk == current,
    }
