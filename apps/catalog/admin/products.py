"""A product with its variants, prices and pictures on one page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.catalog.models import Picture, Product, Status, Variant
from apps.catalog.services.add_picture import add_picture, change_picture, remove_picture
from apps.catalog.services.delete_product import delete_product
from apps.catalog.services.publish_product import publish_product, withdraw_product
from apps.catalog.services.save_product import ProductDraft, VariantDraft, save_product
from shop.ids import uuid7

from .base import ServiceAdmin, Tabular
from .forms import ProductForm, VariantForm, lowest_prices, price_field


class VariantInline(Tabular):
    model = Variant
    form = VariantForm
    fields = ("sku", "options", "position", *(price_field(currency) for currency in settings.CURRENCIES))
    extra = 1
    show_change_link = False


class PictureInline(Tabular):
    model = Picture
    fields = ("file", "alt", "position")
    extra = 1


class PricedList(ChangeList):
    """The products of one page with their lowest price: two queries, however many rows."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        products = list(self.result_list)
        lowest = lowest_prices([product.pk for product in products], settings.CURRENCIES[0])
        for product in products:
            found = lowest.get(product.pk)
            product.lowest = None if found is None else str(found)
        self.result_list = products


@admin.register(Product)
class ProductAdmin(ServiceAdmin):
    """Saved as one draft by the services; Django's own saving of rows is not used."""

    form = ProductForm
    list_display = ("name", "price", "status", "category", "available", "updated_at")
    list_filter = ("status", "available")
    list_select_related = ("category",)
    search_fields = ("name", "slug")
    search_help_text = "Part of the name or slug, or the beginning of a SKU."
    ordering = ("-shelved",)
    list_per_page = 50
    prepopulated_fields = {"slug": ("name",)}
    autocomplete_fields = ("category",)
    inlines = (VariantInline, PictureInline)
    actions = ("publish", "withdraw")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("card", "page")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Names and slugs, and the products of SKUs that begin so: SKUs first, by themselves."""
        found, twice = super().get_search_results(request, queryset, search_term)
        if term := search_term.strip():
            owners = Variant.objects.filter(sku__startswith=term.upper()).values_list("product_id", flat=True)[:50]
            found = found | queryset.filter(pk__in=list(owners))
        return found, twice

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[PricedList]:  # noqa: ARG002
        return PricedList

    @admin.display(description=f"Price in {settings.CURRENCIES[0]}", empty_value="not sold")
    def price(self, product: Product) -> str | None:
        """The lowest of its variants, from one query for the whole page."""
        return getattr(product, "lowest", None)

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: Any) -> None:  # noqa: ARG002
        """Only the key that formsets take from a new parent: the variants belong to the same draft."""
        if obj.pk is None:
            obj.pk = uuid7()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:  # noqa: ARG002
        product: Product = form.instance
        for formset in formsets:
            formset.save(commit=False)  # notes for the change message what is new, changed and deleted
        variants = next(formset for formset in formsets if formset.model is Variant)
        pictures = next(formset for formset in formsets if formset.model is Picture)
        save_product(
            product_id=product.pk,
            draft=_draft(product, variants),
            revision=form.cleaned_data.get("seen_revision") if change else None,
        )
        _save_pictures(product, pictures)
        if product.status == Status.PUBLISHED:
            publish_product(product_id=product.pk)
        else:
            withdraw_product(product_id=product.pk)

    def delete_model(self, request: HttpRequest, obj: Product) -> None:  # noqa: ARG002
        delete_product(product_id=obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:  # noqa: ARG002
        for product in queryset:
            delete_product(product_id=product.pk)

    @admin.action(description="Publish")
    def publish(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Show and sell the selected products."""
        count = sum(publish_product(product_id=product.pk) for product in queryset)
        self.message_user(request, f"{count} published.")

    @admin.action(description="Withdraw")
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Neither show nor sell the selected products."""
        count = sum(withdraw_product(product_id=product.pk) for product in queryset)
        self.message_user(request, f"{count} withdrawn.")


def _kept(formset: Any) -> list[Any]:
    """The filled-in forms that are not to be deleted."""
    deleted = formset.deleted_forms
    return [
        form
        for form in formset.forms
        if form not in deleted and (form.has_changed() or not form.instance._state.adding)  # noqa: SLF001
    ]


def _draft(product: Product, variants: Any) -> ProductDraft:
    forms = sorted(_kept(variants), key=lambda form: form.cleaned_data.get("position") or 0)
    return ProductDraft(
        slug=product.slug,
        name=product.name,
        category_id=product.category_id,
        description=product.description,
        tax_class=product.tax_class_id,
        variants=tuple(
            VariantDraft(sku=form.cleaned_data["sku"], options=form.cleaned_data["options"], prices=form.prices())
            for form in forms
        ),
    )


def _save_pictures(product: Product, pictures: Any) -> None:
    for form in pictures.deleted_forms:
        remove_picture(picture_id=form.instance.pk, product_id=product.pk)
    for form in _kept(pictures):
        picture: Picture = form.instance
        if "file" in form.changed_data:
            remove_picture(picture_id=picture.pk, product_id=product.pk)
            file = form.cleaned_data["file"]
            add_picture(
                picture_id=picture.pk, product_id=product.pk, file=file, alt=picture.alt, position=picture.position
            )
        elif form.has_changed():
            change_picture(picture_id=picture.pk, product_id=product.pk, alt=picture.alt, position=picture.position)
