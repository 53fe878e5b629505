"""What staff writes on an order's page: notes, and what its parcels are followed by."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django import forms
from django.core.validators import RegexValidator, URLValidator
from django.http import HttpRequest

from apps.orders.contracts import OrderNotFound
from apps.orders.models import Order, Parcel
from apps.orders.services.label_parcel import label_of, label_parcel
from apps.orders.services.write_note import write_note
from shop.http.etags import StaleMatch, etag_of
from shop.http.serializers import NO_LINE
from shop.ids import uuid7

from .by_hand import operation_in, said_in

ONE_LINE = RegexValidator(NO_LINE, "One line of plain text.", inverse_match=True)


class NoteForm(forms.Form):
    text = forms.CharField(max_length=1000)
    for_buyer = forms.BooleanField(required=False)


class TrackingForm(forms.Form):
    """What a parcel is followed by."""

    carrier = forms.CharField(max_length=60, required=False, validators=[ONE_LINE])
    tracking_number = forms.CharField(max_length=100, required=False, validators=[ONE_LINE])
    tracking_url = forms.CharField(
        max_length=500, required=False, validators=[ONE_LINE, URLValidator(schemes=["http", "https"])]
    )


class LabelForm(TrackingForm):
    """Of one that left, as it stands in the form: an empty field takes away."""

    parcel = forms.UUIDField()
    seen = forms.CharField()


def form_of_note() -> dict[str, Any]:
    """A form is one note, however often it is sent."""
    return {"may_note": True, "note_operation": uuid7()}


def note(request: HttpRequest, order_id: UUID) -> str:
    """For colleagues, or for the buyer too. Raises Invalid."""
    order, said = find_order(order_id), said_in(NoteForm(request.POST))
    write_note(order, note_id=operation_in(request), actor=f"staff:{request.user.pk}", **said)
    return "The buyer can read it." if said["for_buyer"] else "Noted, for staff alone."


def forms_of_labels(order: Order) -> dict[str, Any]:
    """One for each parcel, with what was read."""
    parcels = Parcel.objects.filter(order_id=order.pk).order_by("id")
    return {"labels": [{"parcel": parcel, "seen": _seen(parcel)} for parcel in parcels]}


def label(request: HttpRequest, order_id: UUID) -> str:
    """Put it right, unless somebody else has meanwhile. Raises Invalid, StaleMatch and ParcelNotFound."""
    order, said = find_order(order_id), said_in(LabelForm(request.POST))
    parcel_id, seen = said.pop("parcel"), said.pop("seen")

    def check(parcel: Parcel) -> None:
        if seen != _seen(parcel):
            raise StaleMatch("Somebody else has changed it meanwhile: look again.")

    parcel = label_parcel(order, parcel_id=parcel_id, changes=said, actor=f"staff:{request.user.pk}", check=check)
    if not any(asdict(label_of(parcel)).values()):
        return "The parcel goes without a label."
    return f"The parcel goes by {parcel}."


def _seen(parcel: Parcel) -> str:
    return etag_of(f"{parcel.state} {label_of(parcel)}").strip('"')


def find_order(order_id: UUID) -> Order:
    """The order of the page. Raises OrderNotFound."""
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        raise OrderNotFound("There is no such order.")
    return order
