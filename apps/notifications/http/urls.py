"""Paths of notifications, below /api/v1."""

from __future__ import annotations

from django.urls import path

from .views.callbacks import MailNewsWebhook, TwilioStatus
from .views.messages import MessageDetail, Messages, ResendMessage
from .views.preferences import MyPreferences
from .views.suppressions import ReleaseSuppression, Suppressions

urlpatterns = [
    path("messages", Messages.as_view(), name="messages"),
    path("messages/<uuid:message_id>", MessageDetail.as_view(), name="message"),
    path("messages/<uuid:message_id>/resend", ResendMessage.as_view(), name="message-resend"),
    path("suppressions", Suppressions.as_view(), name="suppressions"),
    path("suppressions/<uuid:suppression_id>/release", ReleaseSuppression.as_view(), name="suppression-release"),
    path("me/notification-preferences", MyPreferences.as_view(), name="notification-preferences"),
    path("webhooks/twilio", TwilioStatus.as_view(), name="webhook-twilio"),
    path("webhooks/mail", MailNewsWebhook.as_view(), name="webhook-mail"),
]
