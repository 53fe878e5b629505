"""The variants of a product, for its editors, and what each of them costs."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalog import models
from apps.catalog.contracts import NotPublishable, ProductNotFound, Stale, StaleProduct, Taken, VariantNotFound
from apps.catalog.http import bodies
from apps.catalog.http.permissions import PRICES, may_price
from apps.catalog.http.rendering import PricesAnswer, VariantAnswer, VariantsAnswer, render_prices, render_variants
from apps.catalog.queries import staff_product, variant_prices
from apps.catalog.services.edit_variants import add_variant, edit_variant, remove_variant
from apps.catalog.services.set_prices import set_prices
from shop.errors import Forbidden
from shop.http.access import staff
from shop.http.etags import etag_of, if_match, revision_wanted
from shop.http.idempotency import by_subject, idempotent
from shop.http.paging import unpaged
from shop.http.schema import raises
from shop.http.views import ApiView


class Variants(ApiView):
    access = staff("catalog:write")

    @extend_schema(operation_id="variants_list", summary="The variants of a product", responses=VariantsAnswer)
    @raises(ProductNotFound)
    @unpaged("a product has two hundred variants at most")
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002  # Django's signature
        """In the order in which they are shown. The ETag is the product's: variants share its revision."""
        found = staff_product(slug)
        return Response({"data": render_variants(found)}, headers={"ETag": etag_of(found.product.revision)})

    @extend_schema(
        operation_id="variants_create",
        summary="Add a variant",
        request=bodies.VariantBody,
        responses={201: VariantAnswer},
    )
    @raises(ProductNotFound, Taken, Forbidden)
    @idempotent(context="catalog", caller=by_subject)
    def post(self, request: Request, slug: str) -> Response:
        """One more combination of the options, with standing prices for who may set them."""
        draft = bodies.VariantBody(data=request.data).draft(variant_id=request.operation_id)  # type: ignore[attr-defined]
        may_price(request, [draft])
        product = add_variant(slug=slug, draft=draft)
        return _answer(product, draft.sku, 201, Location=f"/api/v1/products/{slug}/variants/{draft.sku}")


class Variant(ApiView):
    access = staff("catalog:write")

    @extend_schema(operation_id="variants_retrieve", summary="One variant", responses=VariantAnswer)
    @raises(ProductNotFound, VariantNotFound)
    def get(self, request: Request, slug: str, sku: str) -> Response:  # noqa: ARG002
        """With its standing prices."""
        return _answer(staff_product(slug).product, sku)

    @extend_schema(
        operation_id="variants_update",
        summary="Change a variant",
        request=bodies.VariantChanges,
        responses=VariantAnswer,
    )
    @raises(ProductNotFound, VariantNotFound, StaleProduct)
    @if_match()
    def patch(self, request: Request, slug: str, sku: str) -> Response:
        """Other options, or another place. Its SKU is for ever."""
        changes = bodies.VariantChanges(data=request.data).changes()
        return _answer(edit_variant(slug=slug, sku=sku, changes=changes, revision=revision_wanted(request)), sku)

    @extend_schema(operation_id="variants_destroy", summary="Remove a variant", responses={204: None})
    @raises(ProductNotFound, VariantNotFound, StaleProduct, NotPublishable)
    @if_match()
    def delete(self, request: Request, slug: str, sku: str) -> Response:
        """Its stock and ledger stay. A product on sale keeps a variant with a price."""
        remove_variant(slug=slug, sku=sku, revision=revision_wanted(request))
        return Response(status=204)


class VariantPrices(ApiView):
    access = staff(PRICES)

    @extend_schema(operation_id="prices_retrieve", summary="The prices of a variant", responses=PricesAnswer)
    @raises(ProductNotFound, VariantNotFound)
    def get(self, request: Request, slug: str, sku: str) -> Response:  # noqa: ARG002
        """Standing ones, sales, and what counts now. Its ETag is needed to change them."""
        return _prices(slug, sku)

    @extend_schema(
        operation_id="prices_replace",
        summary="Set the prices of a variant",
        request=bodies.PricesBody,
        responses=PricesAnswer,
    )
    @raises(ProductNotFound, VariantNotFound, Stale, NotPublishable)
    @if_match(required=True)
    def put(self, request: Request, slug: str, sku: str) -> Response:
        """All of them. A sale counts from its start to just before its end; of several, the one that started last."""
        schedule = bodies.PricesBody(data=request.data).schedule()
        set_prices(slug=slug, sku=sku, schedule=schedule, revision=revision_wanted(request))
        return _prices(slug, sku)


def _answer(product: models.Product, sku: str, status: int = 200, **headers: str) -> Response:
    found = staff_product(product.slug)
    one = [rendered for rendered in render_variants(found) if rendered["sku"] == sku]
    if not one:
        raise VariantNotFound(f"{product.slug} has no variant {sku}.", sku=sku)
    return Response(one[0], status=status, headers={"ETag": etag_of(found.product.revision), **headers})


def _prices(slug: str, sku: str) -> Response:
    found = variant_prices(slug=slug, sku=sku)
    return Response(render_prices(found), headers={"ETag": etag_of(found.variant.price_revision)})
