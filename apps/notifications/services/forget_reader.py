"""Forget somebody who is erased: what was sent stays, to nobody. Runs inside the event's transaction."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from apps.notifications.models import Attempt, Message, News, Reader, Suppression
from apps.notifications.rules import Channel, Status, guest_id, suppression_id

TEXTS = ("recipient", "subject", "text", "html", "secret", "last_error")
BLANK = {"reader_id": None, "account_id": None, **dict.fromkeys(TEXTS, "")}


def forget_reader(*, user_id: UUID, email: str) -> None:
    """Blank the messages to this person, and those of their account to whatever address.

    What they chose and why their address was suppressed is dropped.

    What still has to be sent, such as the news that the account goes, is blanked once it is sent or dead.
    """
    by_reader = Q(reader_id__in=[user_id, guest_id(email)])
    theirs = Message.objects.filter(by_reader | Q(recipient=email) | Q(account_id=user_id))
    ids = list(theirs.order_by().values_list("pk", flat=True))
    Message.objects.filter(pk__in=ids, status=Status.PENDING).update(forget=True)
    Attempt.objects.filter(message_id__in=ids).update(error="", delivery_error="")
    News.objects.filter(message_id__in=ids).update(error="")
    Message.objects.filter(pk__in=ids).exclude(status=Status.PENDING).update(**BLANK)
    Reader.objects.filter(pk__in=[user_id, guest_id(email)]).delete()
    Suppression.objects.filter(pk=suppression_id(Channel.MAIL, email)).delete()
