"""What a client may choose of a cart: fewer fields, and the products of its lines."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from apps.catalog import api as catalog
from shop.http.shaping import Shape

from .serializers import QuoteAnswer


def put_products(lines: list[dict[str, Any]]) -> None:
    """Each line's product as lists show it, null when it is not published any more: one call for all."""
    wanted = tuple(sorted({UUID(line["product_id"]) for line in lines}))
    cards = {card.product_id: msgspec.json.decode(card.body) for card in catalog.get_cards(product_ids=wanted)}
    for line in lines:
        line["product"] = cards.get(UUID(line["product_id"]))


QUOTE_SHAPE = Shape(of=QuoteAnswer, relations={"lines.product": put_products})
