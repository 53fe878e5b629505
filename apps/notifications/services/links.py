"""The link in a mail by which its reader chooses without a login: signed, made of the message's id, stored nowhere."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer

from apps.notifications.contracts import LinkNotValid
from apps.notifications.models import Message

UNSUBSCRIBE_PATH = "/notifications/unsubscribe"
PREFERENCES_PATH = "/notifications/preferences"
_LONGEST = 200


def unsubscribe_link(message_id: UUID) -> str:
    """Ends mails of this message's topic: a page that asks, and by RFC 8058 a POST that does."""
    return _link(UNSUBSCRIBE_PATH, message_id)


def preferences_link(message_id: UUID) -> str:
    """Shows all that can be chosen."""
    return _link(PREFERENCES_PATH, message_id)


def token_of(message_id: UUID) -> str:
    """Whoever has it has read the mail."""
    return _signer().sign(message_id.hex)


def message_behind(token: str) -> Message:
    """The message whose mail held this link."""
    try:
        key = UUID(_signer().unsign(token[:_LONGEST]))
    except (BadSignature, ValueError):
        raise LinkNotValid("This link is not one of ours.") from None
    message = Message.objects.filter(pk=key).defer("text", "html", "secret").first()
    if message is None or message.reader_id is None:
        raise LinkNotValid("There is nobody behind this link any more.")
    return message


def _link(path: str, message_id: UUID) -> str:
    return f"{settings.SHOP_PUBLIC_URL}{path}?{urlencode({'token': token_of(message_id)})}"


def _signer() -> Signer:
    return Signer(sep=".", salt="notifications.link")
