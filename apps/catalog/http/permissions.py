"""Whose Idempotency-Key it is, and what a scope beside the view's own is needed for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework.request import Request

from apps.catalog.services.save_product import VariantDraft
from shop.errors import Forbidden
from shop.http.access import principal_of

PRICES = "prices:write"


def staff_member(request: Request, _kwargs: dict[str, Any]) -> str:
    """The caller of a staff POST: its keys are its own."""
    return f"user:{principal_of(request).subject}"


def may_price(request: Request, variants: Iterable[VariantDraft]) -> None:
    """A variant may come with its prices, for who may set prices. Raises Forbidden."""
    if any(variant.prices for variant in variants) and not principal_of(request).has(PRICES):
        raise Forbidden(f"Prices need the scope {PRICES}.")
