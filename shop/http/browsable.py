"""The browsable API: the same answers for people in a browser, and a form for each thing that they may write there.

A form has all that its operation takes: the body, with the example of the OpenAPI document in it, and the headers
Idempotency-Key and If-Match. static/shop/api.js sends it as any client would, so every check is the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

from django import forms
from django.http.request import RawPostDataException
from rest_framework.exceptions import APIException
from rest_framework.renderers import BaseRenderer, BrowsableAPIRenderer
from rest_framework.serializers import Serializer

from shop.http.rendering import ReadableRenderer, read_body, to_pretty_json
from shop.http.schema import example_of
from shop.http.uploads import UploadField
from shop.principal import Principal

KEY, MATCH, CONTENT = "Idempotency-Key", "If-Match", "_content"
SCRIPTS = (
    *(f"rest_framework/js/{name}.js" for name in ("jquery-3.7.1.min", "csrf", "bootstrap.min")),
    *("rest_framework/js/prettify-min.js", "rest_framework/js/default.js", "shop/api.js"),
)
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_REPEAT = (401, 429)
"""Beside what is a 5xx or says Retry-After: answers that are never stored, so the same key may be sent again."""


class BrowsableRenderer(BrowsableAPIRenderer):
    """DRF's page with our forms, once somebody is logged in there."""

    template = "shop/api.html"
    renderer_context: dict[str, Any]

    def get_default_renderer(self, view: Any) -> BaseRenderer:
        """Show what an API client gets."""
        return ReadableRenderer()

    def show_form_for_method(self, view: Any, method: str, request: Any, obj: Any) -> bool:
        """What this person may do; strangers only read, since a form of theirs would carry no token."""
        return is_person(request) and bool(super().show_form_for_method(view, method, request, obj))

    def get_raw_data_form(self, data: Any, view: Any, method: str, request: Any) -> Any:
        """DRF's field for the body, or one for each part of an upload; and before them the headers."""
        form: Any = super().get_raw_data_form(data, view, method, request)
        if form is None:
            return None
        handler = getattr(view, method.lower())
        body = body_of(view, method)
        if body is not None and any(isinstance(field, UploadField) for field in body().fields.values()):
            form.fields = dict(_parts(body))
        elif body is None and takes_nothing(view, method):
            form.fields = {}
        else:
            form.fields[CONTENT].initial = self._sent(method) or _example(body)
        form.fields = {**self._headers(handler, method), **form.fields}
        return form

    def get_context(self, data: Any, accepted_media_type: Any, renderer_context: Any) -> dict[str, Any]:
        """DRF's, whether somebody is logged in, and what a deletion takes."""
        context: dict[str, Any] = super().get_context(data, accepted_media_type, renderer_context)
        if context["delete_form"]:
            context["delete_form"] = self._deletion(renderer_context["view"])
        return context | {"logged_in": is_person(renderer_context["request"]), "scripts": SCRIPTS}

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> Any:
        """A page that runs no script but ours and DRF's."""
        page = super().render(data, accepted_media_type, renderer_context)
        renderer_context["response"].headers["Content-Security-Policy"] = POLICY
        return page

    def _deletion(self, view: Any) -> forms.Form:
        form = forms.Form()
        form.fields = self._headers(view.delete, "DELETE")
        if body := getattr(view.delete, "body_of_delete", None):
            form.fields[CONTENT] = forms.CharField(
                label="Content",
                initial=self._sent("DELETE") or _example(body),
                widget=forms.Textarea(attrs={"data-override": "content"}),
            )
        return form

    def _headers(self, handler: Any, method: str) -> dict[str, forms.Field]:
        """A field for each header that the operation takes; an empty one is not sent."""
        found = {}
        required = getattr(handler, "idempotency_required", None)
        if required is not None:
            found[KEY] = _header(KEY, self._key(method), "A fresh one. The same key again gives the same answer.")
        match = getattr(handler, "if_match", None)
        if match in {"required", "honoured"}:
            text = "The ETag of what you read; * for whatever is there now."
            found[MATCH] = _header(MATCH, self._tag(method), text)
        for name, needed in ((KEY, required), (MATCH, match == "required")):
            if needed:
                found[name].label = f"{name} (needed)"
        return found

    def _key(self, method: str) -> str:
        """The one that was sent, if it may be repeated: what broke on the way may have had its effect."""
        response, meta = self._answer(), self._asked().META
        again = response.status_code >= 500 or response.status_code in _REPEAT or "Retry-After" in response
        return meta.get("HTTP_IDEMPOTENCY_KEY", "") if again and self._refused(method) else str(uuid4())

    def _tag(self, method: str) -> str:
        """What was sent and refused, else the tag of what this page shows."""
        if self._refused(method):
            return str(self._asked().META.get("HTTP_IF_MATCH", ""))
        shows_it = self._asked().method in {"GET", "PATCH", "PUT"} and method != "POST"
        return str(self._answer().headers.get("ETag", "")) if shows_it else ""

    def _sent(self, method: str) -> str:
        """The body that was refused, to be mended."""
        if self._refused(method):
            with suppress(APIException, RawPostDataException):  # too large, broken off, or read as a stream
                return read_body(self._asked()._request).decode("utf-8", "replace")  # noqa: SLF001  # DRF has no name
        return ""

    def _refused(self, method: str) -> bool:
        return bool(self._asked().method == method and self._answer().status_code >= 400)

    def _asked(self) -> Any:
        return self.renderer_context["request"]

    def _answer(self) -> Any:
        return self.renderer_context["response"]


def is_person(request: Any) -> bool:
    """Whether somebody is logged in, by cookie or token."""
    principal = getattr(request, "user", None)
    return isinstance(principal, Principal) and principal.kind in {"customer", "staff"}


def request_of(view: Any, method: str) -> Any:
    """What `extend_schema` says of the request: a serializer, a plain schema, or None."""
    schema = getattr(getattr(view, method.lower()), "kwargs", {}).get("schema")
    if schema is None:
        return {}
    found = schema()
    found.view, found.method = view, method
    return found.get_request_serializer()


def body_of(view: Any, method: str) -> type[Serializer[Any]] | None:
    """The serializer of the request."""
    found = request_of(view, method)
    return found if isinstance(found, type) and issubclass(found, Serializer) else None


def takes_nothing(view: Any, method: str) -> bool:
    """Whether the document says that there is no body."""
    return request_of(view, method) is None


def _example(body: type[Serializer[Any]] | None) -> str:
    return to_pretty_json(example_of(body)).decode() if body else ""


def _header(name: str, value: str, text: str) -> forms.Field:
    widget = forms.TextInput(attrs={"data-header": name, "autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label=name, required=False, initial=value, help_text=text, widget=widget)


def _parts(body: type[Serializer[Any]]) -> Iterator[tuple[str, forms.Field]]:
    """A field for each part of multipart/form-data."""
    for name, field in body().fields.items():
        kind = forms.FileField if isinstance(field, UploadField) else forms.CharField
        yield name, kind(required=field.required)
