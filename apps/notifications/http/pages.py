"""Pages behind the links in mails: no more of these, and all that can be chosen.

Opening a page does nothing, since scanners of mails open every link; the token is the proof, so there is no cookie.
A POST to the unsubscribe link itself is RFC 8058's one click.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import re_path
from django.views import View

from apps.notifications import queries
from apps.notifications.rules import CHANNELS, Channel, Topic, is_mandatory, normal, topic_of
from apps.notifications.services.change_preferences import change_preferences
from apps.notifications.services.links import message_behind
from apps.notifications.services.unsubscribe import unsubscribe
from shop.errors import DomainError
from shop.http import throttling
from shop.http.pages import LONGEST_TOKEN, page
from shop.http.throttling import limit


def _page(request: HttpRequest, name: str, refusal: DomainError | None = None, **words: Any) -> HttpResponse:
    return page(request, f"notifications/pages/{name}.html", words, refusal)


def _token(request: HttpRequest) -> str:
    return (request.POST.get("token") or request.GET.get("token", ""))[:LONGEST_TOKEN]


class LinkPage(View):
    """A page for whoever holds a link; a refusal is told on it."""

    throttle = limit("mail-link", "60/minute")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Count changes, and tell what is refused."""
        try:
            if request.method == "POST":
                throttling.count(request, self.throttle).check()
            return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]
        except DomainError as error:
            return _page(request, "refused", error, problem=error.detail)


class UnsubscribePage(LinkPage):
    def get(self, request: HttpRequest) -> HttpResponse:
        """Which mails shall end?"""
        token = _token(request)
        topic = topic_of(message_behind(token).kind)
        return _page(request, "unsubscribe", token=token, topic=_words(topic))

    def post(self, request: HttpRequest) -> HttpResponse:
        """They have ended; however often it is said."""
        token = _token(request)
        topic = topic_of(message_behind(token).kind)
        unsubscribe(token)
        return _page(request, "unsubscribe", token=token, topic=_words(topic), done=True)


class PreferencesPage(LinkPage):
    def get(self, request: HttpRequest) -> HttpResponse:
        """Every topic and channel, with a box for each that can be chosen."""
        return self._show(request, _token(request))

    def post(self, request: HttpRequest) -> HttpResponse:
        """What is ticked is wanted, all else is not."""
        token = _token(request)
        message = message_behind(token)
        ticked = set(request.POST.getlist("wanted"))
        choices = {
            (topic, channel): f"{topic}/{channel}" in ticked
            for topic, channels in CHANNELS.items()
            for channel in channels
            if not is_mandatory(topic, channel)
        }
        assert message.reader_id is not None  # or the link would not be valid
        change_preferences(message.reader_id, choices, actor=f"mail:{message.pk}", email=normal(message.recipient))
        return self._show(request, token, done=True)

    def _show(self, request: HttpRequest, token: str, *, done: bool = False) -> HttpResponse:
        message = message_behind(token)
        assert message.reader_id is not None
        reader = queries.get_reader(message.reader_id)
        rows = [
            {
                "name": _words(topic),
                "boxes": [
                    {
                        "value": f"{topic}/{channel}",
                        "label": "Mail" if channel is Channel.MAIL else "Text message",
                        "wanted": queries.wants(reader, topic, channel),
                        "mandatory": is_mandatory(topic, channel),
                    }
                    for channel in channels
                ],
            }
            for topic, channels in CHANNELS.items()
            if topic is not Topic.STOCK_NEWS
        ]
        return _page(request, "preferences", token=token, rows=rows, done=done)


def _words(topic: Topic) -> str:
    return topic.value.replace("_", " ")


urlpatterns = [
    re_path("^notifications/unsubscribe/?$", UnsubscribePage.as_view(), name="page-unsubscribe"),
    re_path("^notifications/preferences/?$", PreferencesPage.as_view(), name="page-preferences"),
]
