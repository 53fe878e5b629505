"""The two base classes of every view: ApiView for all that writes or is personal, PublicRead for what is read often."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlencode

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shop import call
from shop.http import throttling
from shop.http.access import Access, ByAccess, principal_of
from shop.http.authentication import TokenAuthentication
from shop.http.browsable import BrowsableRenderer
from shop.http.etags import not_modified
from shop.http.people import LOGIN
from shop.http.problems import answer_to
from shop.http.rendering import PRIVATE, MsgspecParser, MsgspecRenderer


class ApiView(APIView):
    """A DRF view with our rules: `access` is required, errors become problem documents, answers are private.

        class PlaceOrder(ApiView):
            access = anyone("a guest may order")

            @extend_schema(request=PlaceOrderBody, responses={201: OrderAnswer})
            @idempotent(context="orders", caller=cart_of, required=True)
            def post(self, request):
                body = PlaceOrderBody(data=request.data).checked()
                ...
                return Response(..., status=201)

    `request.principal` is the caller; `throttle` names limits beside the general ones (see throttling). Routes are
    written without a slash at the end: both spellings work.
    """

    access: ClassVar[Access]
    authentication_classes: Any = (TokenAuthentication,)
    permission_classes = (ByAccess,)
    parser_classes = (MsgspecParser,)
    renderer_classes = (MsgspecRenderer, BrowsableRenderer)
    throttle: ClassVar[throttling.Limit | tuple[throttling.Limit, ...]] = ()
    throttle_classes = ()

    def perform_authentication(self, request: Request) -> None:
        """DRF's, and every request counts: also one whose token is refused."""
        try:
            super().perform_authentication(request)
        finally:
            self._verdict = throttling.count(request, self.throttle, self.kwargs)
            self._verdict.check()

    def charge(self, policy: throttling.Limit) -> None:
        """Count what is about to be done against one more policy: 429 when it was done too often."""
        self._verdict.add(throttling.charge(policy, self.request, self.kwargs))
        self._verdict.check()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """DRF's checks, then the principal goes into the ambient call."""
        super().initial(request, *args, **kwargs)
        principal = principal_of(request)
        request.principal = principal  # type: ignore[attr-defined]
        self._scope = call.scope(principal=principal)
        self._scope.__enter__()

    def permission_denied(self, request: Any, message: str | None = None, code: str | None = None) -> Any:
        """401 for a stranger who could log in, else 403."""
        if principal_of(request).kind == "anonymous" and self.access.of(request.method).needs_token:
            raise NotAuthenticated("This needs Authorization: Bearer <token>.")
        raise PermissionDenied("Your token does not allow this.")

    def handle_exception(self, exc: Exception) -> Any:
        """A person in a browser who has to log in is led to the form; everybody else gets the problem document."""
        if (
            _is_page(self.request)
            and self.request.method == "GET"
            and isinstance(exc, NotAuthenticated | AuthenticationFailed)
        ):
            return HttpResponseRedirect(f"{LOGIN}?{urlencode({'next': self.request.get_full_path()})}")
        return super().handle_exception(exc)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Personal unless the view said otherwise; 304 for who has it already."""
        scope = self.__dict__.pop("_scope", None)
        if scope is not None:
            scope.__exit__(None, None, None)
        fresh: Any = _for_page(request, not_modified(request, response))
        response = super().finalize_response(request, fresh, *args, **kwargs)
        response.headers.setdefault("Cache-Control", PRIVATE)
        if verdict := self.__dict__.get("_verdict"):
            verdict.tell(response)
        return response

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """405 that says what is allowed."""
        from rest_framework.exceptions import MethodNotAllowed

        error = MethodNotAllowed(request.method)
        error.allow = ", ".join(self.allowed_methods)  # type: ignore[attr-defined]  # read by problems
        raise error


def _is_page(request: Any) -> bool:
    """Whether a person looks at this in a browser."""
    return getattr(getattr(request, "accepted_renderer", None), "format", "") == "api"


def _for_page(request: Any, response: Any) -> Any:
    """What was rendered already, a problem or a stored answer, is shown on the browsable page like any answer."""
    if not _is_page(request) or isinstance(response, Response) or not _is_json(response):
        return response
    headers = {name: value for name, value in response.headers.items() if name not in _OF_BYTES}
    return Response(msgspec.json.decode(response.content), status=response.status_code, headers=headers)


_OF_BYTES = ("Content-Type", "Content-Length")
"""They tell of the bytes that were rendered, not of the page that shows them."""


def _is_json(response: HttpResponseBase) -> bool:
    """Whether there is something to show."""
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    return not response.streaming and kind.endswith("json") and bool(response.content)  # type: ignore[attr-defined]


class PublicRead(ApiView):
    """A public GET at the price of a plain Django view: use it where `get` returns RenderedJson.

        class ProductDetail(PublicRead):
            access = anyone("the catalogue is public")

            @extend_schema(operation_id="products_retrieve", responses=ProductPage)
            def get(self, request, slug):
                page = page_of_product(slug=slug)           # one indexed read
                return RenderedJson(page.body, etag=page.etag)

    JSON clients get `get` called directly with Django's HttpRequest (use request.GET, path kwargs): no DRF request,
    negotiation, authentication or serializer. If-None-Match becomes 304, errors problem documents, HEAD works.
    A browser that asks for text/html goes the ordinary DRF way to the browsable page. It is in the OpenAPI document
    like any ApiView. There is no `request.principal` here: whoever calls gets the same bytes.
    """

    ignores_tokens = True

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        """The short way for JSON reads, DRF's for everything else."""
        slow: Any = super().as_view(**initkwargs)
        view = cls(**initkwargs)  # shared by all requests: `get` must not keep anything on self

        def fast(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in ("GET", "HEAD") or not _wants_json(request.META.get("HTTP_ACCEPT")):
                return slow(request, *args, **kwargs)  # type: ignore[no-any-return]
            verdict = throttling.count(request)
            response: HttpResponseBase
            try:
                verdict.check()
                response = not_modified(request, view.get(request, *args, **kwargs))  # type: ignore[attr-defined]
            except Exception as error:  # noqa: BLE001  # answer_to logs what nobody expected
                response = answer_to(error, request)
            verdict.tell(response)
            return response

        fast.__dict__.update(slow.__dict__)  # cls, initkwargs, csrf_exempt: what DRF and drf-spectacular look for
        fast.csrf_exempt = True  # type: ignore[attr-defined]
        return fast

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """For the browsable page the rendered bytes become data again."""
        if isinstance(response, HttpResponse) and not isinstance(response, Response):
            html = getattr(getattr(request, "accepted_renderer", None), "format", "") == "api"
            if html and response.status_code == 200:
                tag = {name: value for name, value in response.headers.items() if name == "ETag"}
                response = Response(msgspec.json.decode(response.content), headers=tag)
        patch_vary_headers(response, ["Accept"])
        return super().finalize_response(request, response, *args, **kwargs)


def _wants_json(accept: str | None) -> bool:
    """Whether JSON can be sent without negotiation: nothing asked, anything, or JSON named and no page wanted."""
    if not accept or accept in {"*/*", "application/json"}:
        return True
    return "text/html" not in accept and ("application/json" in accept or "*/*" in accept)
