"""Mail through Django's own mail backend: SMTP, or whatever the settings name."""

from __future__ import annotations

import smtplib
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from shop.db import forbid_transaction

from .protocol import NotSent, Outgoing, Undeliverable


class SmtpCarrier:
    """Sends text with an HTML part. The Message-ID is the message's own id, so a mailbox can see a repeat."""

    def send(self, message: Outgoing) -> str:
        """Hand it to the SMTP server, which answers within EMAIL_TIMEOUT at each step."""
        forbid_transaction("The SMTP server")
        domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
        reference = f"<{message.id}@{domain}>"
        mail = EmailMultiAlternatives(
            subject=message.subject, body=message.text, to=[message.recipient], headers={"Message-ID": reference}
        )
        if message.html:
            mail.attach_alternative(message.html, "text/html")
        try:
            mail.send()
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            if codes and all(500 <= code < 600 for code in codes):
                raise Undeliverable(f"The recipient was refused ({codes[0]}).") from error
            raise NotSent(f"The recipient was refused for now ({codes}).") from error
        except (smtplib.SMTPException, OSError) as error:
            # Never the server's whole answer to a login, which may quote it.
            raise NotSent(f"{type(error).__name__} {getattr(error, 'smtp_code', '')}".strip()) from error
        except ValueError as error:
            raise Undeliverable(f"No mail can be made of this: {error}") from error
        return reference
