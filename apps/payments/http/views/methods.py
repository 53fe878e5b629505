"""What a customer has saved to pay with. It is kept at the provider alone; another's does not exist."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.payments.contracts import AccountClosed, PaymentMethodNotFound
from apps.payments.http.serializers import EmptyBody, SavedMethodsAnswer, SetupAnswer
from apps.payments.providers import provider
from apps.payments.services.saved_methods import detach_method, list_methods, open_setup
from shop.http.access import customer, person_id
from shop.http.etags import unconditional, untagged
from shop.http.idempotency import by_subject, idempotent
from shop.http.paging import unpaged
from shop.http.schema import raises
from shop.http.views import ApiView


class SavedMethods(ApiView):
    access = customer

    @extend_schema(
        operation_id="list_saved_methods", summary="Your saved payment methods", responses=SavedMethodsAnswer
    )
    @untagged("it is the provider's state, asked now")
    @unpaged("a person has a few cards")
    def get(self, request: Request) -> Response:
        """The newest first. `id` pays an order of yours in the payment sheet; no number and no secret is shown."""
        methods = list_methods(customer_id=person_id(request))
        return Response({"data": [asdict(method) for method in methods]})


class SetupIntents(ApiView):
    access = customer

    @raises(AccountClosed)
    @extend_schema(
        operation_id="create_setup_intent",
        summary="Save a payment method",
        request=EmptyBody,
        responses={201: SetupAnswer},
    )
    @idempotent(context="payments", caller=by_subject)
    def post(self, request: Request) -> Response:
        """Confirm it in the browser with `client_secret`, 3-D Secure included; nothing is charged."""
        EmptyBody(data=request.data).checked()
        request.setup = open_setup(operation_id=request.operation_id, customer_id=person_id(request))  # type: ignore[attr-defined]
        return Response({"id": request.setup.reference}, status=201)  # type: ignore[attr-defined]

    def live(self, request: Request, data: dict[str, Any]) -> dict[str, Any]:
        """What is never stored with the answer: the secret, and what is true now."""
        setup = getattr(request, "setup", None) or provider().retrieve_setup(data["id"])
        return {
            **data,
            "client_secret": setup.client_secret,
            "publishable_key": provider().publishable_key,
            "status": setup.status,
        }


class SavedMethodDetail(ApiView):
    access = customer

    @raises(PaymentMethodNotFound)
    @extend_schema(operation_id="delete_saved_method", summary="Forget a payment method", responses={204: None})
    @unconditional("it never changes, it can only go")
    def delete(self, request: Request, method_id: str) -> Response:
        """For good: it pays nothing any more, and must be entered again to be saved again."""
        detach_method(customer_id=person_id(request), method_id=method_id)
        return Response(status=204)
