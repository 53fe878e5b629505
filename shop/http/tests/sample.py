"""Views of the tests: one of each kind, and their paths."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404, HttpRequest
from django.urls import path
from rest_framework import serializers
from rest_framework.response import Response

from shop import call
from shop.errors import DomainError, FieldError, Unavailable
from shop.http import problems
from shop.http.access import anyone, customer, guest_order, per_method, staff
from shop.http.etags import check_match, etag_of, if_match, unconditional
from shop.http.idempotency import idempotent
from shop.http.rendering import RenderedJson
from shop.http.serializers import Body, MoneyField
from shop.http.throttling import field, limit
from shop.http.views import ApiView, PublicRead

PAGE = b'{"name":"Mug"}'


class SoldOut(DomainError):
    """For the tests."""

    code: ClassVar[str] = "sample.sold_out"
    title: ClassVar[str] = "Sold out"
    status: ClassVar[int] = 409


class Line(Body):
    sku = serializers.CharField(max_length=10)
    quantity = serializers.IntegerField(min_value=1, max_value=100)


class Order(Body):
    cart_id = serializers.UUIDField()
    lines = Line(many=True)
    price = MoneyField(required=False)


class Echo(ApiView):
    access = anyone("a test")

    def get(self, request):
        now = call.current()
        who = now.principal.subject
        left = call.remaining()
        return Response({"trace": now.trace_id, "request": now.request_id, "principal": who, "left": left})

    def post(self, request):
        return Response({"got": request.data}, status=201)


class Checked(ApiView):
    access = anyone("a test")

    def post(self, request):
        body = Order(data=request.data).checked()
        return Response({"cart_id": body["cart_id"]})


class Broken(ApiView):
    access = anyone("a test")
    errors: ClassVar[dict[str, Exception]] = {
        "domain": SoldOut("Only 2 left.", errors=(FieldError("/lines/0/quantity", "too_many", "At most 2."),), left=2),
        "absent": Http404(),
        "unavailable": Unavailable("catalog: connection refused", retry_after=2.2),
        "bug": RuntimeError("the secret reason"),
        "surrogate": SoldOut("bad \ud800 text"),
    }

    def get(self, request, what: str):
        raise self.errors[what]


class Mine(ApiView):
    access = guest_order

    def get(self, request):
        return Response({"subject": request.principal.subject})


class Tries(ApiView):
    access = anyone("a test")
    throttle = limit("tries", "30/minute"), limit("tries-account", "10/minute", by=field("email"))

    def get(self, request):
        return Response({})

    def post(self, request):
        return Response({"got": request.data})


class Customers(ApiView):
    access = customer

    def get(self, request):
        return Response({})


class Stock(ApiView):
    access = staff("stock:write")

    def get(self, request):
        return Response({})


class Mixed(ApiView):
    access = per_method(customer, POST=anyone("a test"))

    def get(self, request):
        return Response({})

    def post(self, request):
        return Response({}, status=201)


class Thing(ApiView):
    access = anyone("a test")

    def get(self, request):
        return Response({}, headers={"ETag": etag_of(7)})

    @if_match(required=True)
    def patch(self, request):
        check_match(request, etag_of(7))
        return Response({})

    @if_match()
    def delete(self, request):
        check_match(request, etag_of(7))
        return Response(status=204)


class Untagged(ApiView):
    access = anyone("a test")

    @unconditional("a test")
    def delete(self, request):
        return Response(status=204)


class Tagged(ApiView):
    access = anyone("a test")

    def get(self, request):
        return Response({"revision": 7}, headers={"ETag": etag_of(7)})


class Page(PublicRead):
    access = anyone("a test")
    pages: ClassVar[dict[str, bytes]] = {"mug": PAGE}

    def get(self, request: HttpRequest, slug: str) -> RenderedJson:
        """A page."""
        if slug not in self.pages:
            raise Http404
        return RenderedJson(self.pages[slug], etag=etag_of(self.pages[slug]))


def cart_of(request, kwargs) -> str:
    return str(request.data.get("cart_id"))


class Bought(ApiView):
    """What it does is in `script`, one entry per call; `seen` keeps the operation ids."""

    access = anyone("a test")
    script: ClassVar[list[Any]] = []
    seen: ClassVar[list[UUID]] = []
    secrets: ClassVar[list[str]] = []

    @idempotent(context="orders", caller=cart_of, required=True)
    def post(self, request):
        self.seen.append(request.operation_id)
        step = self.script.pop(0) if self.script else {"number": len(self.seen)}
        if callable(step):
            step = step()
        if isinstance(step, BaseException):
            raise step
        if isinstance(step, int):
            return Response({"status": step}, status=step)
        return Response(step, status=201, headers={"Location": "/api/v1/orders/1"})


class BoughtLive(Bought):
    def live(self, request, data):
        return data | {"client_secret": self.secrets.pop(0)}


class Optional(ApiView):
    access = anyone("a test")

    @idempotent(context="orders", caller=lambda request, kwargs: "x")
    def post(self, request):
        return Response({"operation_id": request.operation_id}, status=201)


urlpatterns = [
    path("api/v1/echo", Echo.as_view()),
    path("api/v1/checked", Checked.as_view()),
    path("api/v1/broken/<what>", Broken.as_view()),
    path("api/v1/mine", Mine.as_view()),
    path("api/v1/tries", Tries.as_view()),
    path("api/v1/customers", Customers.as_view()),
    path("api/v1/mixed", Mixed.as_view()),
    path("api/v1/stock", Stock.as_view()),
    path("api/v1/thing", Thing.as_view()),
    path("api/v1/untagged", Untagged.as_view()),
    path("api/v1/tagged", Tagged.as_view()),
    path("api/v1/pages/<slug:slug>", Page.as_view()),
    path("api/v1/bought", Bought.as_view()),
    path("api/v1/bought-live", BoughtLive.as_view()),
    path("api/v1/optional", Optional.as_view()),
]
handler400 = problems.bad_request
handler403 = problems.forbidden
handler404 = problems.not_found
handler500 = problems.server_error
