"""Mail through Django's own mail backend: SMTP, or whatever the settings name."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Iterable
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from apps.notifications.rules import SuppressionReason
from shop.db import forbid_transaction

from .protocol import NotSent, Outgoing, Undeliverable

_NOT_THE_ADDRESS = re.compile(rb"\b5\.(?:2\.2|2\.3|3\.\d+|4\.\d+|7\.\d+)\b")
"""RFC 3463: a full mailbox, a mail too large, a server's or a network's trouble, a policy."""


class SmtpCarrier:
    """Sends text with an HTML part. The Message-ID is the message's own id, so a mailbox can see a repeat."""

    def find(self, message: Outgoing) -> Iterable[str]:  # noqa: ARG002 - there is nobody to ask
        """A mail server cannot be asked: the same Message-ID lets the mailbox see the repeat."""
        return ()

    def send(self, message: Outgoing) -> str:
        """Hand it to the SMTP server, which answers within EMAIL_TIMEOUT at each step."""
        forbid_transaction("The SMTP server")
        domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
        again = f".{message.round}" if message.round else ""
        reference = f"<{message.id}{again}@{domain}>"
        headers = {"Message-ID": reference, **message.headers}
        mail = EmailMultiAlternatives(
            subject=message.subject, body=message.text, to=[message.recipient], headers=headers
        )
        if message.html:
            mail.attach_alternative(message.html, "text/html")
        try:
            mail.send()
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            if codes and all(500 <= code < 600 for code in codes):
                reason = None if _is_about_something_else(error) else SuppressionReason.BOUNCE
                raise Undeliverable(f"The recipient was refused ({codes[0]}).", suppress=reason) from error
            raise NotSent(f"The recipient was refused for now ({codes}).") from error
        except (smtplib.SMTPException, OSError) as error:
            # Never the server's whole answer to a login, which may quote it.
            raise NotSent(f"{type(error).__name__} {getattr(error, 'smtp_code', '')}".strip()) from error
        except ValueError as error:
            raise Undeliverable(f"No mail can be made of this: {error}") from error
        return reference


def _is_about_something_else(error: smtplib.SMTPRecipientsRefused) -> bool:
    """Refused for good, but not since there is no such mailbox: the next mail may pass."""
    return any(code == 552 or _NOT_THE_ADDRESS.search(words) for code, words in error.recipients.values())
