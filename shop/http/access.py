"""Who may call a view. Each view names exactly one of these as `access`; a test fails on a view without it.

access = anyone("the catalogue is public")
access = guest_order            # the bearer of this order's token (kwarg `number` is checked by the service)
access = customer
access = staff("orders:fulfil")
access = stripe_signature       # the view checks the signature on the raw body
access = per_method(customer, POST=anyone("a guest may order"))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from rest_framework.permissions import BasePermission

from shop.identity.tokens import AccessToken
from shop.principal import ANONYMOUS, Principal


@dataclass(frozen=True)
class Access:
    """A rule over the principal, and whether a stranger is asked to authenticate."""

    name: str
    why: str
    allows: Callable[[Principal], bool]
    needs_token: bool = True
    scope: str = ""
    methods: Mapping[str, Access] = field(default_factory=dict)

    def of(self, method: str | None) -> Access:
        """The rule of one HTTP method."""
        return self.methods.get(method or "", self)


def _is_anybody(_principal: Principal) -> bool:
    return True


def anyone(why: str) -> Access:
    """Public, for the reason given. A bad token is still refused."""
    return Access("anyone", why, _is_anybody, needs_token=False)


def holder(of: str) -> Access:
    """Whoever knows the unguessable id in the path."""
    return Access("holder", f"holder of {of}", _is_anybody, needs_token=False)


def staff(scope: str) -> Access:
    """Staff whose roles grant `scope`."""
    return Access("staff", f"staff with {scope}", lambda principal: principal.has(scope), scope=scope)


def per_method(rule: Access, **methods: Access) -> Access:
    """`rule`, but for the methods that are named."""
    return replace(rule, methods=methods)


def _is(*kinds: str) -> Callable[[Principal], bool]:
    return lambda principal: principal.kind in kinds


customer = Access("customer", "a person who is logged in", _is("customer", "staff"))
guest_order = Access("guest_order", "whoever holds the token of an order", _is("guest", "customer", "staff"))
twilio_signature = Access("twilio_signature", "Twilio, by its signature", _is_anybody, needs_token=False)
mail_signature = Access("mail_signature", "a mail provider, by its signature", _is_anybody, needs_token=False)
stripe_signature = Access("stripe_signature", "Stripe, by its signature", _is_anybody, needs_token=False)


def principal_of(request: Any) -> Principal:
    """Who makes this request."""
    user = getattr(request, "user", None)
    return user if isinstance(user, Principal) else ANONYMOUS


def person_id(request: Any) -> UUID:
    """The id of whoever is logged in, customer or staff: for views whose access is `customer` or `staff(...)`."""
    return UUID(principal_of(request).subject)


def session_id_of(request: Any) -> UUID | None:
    """The session that the request's access token belongs to; None for guests and strangers."""
    token = getattr(request, "auth", None)
    return token.session_id if isinstance(token, AccessToken) else None


class ByAccess(BasePermission):
    """Applies the view's `access`: 401 for a stranger, 403 for somebody known who may not."""

    def has_permission(self, request: Any, view: Any) -> bool:
        """Whether the principal passes the rule."""
        return bool(view.access.of(request.method).allows(principal_of(request)))


class Nobody(BasePermission):
    """The default of DRF views that are not ApiViews: closed."""

    def has_permission(self, request: Any, view: Any) -> bool:
        """Never."""
        return False
