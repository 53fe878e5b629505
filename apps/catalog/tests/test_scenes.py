"""What tests begin with is read by the product as it was written, also when it was put back."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connections

from apps.catalog.services.ensure_basics import ensure_basics
from apps.catalog.testing.staff import make_mug
from shop.testing.flush import flush
from shop.testing.http import send

pytestmark = [
    pytest.mark.usefixtures("database"),
    pytest.mark.skipif(
        "postgresql" in {connections[one].vendor for one in connections}, reason="built each time there"
    ),
]


def everything():
    """Times, ids, JSON and flags of all tables."""
    models = apps.get_app_config("catalog").get_models()
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def test_a_mug_that_was_put_back_is_the_mug_that_was_made():
    ensure_basics()
    make_mug()
    made, page = everything(), send("GET", "/products/mug")
    flush()
    assert not any(everything().values())
    ensure_basics()
    make_mug()

    assert everything() == made
    assert {"Product", "Variant", "Price", "Stock", "ShelfRow"} <= {name for name, rows in made.items() if rows}
    assert (send("GET", "/products/mug").content, page.status_code) == (page.content, 200)
