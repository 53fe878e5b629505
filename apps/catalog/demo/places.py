"""Two more locations for the demo shop, with something on their shelves, and a threshold that is not the usual one."""

from __future__ import annotations

from apps.catalog.models import Stock, StockLocation
from apps.catalog.services.receive_stock import receive_stock
from apps.catalog.services.save_location import create_location
from apps.catalog.services.set_threshold import set_threshold

_PLACES = {"harbour": ("Harbour depot", 1), "showroom": ("Showroom", 2)}
_SHELVES = {
    "harbour": {"HARBOUR-MUG": 30, "MEADOW-BOWL": 12, "STUDIO-LAMP": 4, "PEBBLE-VASE": 18, "AURORA-TOTE": 25},
    "showroom": {"HARBOUR-MUG": 2, "JUNIPER-CLOCK": 1, "STUDIO-LAMP": 1},
}
"""By the beginning of a SKU: the first one gets so many units."""


def make_places(reason: str) -> None:
    """Makes what is missing: a place that is there keeps its stock."""
    for code, (name, position) in _PLACES.items():
        if StockLocation.objects.filter(pk=code).exists():
            continue
        create_location(code=code, name=name, position=position)
        for beginning, units in _SHELVES[code].items():
            for sku in Stock.objects.filter(sku__startswith=f"{beginning}-").order_by("sku").values_list("sku")[:1]:
                receive_stock(sku=sku[0], quantity=units, reason=reason, location=code)
        set_threshold(sku="MUG-BLUE", threshold=10)
