"""A product with its variants, prices and pictures on one page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from apps.catalog.models import Picture, Product, Status, Variant
from apps.catalog.rules import videos_of
from apps.catalog.services.add_picture import add_picture
from apps.catalog.services.change_picture import change_picture
from apps.catalog.services.delete_product import delete_product
from apps.catalog.services.publish_product import publish_product, withdraw_product
from apps.catalog.services.remove_picture import remove_picture
from apps.catalog.services.save_product import ProductDraft, VariantDraft, save_product
from apps.catalog.services.surroundings import TypeFacts
from shop.errors import DomainError, Unavailable
from shop.ids import uuid7

from .base import ServiceAdmin, Tabular, kept_forms
from .forms import ProductForm, VariantForm, lowest_prices, price_field
from .pictures import PictureForm, condition, preview
from .shown import PRODUCT, VARIANT, ShownProduct, ShownVariant, only_looks
from .typed import attribute_fields, attributes_of, option_fields, type_facts

SHOWS_ITS_FIELDS = "data-shows-its-fields"
"""On a new product's page: choosing the type shows the fields that it has, see static/catalog/product_type.js."""


class VariantInline(ShownVariant, Tabular):
    model = Variant
    form = VariantForm
    extra = 1
    readonly_fields = ("sales",)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """With a choice for each option of the product's type."""
        if only_looks(self, request, obj):
            return super().get_formset(request, obj, **{**kwargs, "fields": ["sku", "position"]})
        kind = type_of_page(request, obj)
        form = type("VariantForm", (VariantForm,), {"declared": kind.options, **_option_fields(kind)})
        return super().get_formset(request, obj, **{**kwargs, "form": form, "fields": self._names(kind)})

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = only_looks(self, request, obj)
        return [*(VARIANT if shown else self._names(type_of_page(request, obj))), "sales"]

    @admin.display(description="sales")
    def sales(self, variant: Variant) -> str:
        """Where its prices are planned."""
        if variant._state.adding:  # noqa: SLF001  # Django's documented way to tell new rows
            return "after it is saved"
        return format_html('<a href="{}">plan</a>', reverse("admin:catalog_variant_change", args=[variant.pk]))

    @staticmethod
    def _names(kind: TypeFacts) -> list[str]:
        options = list(option_fields(kind.options)) or ["options"]
        return ["sku", *options, "position", *(price_field(currency) for currency in settings.CURRENCIES)]


def _option_fields(kind: TypeFacts) -> dict[str, Any]:
    """In place of the one for JSON: what no browser shows it does not send, and an empty row would not be empty."""
    return {"options": None, **option_fields(kind.options)} if kind.options else {}


