"""Accounts' paths below /api/v1."""

from __future__ import annotations

from django.urls import path

from .views.addresses import AddressDetail, Addresses
from .views.countries import AddressRules, Countries

urlpatterns = [
    path("me/addresses", Addresses.as_view(), name="addresses"),
    path("me/addresses/<uuid:address_id>", AddressDetail.as_view(), name="address"),
    path("countries", Countries.as_view(), name="countries"),
    path("countries/<str:code>/address-rules", AddressRules.as_view(), name="address-rules"),
]
