"""Product types with their attributes and options on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.catalog.models import Attribute, Option, ProductType
from apps.catalog.rules import AttributeRule, OptionFact
from apps.catalog.services.save_product_type import (
    TypeDraft,
    change_product_type,
    create_product_type,
    delete_product_type,
)
from shop.ids import uuid7

from .base import ServiceAdmin, Tabular, kept_forms

if TYPE_CHECKING:  # generic to the type checker only
    AttributeModelForm = forms.ModelForm[Attribute]
    OptionModelForm = forms.ModelForm[Option]
    TypeModelForm = forms.ModelForm[ProductType]
else:
    AttributeModelForm = OptionModelForm = TypeModelForm = forms.ModelForm


class LinesField(forms.CharField):
    """A list of texts, one on each line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"cols": 22, "style": "height: 6.5em"}), **options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or []) != self.to_python(data))


class TypeForm(TypeModelForm):
    """Its revision travels along, so that two people do not overwrite each other."""

    seen_revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = ProductType
        fields = ("code", "name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:  # noqa: SLF001  # Django's documented way to tell new rows
            self.fields["seen_revision"].initial = self.instance.revision


class AttributeForm(AttributeModelForm):
    choices = LinesField(required=False, help_text="Of a choice: one on each line.")

    class Meta:
        model = Attribute
        fields = ("position", "code", "name", "kind", "unit", "choices", "required", "filterable")
        widgets = {
            "position": forms.NumberInput(attrs={"style": "width: 3em"}),
            "code": forms.TextInput(attrs={"style": "width: 8em"}),
            "name": forms.TextInput(attrs={"style": "width: 10em"}),
            "unit": forms.TextInput(attrs={"style": "width: 4em"}),
        }


class OptionForm(OptionModelForm):
    values = LinesField(help_text="One on each line.")

    class Meta:
        model = Option
        fields = ("position", "code", "name", "values")
        widgets = AttributeForm.Meta.widgets


class AttributeInline(Tabular):
    model = Attribute
    form = AttributeForm
    extra = 1


class OptionInline(Tabular):
    model = Option
    form = OptionForm
    extra = 1
    verbose_name_plural = "options of variants"


@admin.register(ProductType)
class ProductTypeAdmin(ServiceAdmin):
    """Saved as one draft. While products have the type it can grow, not shrink."""

    form = TypeForm
    list_display = ("name", "code")
    search_fields = ("name", "code")
    search_help_text = "Part of the name or code."
    prepopulated_fields = {"code": ("name",)}
    inlines = (AttributeInline, OptionInline)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ARG002  # Django's signature
        return ("code",) if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:  # noqa: ARG002
        return {} if obj else {"code": ("name",)}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """It is saved with its inlines."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:  # noqa: ARG002
        for formset in formsets:
            formset.save(commit=False)  # notes for the change message what is new, changed and deleted
        attributes, options = (kept_forms(formset) for formset in formsets)
        draft = TypeDraft(
            code=form.instance.code,
            name=form.cleaned_data["name"],
            attributes=tuple(_rule(one.cleaned_data) for one in _in_order(attributes)),
            options=tuple(_option(one.cleaned_data) for one in _in_order(options)),
        )
        if change:
            change_product_type(draft=draft, revision=form.cleaned_data.get("seen_revision"))
        else:
            create_product_type(operation_id=uuid7(), draft=draft)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:  # noqa: ARG002
        delete_product_type(code=obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:  # noqa: ARG002
        for found in queryset:
            delete_product_type(code=found.pk)


def _in_order(forms_: list[Any]) -> list[Any]:
    return sorted(forms_, key=lambda one: one.cleaned_data.get("position") or 0)


def _rule(cleaned: dict[str, Any]) -> AttributeRule:
    names = ("code", "name", "kind", "unit", "required", "filterable")
    return AttributeRule(**{name: cleaned[name] for name in names}, choices=tuple(cleaned["choices"]))


def _option(cleaned: dict[str, Any]) -> OptionFact:
    return OptionFact(cleaned["code"], cleaned["name"], tuple(cleaned["values"]))
