"""Every list of the staff's pages is read by an index, whatever the size of its table."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model, UUIDField
from django.test import RequestFactory

from shop.models import OutboxRow
from shop.testing.plans import assert_by_index

pytestmark = pytest.mark.usefixtures("database")
SMALL = {"stocklocation", "variant"}
"""Some places; and the variants, which are reached from their product."""
LISTS = sorted(
    (model for model in admin.site._registry if model is not OutboxRow and model._meta.model_name not in SMALL),
    key=lambda model: model._meta.label,
)


@pytest.mark.parametrize("model", LISTS, ids=lambda model: model._meta.label_lower)
def test_a_list_of_staff_is_read_by_an_index(model: type[Model]) -> None:
    request: Any = RequestFactory().get("/admin/")
    request.user = SimpleNamespace(has_perm=lambda *_: True, is_active=True, is_staff=True, pk=None)
    shown = admin.site.get_model_admin(model).get_changelist_instance(request)
    assert_by_index(shown.queryset[:50])


@pytest.mark.parametrize("model", LISTS, ids=lambda model: model._meta.label_lower)
def test_a_list_of_staff_begins_with_what_people_know(model: type[Model]) -> None:
    first = admin.site.get_model_admin(model).list_display[0]
    nobody_knows = {field.name for field in model._meta.concrete_fields if isinstance(field, UUIDField)}
    assert first not in nobody_knows | {"id", "pk"}
