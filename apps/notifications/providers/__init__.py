"""Which carrier takes which channel: chosen by settings, made at first use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from apps.notifications.rules import Channel

from .protocol import Carrier, NotSent, Outgoing, Undeliverable

__all__ = ["Carrier", "NotSent", "Outgoing", "Undeliverable", "carrier", "has_sms", "using_carrier"]

_carriers: dict[Channel, Carrier] = {}


def has_sms() -> bool:
    """Whether text messages can be sent at all."""
    return settings.TWILIO is not None


def carrier(channel: Channel) -> Carrier:
    """The carrier of this channel in this process."""
    if channel not in _carriers:
        _carriers[channel] = _new(channel)
    return _carriers[channel]


def _new(channel: Channel) -> Carrier:
    if channel is Channel.SMS:
        if settings.TWILIO is None:
            raise Undeliverable("No text messages are sent here: TWILIO_KEYS is not set.")
        # The SDK is slow to import, and most shops have none.
        from .sms_twilio import TwilioCarrier

        return TwilioCarrier(settings.TWILIO, settings.SHOP_PUBLIC_URL)
    from .smtp import SmtpCarrier

    return SmtpCarrier()


@contextmanager
def using_carrier(channel: Channel, other: Carrier) -> Iterator[Carrier]:
    """Another carrier while this is open; for tests."""
    before = _carriers.get(channel)
    _carriers[channel] = other
    try:
        yield other
    finally:
        del _carriers[channel]
        if before is not None:
            _carriers[channel] = before
