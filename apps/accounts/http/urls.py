"""Accounts' paths below /api/v1."""

from __future__ import annotations

from django.urls import path

from .views.countries import AddressRules, Countries

urlpatterns = [
    path("countries", Countries.as_view(), name="countries"),
    path("countries/<str:code>/address-rules", AddressRules.as_view(), name="address-rules"),
]
