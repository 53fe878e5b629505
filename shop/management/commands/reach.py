"""`manage.py reach`: ask every unit whose address is given here, as a call would, whether it hosts what it should."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from shop.call import scope
from shop.errors import Unavailable
from shop.events.transport import path_of
from shop.ports.remote import post

SECONDS = 5.0
REASONS = {
    401: "does not believe us: SHOP_CALL_KEYS or the clock of one of us is wrong",
    404: "does not host it, or has no SHOP_CALL_KEYS and so takes no calls",
}


class Command(BaseCommand):
    """For operators, before they let traffic follow an address."""

    help = "Send every context that has an address here (SHOP_<CONTEXT>_URL) a signed call that changes nothing."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """One line each; exit 1 when one cannot be reached."""
        wrong = []
        for context, url in settings.SHOP_CONTEXT_URLS.items():
            told = _asked(context)
            self.stdout.write(f"{context} at {url} {told or 'is reached'}")
            wrong += [context] if told else []
        if wrong:
            raise CommandError(f"{', '.join(wrong)} cannot be reached.")


def _asked(context: str) -> str:
    """What is wrong; empty when an empty batch of events was taken."""
    try:
        with scope(SECONDS):
            status, _ = post(context, path_of(context), b"[]")
    except Unavailable as error:
        return f"does not answer: {error}"
    return "" if status == 200 else REASONS.get(status, f"answers {status}")
