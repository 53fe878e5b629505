"""Orders looked up by guests, placed again by buyers, noted on and led out of review by staff."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.cart.contracts import CartOrdered
from apps.orders import queries
from apps.orders.contracts import IllegalMove, NothingToReorder, OrderNotFound
from apps.orders.http.permissions import actor_of, order_of
from apps.orders.http.rendering import render_filled, render_note, render_order
from apps.orders.http.serializers.care import (
    FilledAnswer,
    FoundOrderAnswer,
    LookUpBody,
    NoteAnswer,
    NoteBody,
    NotesAnswer,
    ReviewBody,
)
from apps.orders.http.serializers.orders import NothingBody, OrderAnswer
from apps.orders.services.look_up_order import look_up_order
from apps.orders.services.reorder import reorder
from apps.orders.services.settle_review import Decision, settle_review
from apps.orders.services.write_note import write_note
from shop.errors import Forbidden
from shop.http.access import anyone, guest_order, staff
from shop.http.addresses import address_of, network_of
from shop.http.authentication import issue_looked_up_token
from shop.http.etags import etag_of
from shop.http.idempotency import by_subject, idempotent, unrepeatable
from shop.http.paging import unpaged
from shop.http.schema import raises
from shop.http.throttling import address, field, limit
from shop.http.views import ApiView


class LookUp(ApiView):
    access = anyone("who knows an order's number and its e-mail address placed it")
    throttle = (
        limit("order-look-up", "30/minute", by=address),
        limit("order-look-up-number", "10/minute", by=field("number")),
        limit("order-look-up-email", "20/hour", by=field("email")),
    )

    @raises(OrderNotFound, Forbidden)
    @extend_schema(
        operation_id="look_up_order",
        summary="A guest's order by its number",
        request=LookUpBody,
        responses=FoundOrderAnswer,
    )
    @unrepeatable("it changes nothing")
    def post(self, request: Request) -> Response:
        """The order and the token that opens it. A wrong number and a wrong address are answered alike.

        The token of an order that was placed with an account does not open its payment sheet: the buyer logs in for
        that. Staff, who read both in any order, are refused.
        """
        wanted = LookUpBody(data=request.data).checked()
        client = network_of(address_of(request))
        order = look_up_order(**wanted, by=request.principal, client=client)  # type: ignore[attr-defined]
        found = {**render_order(order), "token": issue_looked_up_token(order.pk)}
        return Response(found, headers={"Cache-Control": "private, no-store"})


class Reorder(ApiView):
    access = guest_order

    @raises(OrderNotFound, NothingToReorder, CartOrdered)
    @extend_schema(
        operation_id="reorder_order", summary="Order it again", request=NothingBody, responses={201: FilledAnswer}
    )
    @idempotent(context="orders", caller=by_subject)
    def post(self, request: Request, number: str) -> Response:
        """What is still for sale goes into your cart, a guest's into a new one, at today's prices."""
        NothingBody(data=request.data).checked()
        order = order_of(request.principal, number)  # type: ignore[attr-defined]
        cart_id: UUID = request.operation_id  # type: ignore[attr-defined]
        filled = reorder(order, cart_id=cart_id, customer_id=request.principal.person_id)  # type: ignore[attr-defined]
        return Response(render_filled(filled), status=201, headers={"Location": f"/api/v1/carts/{filled.cart_id}"})


class Notes(ApiView):
    access = staff("orders:read")

    @raises(OrderNotFound)
    @extend_schema(operation_id="list_order_notes", summary="What staff noted", responses=NotesAnswer)
    @unpaged("people write them")
    def get(self, request: Request, number: str) -> Response:  # noqa: ARG002  # DRF's signature
        """Oldest first. A buyer sees those that are `for_buyer`, in the timeline of the order."""
        return Response({"data": [render_note(one) for one in queries.get_notes(queries.get_order(number=number).pk)]})

    @raises(OrderNotFound)
    @extend_schema(
        operation_id="note_on_order", summary="Note something", request=NoteBody, responses={201: NoteAnswer}
    )
    @idempotent(context="orders", caller=by_subject)
    def post(self, request: Request, number: str) -> Response:
        """For colleagues, or with `for_buyer` for the buyer too: it stands in the timeline that each of them sees."""
        entry = write_note(
            queries.get_order(number=number),
            note_id=request.operation_id,  # type: ignore[attr-defined]
            actor=actor_of(request.principal),  # type: ignore[attr-defined]
            **NoteBody(data=request.data).checked(),
        )
        return Response(render_note(entry), status=201)


class Review(ApiView):
    access = staff("orders:refund")

    @raises(OrderNotFound, IllegalMove)
    @extend_schema(
        operation_id="settle_review", summary="Lead it out of review", request=ReviewBody, responses=OrderAnswer
    )
    @idempotent(context="orders", caller=by_subject)
    def post(self, request: Request, number: str) -> Response:
        """Money came that does not fit, or could not be sent back: decide, with a reason."""
        wanted = ReviewBody(data=request.data).checked()
        order = settle_review(
            queries.get_order(number=number),
            decision=Decision(wanted["decision"]),
            actor=actor_of(request.principal),  # type: ignore[attr-defined]
            detail=wanted["reason"],
        )
        return Response(render_order(order, for_staff=True), headers={"ETag": etag_of(order.revision)})
