"""Use case: a product is removed. Its stock rows, ledger and holds stay, because orders and books need them."""

from __future__ import annotations

from uuid import UUID

from apps.catalog.contracts import StaleProduct
from apps.catalog.models import Departed, Product, Stock, Variant
from shop.db import transact

from .remove_picture import let_go_of_all


def delete_product(*, product_id: UUID, revision: int | None = None) -> bool:
    """Remove the product with variants, prices, pictures and documents. False if it was gone already.

    With `revision`, only that revision is removed: raises StaleProduct if it is no longer the latest.
    """

    def delete() -> bool:
        rows = Product.objects.filter(pk=product_id)
        if revision is not None and not rows.filter(revision=revision).update(revision=revision + 1):
            raise StaleProduct("The product was changed by somebody else.")
        skus = list(Variant.objects.filter(product_id=product_id).values_list("sku", flat=True))
        Stock.objects.filter(sku__in=skus).update(sellable=False)
        let_go_of_all(product_id)
        removed, _ = rows.delete()
        if removed:
            Departed.objects.create(product_id=product_id)
        return bool(removed)

    return transact("catalog", delete)
