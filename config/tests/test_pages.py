"""Every view as a person in a browser sees it: a page, whoever they are, whether the thing is there or not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from apps.accounts.rules import Role
from apps.accounts.testing.people import login, make_person
from apps.catalog.testing.make import make_product
from shop.http.views import ApiView
from tests.architecture.shape import views_of

pytestmark = pytest.mark.usefixtures("database")
SAMPLES = {"uuid": "0190a000-0000-7000-8000-000000000009", "slug": "mug", "str": "MUG-BLUE", "int": "1"}
POST_FORM = b'method="POST" class="form-horizontal"'
SEEN = {200, 301, 302, 401, 403, 404, 405, 422}


def paths(method: str) -> Iterator[tuple[str, Any]]:
    """Every path of the API whose view has this method, with samples where it takes something."""
    for route, view in views_of(get_resolver()):
        if isinstance(view, type) and issubclass(view, ApiView) and hasattr(view, method):
            yield "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda match: SAMPLES[match[1] or "str"], route), view


def page(path: str, person: dict[str, str]) -> Any:
    headers = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    return Client(raise_request_exception=False).get(path, headers={**headers, **person})


def no_page(path: str, answer: Any) -> str:
    """What is wrong with it; "" for a page, a login form or a refusal that is one."""
    html = answer["Content-Type"].startswith("text/html")
    return "" if html and answer.status_code in SEEN else f"{path}: {answer.status_code} {answer['Content-Type']}"


def test_every_path_is_a_page_or_leads_a_stranger_to_the_login(database):
    make_product("mug")

    wrong = [no_page(path, page(path, {})) for path, _view in {**dict(paths("post")), **dict(paths("get"))}.items()]

    assert list(filter(None, wrong)) == []


def test_who_may_do_everything_sees_pages_and_a_form_for_each_post(database):
    make_product("mug")
    root = login(make_person("root@example.com", Role.ADMIN))

    seen = {path: (view, page(path, root)) for path, view in {**dict(paths("get")), **dict(paths("post"))}.items()}

    assert list(filter(None, (no_page(path, answer) for path, (_, answer) in seen.items()))) == []
    formless = [
        path
        for path, (view, answer) in seen.items()
        if hasattr(view, "post") and view.authentication_classes and POST_FORM not in answer.content
    ]
    assert formless == []
