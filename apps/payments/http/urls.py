"""Paths of payments, below /api/v1."""

from __future__ import annotations

from django.urls import path

from .views import StripeWebhook

urlpatterns = [path("webhooks/stripe", StripeWebhook.as_view(), name="stripe-webhook")]
