"""The project as a whole: settings, paths, document, Celery, and starts that must fail in one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from functools import cache
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.test import Client
from django.urls import URLPattern, get_resolver

from config import contexts
from config.celery import Beat, app, route
from config.dev import openapi
from config.env import CHECKOUT
from shop.http import document
from shop.http.views import ApiView
from shop.testing.races import at_once


def routes():
    stack = [("", get_resolver("config.urls").url_patterns)]
    while stack:
        prefix, patterns = stack.pop()
        for pattern in patterns:
            path = prefix + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                yield path, pattern.callback
            else:
                stack.append((path, pattern.url_patterns))


def test_nothing_can_be_written_to_a_default_database():
    assert settings.DATABASES[DEFAULT_DB_ALIAS].get("ENGINE", "django.db.backends.dummy") == "django.db.backends.dummy"


def test_every_context_has_its_own_alias():
    assert set(contexts.CONTEXTS) <= set(settings.DATABASES)
    assert contexts.local() == contexts.CONTEXTS
    assert contexts.is_local("cart")


def test_no_path_of_the_api_ends_in_a_slash():
    assert [path for path, _ in routes() if path.startswith("api/") and path.endswith("/")] == []


def test_every_view_of_the_api_says_who_may_call_it():
    views = {path: getattr(callback, "cls", None) for path, callback in routes() if path.startswith("api/v1")}

    assert len(views) > 5
    for path, view in views.items():
        assert issubclass(view or object, ApiView), path
        assert getattr(view, "access").why, path  # noqa: B009  # the type is not known here


def test_every_operation_of_the_document_has_a_name_and_problems():
    """Of the one that is kept: `make lint` makes it without a warning, validates it and compares the two."""
    kept = yaml.load(openapi.FILE.read_text(encoding="utf-8"), yaml.CSafeLoader)

    assert kept["openapi"].startswith("3.1")
    for path, operations in kept["paths"].items():
        for verb, operation in operations.items():
            assert operation["operationId"], (verb, path)
            assert "default" in operation["responses"], (verb, path)
            assert operation["x-access"], (verb, path)


@pytest.mark.parametrize("path", ["/api/nowhere", "/api/v2", "/api/v1/nowhere", "/nowhere", "/api/v1/carts/no-uuid"])
def test_a_path_that_is_not_there_is_a_problem_document(client: Client, path):
    response = client.get(path)

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


def test_the_document_is_served_and_kept_by_who_has_it(client: Client):
    served = client.get("/api/schema")

    assert served["Content-Type"] == "application/vnd.oai.openapi; charset=utf-8"
    served_yaml = yaml.load(served.content, yaml.CSafeLoader)  # in a seventh of the other's time
    assert served_yaml["openapi"] == "3.1.1"
    assert client.get("/api/schema/").content == served.content
    assert (served["Cache-Control"], served["Vary"]) == ("public, max-age=300", "Accept")
    again = client.get("/api/schema", headers={"If-None-Match": served["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    as_json = client.get("/api/schema", headers={"Accept": "application/json"})
    assert as_json["Content-Type"] == "application/json; charset=utf-8"
    assert as_json["ETag"] != served["ETag"]
    assert as_json.json()["paths"] == served_yaml["paths"]
    assert client.head("/api/schema").status_code == 200


def test_the_document_is_made_once_however_many_ask_at_once(monkeypatch):
    made: list[int] = []

    class Generator:
        def get_schema(self, **_asked: object) -> dict[str, str]:
            made.append(1)
            time.sleep(0.05)
            return {"openapi": "3.1.1"}

    monkeypatch.setattr(document, "SchemaGenerator", Generator)
    for kept in (document._made, document._written):
        monkeypatch.setattr(document, kept.__name__, cache(kept.__wrapped__))
    answers = at_once(*[lambda: Client().get("/api/schema").content] * 8)

    assert answers == [b"openapi: 3.1.1\n"] * 8
    assert len(made) == 1


def test_each_task_goes_to_the_queue_of_its_context():
    assert route("orders.sweep") == {"queue": "orders"}
    assert route("celery.ping") is None
    assert [queue.name for queue in app.conf.task_queues] == list(contexts.local())
    assert app.conf.task_acks_late
    assert app.conf.task_ignore_result
    assert app.conf.worker_prefetch_multiplier == 1


def test_every_tick_expires():
    schedule = Beat(app=app, lazy=False).schedule

    assert len(schedule) > 6
    entry: Any
    for entry in schedule.values():
        assert entry.options["expires"] >= 1
        assert entry.options["queue"] in settings.SHOP_CONTEXTS


STARTS = [["manage.py", "check"], ["-m", "celery", "-A", "config", "worker"], ["-c", "import config.wsgi"]]


@pytest.mark.parametrize("start", STARTS, ids=["manage", "celery", "wsgi"])
def test_a_wrong_variable_stops_every_start_with_one_sentence(start, tmp_path):
    values = {"SHOP_ENV_FILE": "", "SHOP_DATA_DIR": str(tmp_path), "STRIPE_KEYS": "sk_live_1 pk_live_1"}
    environ = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings", **values}

    command = [sys.executable, *start]
    done = subprocess.run(command, cwd=CHECKOUT, env=environ, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 2
    assert done.stderr == "STRIPE_KEYS: the word that starts with whsec_ is missing.\n"
    assert done.stdout == ""


def test_the_documentation_needs_no_other_server():
    page = Client().get("/api/docs").content.decode()

    assert "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js" in page
    assert "https://" not in page
    assert 'href="/favicon.ico"' in page
    assert Client().get("/").headers["Location"] == "/api/docs"


def test_the_staffs_pages_carry_the_shops_name_and_their_own_style():
    page = Client().get("/admin/login/").content.decode()

    assert "Django" not in page
    assert "/static/shop/admin.css" in page
    assert '<link rel="icon" href="/static/shop/icon.svg">' in page
