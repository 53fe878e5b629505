"""Paths of payments, below /api/v1."""

from __future__ import annotations

from django.urls import path

from .views.captures import Captures, Voids
from .views.checks import BooksView, Differences, ReconciliationDetail, Reconciliations
from .views.events import ProviderEventDetail, ProviderEvents, ReplayEvent
from .views.methods import SavedMethodDetail, SavedMethods, SetupIntents
from .views.payments import Disputes, PaymentDetail, Payments, Receipts, Refunds, RefundSent
from .views.webhooks import StripeWebhook

urlpatterns = [
    path("me/payment-methods", SavedMethods.as_view(), name="saved-methods"),
    path("me/payment-methods/setup-intents", SetupIntents.as_view(), name="setup-intents"),
    path("me/payment-methods/<slug:method_id>", SavedMethodDetail.as_view(), name="saved-method"),
    path("webhooks/stripe", StripeWebhook.as_view(), name="stripe-webhook"),
    path("payments", Payments.as_view(), name="payments"),
    path("payments/refunds", Refunds.as_view(), name="payment-refunds"),
    path("payments/refunds/<uuid:refund_id>/sent", RefundSent.as_view(), name="payment-refund-sent"),
    path("payments/disputes", Disputes.as_view(), name="disputes"),
    path("payments/events", ProviderEvents.as_view(), name="provider-events"),
    path("payments/events/<str:event_id>", ProviderEventDetail.as_view(), name="provider-event"),
    path("payments/events/<str:event_id>/replay", ReplayEvent.as_view(), name="provider-event-replay"),
    path("payments/reconciliations", Reconciliations.as_view(), name="reconciliations"),
    path("payments/reconciliations/<uuid:run_id>", ReconciliationDetail.as_view(), name="reconciliation"),
    path("payments/differences", Differences.as_view(), name="payment-differences"),
    path("payments/books", BooksView.as_view(), name="books"),
    path("payments/<uuid:order_id>", PaymentDetail.as_view(), name="payment"),
    path("payments/<uuid:order_id>/captures", Captures.as_view(), name="payment-captures"),
    path("payments/<uuid:order_id>/voids", Voids.as_view(), name="payment-voids"),
    path("payments/<uuid:order_id>/receipts", Receipts.as_view(), name="payment-receipts"),
]
