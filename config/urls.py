"""Every path that this process answers: its contexts' APIs, the admin, health, schema, and calls of other units."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularSwaggerView

from config.root import Root
from shop.http import health, problems
from shop.http.document import OpenApiDocument
from shop.http.icon import icon
from shop.http.jwks import jwks
from shop.http.media import media
from shop.http.problem_pages import problem_page
from shop.http.routes import BySegment, Route
from shop.registry import package_of

PAGE = ["get", "head"]
"""The methods of a page; its renderer has no template for OPTIONS."""


def context_routes() -> list[Route]:
    """`apps/<context>/http/urls.py` of every local context that has one, below /api/v1."""
    modules = [f"{package_of(context)}.http.urls" for context in settings.SHOP_CONTEXTS]
    routes = [route for module in modules if _exists(module) for route in import_module(module).urlpatterns]
    return [BySegment("api/v1/", routes)]


def page_routes() -> list[Route]:
    """`apps/<context>/http/pages.py` of every local context that has one: pages for people, each with its own path."""
    modules = [f"{package_of(context)}.http.pages" for context in settings.SHOP_CONTEXTS]
    return [path("", include(module)) for module in modules if _exists(module)]


def _exists(module: str) -> bool:
    package = module.rpartition(".")[0]
    return find_spec(package) is not None and find_spec(module) is not None


urlpatterns: list[Route] = [
    *context_routes(),
    *page_routes(),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("favicon.ico", icon),
    path("problems", problem_page),
    path("problems/<slug:slug>", problem_page, name="problem"),
    path("api/v1", Root.as_view(), name="root"),
    path("api", RedirectView.as_view(pattern_name="root")),
    path("api/schema", OpenApiDocument.as_view(), name="schema"),
    path("", RedirectView.as_view(pattern_name="docs"), name="home"),
    path("api/docs", SpectacularSwaggerView.as_view(url_name="schema", http_method_names=PAGE), name="docs"),
]
if "accounts" in settings.SHOP_CONTEXTS:
    from django.contrib import admin

    urlpatterns += [path("admin/", admin.site.urls), path(".well-known/jwks.json", jwks)]
if settings.SHOP_SERVE_INTERNAL:
    urlpatterns.append(path("internal/", include("shop.http.internal")))
if settings.SHOP_SERVE_MEDIA:
    urlpatterns.append(re_path(r"^media/(?P<path>.+)$", media))

handler400 = problems.bad_request
handler403 = problems.forbidden
handler404 = problems.not_found
handler500 = problems.server_error
