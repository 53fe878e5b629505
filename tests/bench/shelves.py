"""What stands on the shelves while it is measured. Runs inside the auditor."""

from __future__ import annotations

from io import StringIO


def fill(products: int) -> int:
    """The demo shop and `products` more, by the bulk service; the number on sale."""
    from django.core.management import call_command

    from apps.catalog.models import Product

    for arguments in ([], ["--products", str(products)]):
        call_command("seed", *arguments, stdout=StringIO(), stderr=StringIO())
    return Product.objects.filter(status="published").count()


def a_slug() -> str:
    """Of one product from the middle of the shop."""
    from apps.catalog.models import Product

    published = Product.objects.filter(status="published").order_by("slug")
    return str(published.values_list("slug", flat=True)[published.count() // 2])


def skus(count: int, each: int) -> list[str]:
    """Some that can be bought, of which at least `each` are there."""
    from apps.catalog.models import Stock

    found = Stock.objects.filter(available__gte=each, sellable=True).order_by("sku").values_list("sku", flat=True)
    return list(found[:count])
