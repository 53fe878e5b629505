"""Use case: a product is removed. Its stock rows, ledger and holds stay, because orders and books need them."""

from __future__ import annotations

from uuid import UUID

from apps.catalog.models import Product, Stock, Variant
from shop.db import transact


def delete_product(*, product_id: UUID) -> bool:
    """Remove the product with variants, prices, pictures and documents. False if it was gone already."""

    def delete() -> bool:
        skus = list(Variant.objects.filter(product_id=product_id).values_list("sku", flat=True))
        Stock.objects.filter(sku__in=skus).update(sellable=False)
        removed, _ = Product.objects.filter(pk=product_id).delete()
        return bool(removed)

    return transact("catalog", delete)