class PictureInline(Tabular):
    model = Picture
    form = PictureForm
    fields = ("preview", "file", "alt", "position", "condition")
    readonly_fields = ("preview", "condition")
    extra = 1

    @admin.display(description="Preview")
    def preview(self, picture: Picture) -> str:
        return preview(picture)

    @admin.display(description="State", empty_value="new")
    def condition(self, picture: Picture) -> str:
        return condition(picture)


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
class ProductAdmin(ShownProduct, ServiceAdmin):
    """Saved as one draft by the services; Django's own saving of rows is not used."""

    form = ProductForm
    list_display = ("name", "price", "status", "category", "available", "updated_at")
    list_filter = ("status", "available", "product_type")
    list_select_related = ("category",)
    search_fields = ("name", "slug")
    search_help_text = "Part of the name or slug, or the beginning of a SKU."
    ordering = ("-shelved",)
    list_per_page = 50
    prepopulated_fields = {"slug": ("name",)}
    autocomplete_fields = ("category", "brand")
    inlines = (VariantInline, PictureInline)
    actions = ("publish", "withdraw")

    class Media:
        js = ("catalog/product_type.js",)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002  # Django's signature
        """With a field for each attribute of its type."""
        if only_looks(self, request, obj):
            return super().get_form(request, obj, change, **kwargs)
        kind = type_of_page(request, obj)
        fields = attribute_fields(kind.attributes)
        form = type("ProductForm", (ProductForm,), {"kind": kind, **fields})
        kwargs |= {"form": form, "fields": [*ProductForm.Meta.fields, "seen_revision", *fields]}
        made = super().get_form(request, obj, change, **kwargs)
        widget = made.base_fields["product_type"].widget
        widget.can_change_related = widget.can_delete_related = False
        if obj is None:
            widget.attrs[SHOWS_ITS_FIELDS] = True
        return made

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What was written before the type was chosen; Django would take one tag only."""
        found: dict[str, Any] = super().get_changeform_initial_data(request)
        return {**found, "tags": request.GET.getlist("tags")}

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if only_looks(self, request, obj):
            return [(None, {"fields": PRODUCT})]
        names = list(attribute_fields(type_of_page(request, obj).attributes))
        plain = [name for name in ProductForm.Meta.fields if not name.startswith("seo_")]
        return [
            (None, {"fields": [*plain, "seen_revision"]}),
            *([("Attributes of its type", {"fields": names})] if names else []),
            ("Search engines", {"fields": ["seo_title", "seo_description"], "classes": ["collapse"]}),
        ]

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

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Django saves a page in one transaction; new files go to the storage when it is over."""
        answer = super().changeform_view(request, *args, **kwargs)
        for upload in getattr(request, "uploads", ()):
            try:
                add_picture(**upload)
            except (DomainError, Unavailable) as refusal:
                self.message_user(request, f"A picture was not added: {refusal}", messages.ERROR)
        return answer

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: Any) -> None:  # noqa: ARG002
        """Only the key that formsets take from a new parent: the variants belong to the same draft."""
        if obj.pk is None:
            obj.pk = uuid7()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        product: Product = form.instance
        for formset in formsets:
            formset.save(commit=False)  # notes for the change message what is new, changed and deleted
        variants = next(formset for formset in formsets if formset.model is Variant)
        pictures = next(formset for formset in formsets if formset.model is Picture)
        save_product(
            product_id=product.pk,
            draft=_draft(product, form, variants),
            revision=form.cleaned_data.get("seen_revision") if change else None,
        )
        request.uploads = _save_pictures(product, pictures)  # type: ignore[attr-defined]  # see changeform_view
        if product.status == Status.PUBLISHED:
            publish_product(product_id=product.pk)
        else:
            withdraw_product(product_id=product.pk)

    def delete_model(self, request: HttpRequest, obj: Product) -> None:  # noqa: ARG002
        delete_product(product_id=obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:  # noqa: ARG002
        for product in queryset:
            delete_product(product_id=product.pk)

    @admin.action(description="Publish", permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Show and sell the selected products."""
        count = sum(publish_product(product_id=product.pk) for product in queryset)
        self.message_user(request, f"{count} published.")

    @admin.action(description="Withdraw", permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Neither show nor sell the selected products."""
        count = sum(withdraw_product(product_id=product.pk) for product in queryset)
        self.message_user(request, f"{count} withdrawn.")


def _draft(product: Product, form: ProductForm, variants: Any) -> ProductDraft:
    forms = sorted(kept_forms(variants), key=lambda one: one.cleaned_data.get("position") or 0)
    return ProductDraft(
        slug=product.slug,
        name=product.name,
        category_id=product.category_id,
        description=product.description,
        tax_class=product.tax_class_id,
        product_type=product.product_type_id,
        attributes=attributes_of(form.cleaned_data, form.kind.attributes),
        brand_id=product.brand_id,
        tag_ids=tuple(tag.pk for tag in form.cleaned_data["tags"]),
        seo_title=product.seo_title,
        seo_description=product.seo_description,
        videos=videos_of(form.cleaned_data["videos"]),
        variants=tuple(VariantDraft(one.cleaned_data["sku"], one.prices(), one.chosen()) for one in forms),
    )


def type_of_page(request: HttpRequest, product: Product | None) -> TypeFacts:
    """What the type says that is chosen in the form, else asked for, else kept."""
    asked = request.POST or request.GET
    kept = product.product_type_id if product else None
    return type_facts(asked.get("product_type", kept))


def _save_pictures(product: Product, pictures: Any) -> list[dict[str, Any]]:
    """Change and remove; answers what is still to be uploaded, as add_picture takes it."""
    uploads = []
    for form in pictures.deleted_forms:
        remove_picture(picture_id=form.instance.pk, product_id=product.pk)
    for form in kept_forms(pictures):
        picture: Picture = form.instance
        if "file" in form.changed_data:
            if not picture._state.adding:  # noqa: SLF001  # another file is another picture
                remove_picture(picture_id=picture.pk, product_id=product.pk)
            content = form.cleaned_data["file"].read()
            upload = {"content": content, "alt": picture.alt, "position": form.cleaned_data["position"]}
            uploads.append({"picture_id": uuid7(), "product_id": product.pk, **upload})
        elif form.has_changed():
            position = form.cleaned_data["position"] or 0
            change_picture(picture_id=picture.pk, product_id=product.pk, alt=picture.alt, position=position)
    return uploads
