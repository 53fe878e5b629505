"""Routes are found by their first segment, and found as Django finds them."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.urls import Resolver404, URLResolver, include, path, re_path
from django.urls.resolvers import RoutePattern

from shop.http.routes import BySegment, Route

ROUTES: list[Route] = [
    path("products", HttpResponse, name="products"),
    path("products/<slug:slug>", HttpResponse, name="product"),
    path("<slug:kind>/latest", HttpResponse, name="latest"),
    path("products/<slug:slug>/pictures", HttpResponse, name="pictures"),
    path("products/latest/pictures", HttpResponse, name="never"),
    path("carts/", include([path("", HttpResponse, name="carts"), path("<int:number>", HttpResponse, name="cart")])),
    path("cartoons", HttpResponse, name="cartoons"),
    path("cart", include([path("s-of-all", HttpResponse, name="of-all")])),
    re_path(r"^v(?P<number>\d+)/old$", HttpResponse, name="old"),
    path("", HttpResponse, name="root"),
]
PATHS = {
    "api/v1/products": ("products", {}),
    "api/v1/products/mug": ("product", {"slug": "mug"}),
    "api/v1/products/latest": ("product", {"slug": "latest"}),
    "api/v1/brands/latest": ("latest", {"kind": "brands"}),
    "api/v1/products/latest/pictures": ("pictures", {"slug": "latest"}),
    "api/v1/carts/": ("carts", {}),
    "api/v1/carts/7": ("cart", {"number": 7}),
    "api/v1/cartoons": ("cartoons", {}),
    "api/v1/carts-of-all": ("of-all", {}),
    "api/v1/v2/old": ("old", {"number": "2"}),
    "api/v1/": ("root", {}),
}


@pytest.mark.parametrize("asked", PATHS)
def test_a_path_leads_where_django_leads_it(asked):
    for resolver in (BySegment("api/v1/", ROUTES), URLResolver(RoutePattern("api/v1/"), ROUTES)):
        found = resolver.resolve(asked)
        assert (found.url_name, found.kwargs) == PATHS[asked]


@pytest.mark.parametrize(
    "asked", ["api/v1/nothing", "api/v1/products/", "api/v1/carts", "api/v2/products", "", "api/v1"]
)
def test_a_path_that_leads_nowhere_is_refused_as_django_refuses_it(asked):
    for resolver in (BySegment("api/v1/", ROUTES), URLResolver(RoutePattern("api/v1/"), ROUTES)):
        with pytest.raises(Resolver404):
            resolver.resolve(asked)


def test_only_the_routes_of_the_segment_are_tried(monkeypatch):
    tried = []
    match = RoutePattern.match

    def counted(pattern, asked):
        tried.append(str(pattern))
        return match(pattern, asked)

    monkeypatch.setattr(RoutePattern, "match", counted)
    BySegment("api/v1/", ROUTES).resolve("api/v1/cartoons")
    assert tried == ["api/v1/", "<slug:kind>/latest", "cartoons"]


def test_an_address_is_made_from_a_name_as_ever():
    site = URLResolver(RoutePattern(""), [BySegment("api/v1/", ROUTES)])
    assert site.reverse("pictures", slug="mug") == "api/v1/products/mug/pictures"
