"""A context is alone with its tables, and the doors stay plain Python."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.apps import apps
from django.db import models
from django.test.utils import isolate_apps

from shop.ports import PORTS
from tests.architecture import boundaries
from tests.architecture.sources import CHECKOUT, CONTEXTS, Source, product

WITHOUT_DJANGO = """
import importlib, pathlib, sys
BLOCKED = {"django", "rest_framework", "celery", "stripe", "twilio", "redis", "pymongo", "django_mongodb_backend"}
class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED:
            raise ImportError(name + " is behind the wall")
sys.meta_path.insert(0, Wall())
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def import_without_django(*names):
    command = [sys.executable, "-c", WITHOUT_DJANGO, *names]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)


def test_no_relation_crosses_a_context():
    ours = [model for model in apps.get_models() if model._meta.app_label in {*CONTEXTS, *boundaries.FRAMEWORK}]
    assert list(boundaries.crossing_relations(ours)) == []


@isolate_apps("apps.orders", "apps.catalog")
def test_a_relation_to_another_context_is_found():
    class Planted(models.Model):
        class Meta:
            app_label = "catalog"

    class Offender(models.Model):
        planted = models.ForeignKey(Planted, on_delete=models.CASCADE, related_name="+")

        class Meta:
            app_label = "orders"

    assert list(boundaries.crossing_relations([Offender])) == [
        "orders.Offender.planted relates to catalog.Planted: refer by id"
    ]


def test_no_model_is_looked_up_by_name():
    kernel = "shop/db/mongodb/"
    assert [
        found
        for source in product()
        if not source.path.startswith(kernel)
        for found in boundaries.models_by_name(source)
    ] == []


def test_views_do_not_write():
    assert [found for source in product() for found in boundaries.writes_in_http(source)] == []


def test_queries_do_not_write():
    assert [found for source in product() for found in boundaries.writing_queries(source)] == []


def test_no_text_names_the_inside_of_another_context():
    assert [found for source in product() for found in boundaries.foreign_contexts(source)] == []


@pytest.mark.parametrize(
    ("check", "path", "text"),
    [
        (boundaries.models_by_name, "apps/cart/queries.py", "apps.get_model('catalog', 'Product')"),
        (boundaries.writes_in_http, "apps/cart/http/views.py", "Cart.objects.create(currency='EUR')"),
        (boundaries.writes_in_http, "apps/cart/http/views.py", "Cart.objects.filter(pk=1).update(status='x')"),
        (boundaries.writes_in_http, "apps/cart/http/views.py", "cart.save()"),
        (boundaries.writing_queries, "apps/cart/queries.py", "Cart.objects.using('cart').delete()"),
        (boundaries.foreign_contexts, "apps/cart/tasks.py", "load('apps.catalog.models')"),
    ],
)
def test_an_offender_is_found(check, path, text):
    assert len(list(check(Source(path, text)))) == 1


def test_what_is_no_offence_is_left_alone():
    assert (
        list(boundaries.writes_in_http(Source("apps/cart/http/views.py", "data.update(x=1)\nCart.objects.get(pk=1)")))
        == []
    )
    assert list(boundaries.writes_in_http(Source("apps/cart/services/add.py", "cart.save()"))) == []
    assert list(boundaries.foreign_contexts(Source("apps/cart/tasks.py", "load('apps.catalog.api')"))) == []


def test_every_writing_port_takes_the_id_that_makes_it_repeatable():
    ours = [port for port in PORTS.values() if port.context in CONTEXTS]
    assert len(ours) >= 10
    assert list(boundaries.ports_without_key(ours)) == []


def test_a_writing_port_without_such_an_id_is_found():
    def by_text(*, order_id: str) -> None: ...
    def optional(*, order_id: UUID | None = None) -> None: ...
    def good(*, order_id: UUID) -> None: ...

    ports = [
        SimpleNamespace(full_name=function.__name__, key="order_id", function=function)
        for function in (by_text, optional, good)
    ]
    for function in (by_text, optional, good):
        function.__annotations__ = {
            "order_id": {"by_text": str, "optional": UUID | None, "good": UUID}[function.__name__]
        }
    assert [found.partition(":")[0] for found in boundaries.ports_without_key(ports)] == ["by_text", "optional"]


def test_contracts_rules_and_menus_need_no_django():
    names = [
        str(file.relative_to(CHECKOUT).with_suffix("")).replace("/", ".").removesuffix(".__init__")
        for kind in ("contracts", "rules", "api")
        for file in sorted([*CHECKOUT.glob(f"apps/*/{kind}.py"), *CHECKOUT.glob(f"apps/*/{kind}/__init__.py")])
    ]
    result = import_without_django(*names)
    assert (result.returncode, result.stderr) == (0, "")


def test_a_module_that_needs_django_is_found():
    result = import_without_django("apps.catalog.models")
    assert result.returncode == 1
    assert "is behind the wall" in result.stderr
