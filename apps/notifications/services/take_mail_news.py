"""Take in what a mail provider tells of mails: arrived, came back, called spam."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from django.db import IntegrityError

from apps.notifications.contracts import CallbackUnknown
from apps.notifications.rules import Channel, SuppressionReason
from shop.db import transact

from .note_delivery import note_delivery
from .suppress_address import suppress_address

WORDS = {"delivered": "delivered", "bounce": "bounced", "complaint": "complained"}


@dataclass(frozen=True, slots=True)
class MailNews:
    """One thing that became of one mail."""

    type: str
    recipient: str
    permanent: bool
    message_id: str
    """The Message-ID header of the mail, "" if the provider does not know it."""
    detail: str


def take_mail_news(news: Sequence[MailNews]) -> int:
    """Each is noted where it belongs, and suppresses the address if it will not do again; answers how many did.

    Repeating it changes nothing, and a mail that is not ours is none of our business: its address is, though.
    """
    return sum(_take(one) for one in news)


def _take(news: MailNews) -> bool:
    if news.message_id:
        with suppress(CallbackUnknown):
            note_delivery(news.message_id, WORDS[news.type], error=news.detail)
    if news.type == "bounce" and news.permanent:
        _suppress(news, SuppressionReason.BOUNCE)
    elif news.type == "complaint":
        _suppress(news, SuppressionReason.COMPLAINT)
    else:
        return False
    return True


def _suppress(news: MailNews, reason: SuppressionReason) -> None:
    def effect() -> None:
        suppress_address(Channel.MAIL, news.recipient, reason, detail=news.detail)

    try:
        transact("notifications", effect)
    except IntegrityError:  # told twice at the same moment
        transact("notifications", effect)
