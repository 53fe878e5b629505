"""Where browsing begins: complete, right about who may, and links in a browser."""

from __future__ import annotations

import inspect
import re

import pytest
from django.test import Client
from django.urls import get_resolver

from config.root import BEGINNINGS, ROOT
from shop.http.document import document
from shop.http.serializers import Body
from shop.http.views import ApiView
from tests.architecture.shape import views_of

pytestmark = pytest.mark.usefixtures("database")


def test_it_names_every_address_without_parameters_by_who_may_ask_for_it():
    there: dict[str, set[str]] = {who: set() for who in BEGINNINGS}
    for route, view in views_of(get_resolver()):
        if isinstance(view, type) and issubclass(view, ApiView) and hasattr(view, "get") and "<" not in route:
            there[view.access.of("GET").name].add(route.removeprefix("api/v1/"))
    there["anyone"].remove("api/v1")  # itself

    assert {who: set(names) for who, names in BEGINNINGS.items()} == there


@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/"])
def test_whoever_begins_is_told_where(path):
    answer = Client().get(path)
    assert (answer.status_code, answer.json()) == (200, ROOT)
    assert answer.json()["anyone"]["products"] == "/api/v1/products"
    assert Client().get(path, headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_the_api_without_a_version_leads_to_it():
    answer = Client().get("/api")
    assert (answer.status_code, answer["Location"]) == (302, "/api/v1")


def test_in_a_browser_each_is_a_link():
    page = Client().get("/api/v1", headers={"Accept": "text/html"}).content.decode()
    links = re.findall(r"<dd>(.*?)</dd>", page)
    assert [re.findall(r'<a href="([^"]+)">', those) for those in links] == [
        [f"/api/v1/{name}" for name in names] for names in BEGINNINGS.values()
    ]


def test_nothing_is_written_there():
    assert Client().post("/api/v1", b"{}", content_type="application/json").status_code == 405


def test_no_shape_of_the_document_is_described_by_how_to_program_it():
    schemas = document()["components"]["schemas"]
    inherited = " ".join(str(inspect.getdoc(Body)).split())
    assert [name for name, one in schemas.items() if " ".join(one.get("description", "").split()) == inherited] == []


def test_every_operation_of_the_document_stands_under_a_word():
    paths = document()["paths"]
    untagged = [(path, method) for path, those in paths.items() for method, one in those.items() if not one.get("tags")]
    assert untagged == []
