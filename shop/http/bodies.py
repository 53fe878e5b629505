"""Bodies that several contexts take."""

from __future__ import annotations

from rest_framework import serializers

from shop.http.serializers import Body, Line


class PostalAddressBody(Body):
    """The fields of `shop.addresses.PostalAddress`; what a country asks for is checked by `checked_address`."""

    name = Line(max_length=120)
    company = Line(max_length=120, required=False, allow_blank=True, default="")
    line1 = Line(max_length=200)
    line2 = Line(max_length=200, required=False, allow_blank=True, default="")
    district = Line(max_length=120, required=False, allow_blank=True, default="")
    postal_code = Line(max_length=20, required=False, allow_blank=True, default="")
    city = Line(max_length=120, required=False, allow_blank=True, default="")
    region = Line(max_length=120, required=False, allow_blank=True, default="")
    country = serializers.RegexField(r"^[A-Z]{2}\Z", error_messages={"invalid": "Two capital letters of ISO 3166."})
