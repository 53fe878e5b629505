"""What is said when an order is looked up, noted on, led out of review, or placed again."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.orders.http.examples import FILLED, NOTE, ORDER
from apps.orders.services.settle_review import Decision
from shop.http.schema import example
from shop.http.serializers import Body

from .orders import OPENS, OrderAnswer


@example({"number": ORDER["number"], "email": ORDER["email"]})
class LookUpBody(Body):
    number = serializers.CharField(max_length=32)
    email = serializers.CharField(max_length=254)


@example({**ORDER, "token": "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"})
class FoundOrderAnswer(OrderAnswer):
    token = serializers.CharField(help_text=OPENS)


@example({"text": "Called: the parcel is at the neighbour's."})
class NoteBody(Body):
    text = serializers.CharField(max_length=1000)
    for_buyer = serializers.BooleanField(
        default=False, help_text="Whether the buyer reads it in the timeline of the order; else it is for staff alone."
    )


@example(NOTE)
class NoteAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    text = serializers.CharField()
    for_buyer = serializers.BooleanField()
    who = serializers.CharField()
    created_at = serializers.DateTimeField()


@example({"data": [NOTE]})
class NotesAnswer(serializers.Serializer[Any]):
    data = NoteAnswer(many=True)  # type: ignore[assignment]  # a field, not DRF's property


@example({"decision": "refund", "reason": "Paid twice as much as was asked."})
class ReviewBody(Body):
    decision = serializers.ChoiceField(
        choices=[one.value for one in Decision],
        help_text="accept: go on as paid, also one that is partly shipped and whose money was let go. "
        "refund: send the money back. refunded_by_hand: staff has sent it back.",
    )
    reason = serializers.CharField(max_length=500)


class ShortLineAnswer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    wanted = serializers.IntegerField()
    quantity = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()


@example(FILLED)
class FilledAnswer(serializers.Serializer[Any]):
    cart_id = serializers.UUIDField()
    added = serializers.IntegerField()
    problems = ShortLineAnswer(many=True)
