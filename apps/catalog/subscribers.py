"""What catalog does when it hears something: a shelf was emptied or filled, so documents change."""

from __future__ import annotations

from shop.events import subscribe

from .contracts import AvailabilityChanged
from .models import Variant
from .services.render_product import render_product


@subscribe(AvailabilityChanged)
def render_when_availability_changed(event: AvailabilityChanged) -> None:
    """The flag is taken from the stock as it is now, so that late news does no harm."""
    variant = Variant.objects.filter(sku=event.sku).first()
    if variant is not None:
        render_product(product_id=variant.product_id)
