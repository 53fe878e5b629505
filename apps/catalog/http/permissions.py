"""What a scope beside the view's own is needed for."""

from __future__ import annotations

from collections.abc import Iterable

from rest_framework.request import Request

from apps.catalog.services.save_product import VariantDraft
from shop.errors import Forbidden
from shop.http.access import principal_of

PRICES = "prices:write"


def may_price(request: Request, variants: Iterable[VariantDraft]) -> None:
    """A variant may come with its prices, for who may set prices. Raises Forbidden."""
    if any(variant.prices for variant in variants) and not principal_of(request).has(PRICES):
        raise Forbidden(f"Prices need the scope {PRICES}.")
