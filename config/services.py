"""The servers around the shop: Redis, Stripe, mail, Twilio, its other units. Only embedded ones have defaults."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit, urlunsplit

from config.reader import Reader
from config.values import (
    EMBEDDED_STRIPE_KEYS,
    STRIPE_API,
    TWILIO_API,
    ConfigurationError,
    Mail,
    Stripe,
    Twilio,
    mail_url,
    split_url,
    stripe_words,
    twilio_words,
)

PORTS = {
    "SHOP_PORT": 8000,
    "FAKE_STRIPE_PORT": 12111,
    "FAKE_TWILIO_PORT": 12112,
    "MAILBOX_PORT": 8025,
    "SMTP_PORT": 1025,
    "VALKEY_PORT": 6390,
    "MONGODB_PORT": 27117,
}
"""Every port of the embedded start and its default."""


def redis(env: Reader, ports: dict[str, int], *, embedded: bool) -> tuple[str, str]:
    """The broker's URL as given, and the cache's: the same server, the next database."""
    url = env.given("REDIS_URL")
    if not url and not embedded:
        raise ConfigurationError("REDIS_URL", "it is needed in production, like redis://host:6379/0.")
    url = url or f"redis://127.0.0.1:{ports['VALKEY_PORT']}/0"
    parts = split_url("REDIS_URL", url, ("redis", "rediss"))
    number = parts.path.strip("/") or "0"
    if not number.isdecimal() or len(number) > 4:
        raise ConfigurationError("REDIS_URL", "its path is the number of a database, as in redis://host:6379/0.")
    return urlunsplit(parts._replace(path=f"/{int(number)}")), urlunsplit(parts._replace(path=f"/{int(number) + 1}"))


def stripe(env: Reader, ports: dict[str, int], *, embedded: bool, here: bool) -> Stripe:
    """The real Stripe as soon as real keys are given, else the fake of the embedded start. Needed where payments is."""
    text = env.given("STRIPE_KEYS")
    if not text and not embedded and not here:
        return Stripe("", "", "", STRIPE_API)
    if not text and not embedded:
        raise ConfigurationError("STRIPE_KEYS", "it is needed in production: the words sk_… pk_… whsec_….")
    words = stripe_words("STRIPE_KEYS", text or EMBEDDED_STRIPE_KEYS)
    fake = any("embedded" in word for word in words)
    if fake and not embedded:
        raise ConfigurationError("STRIPE_KEYS", "the embedded fake's keys are refused in production.")
    default = f"http://127.0.0.1:{ports['FAKE_STRIPE_PORT']}" if fake else STRIPE_API
    return Stripe(*words, _api_base(env, "STRIPE_API_BASE", default, embedded=embedded))


def twilio(env: Reader, ports: dict[str, int], *, embedded: bool) -> Twilio | None:
    """None without keys: then no SMS is sent."""
    text = env.given("TWILIO_KEYS")
    fake = "embedded" in text
    if fake and not embedded:
        raise ConfigurationError("TWILIO_KEYS", "the embedded fake's keys are refused in production.")
    default = f"http://127.0.0.1:{ports['FAKE_TWILIO_PORT']}" if fake else TWILIO_API
    base = _api_base(env, "TWILIO_API_BASE", default, embedded=embedded)
    return Twilio(*twilio_words("TWILIO_KEYS", text), base) if text else None


def mail(env: Reader, ports: dict[str, int], *, embedded: bool, here: bool) -> Mail:
    """The SMTP server, or the embedded mailbox. Needed where notifications is: nobody else sends."""
    text = env.given("EMAIL_URL")
    if not text and not embedded and here:
        example = "smtp://user:password@host:587?from=shop@example.com&tls=starttls"
        raise ConfigurationError("EMAIL_URL", f"it is needed in production, like {example}.")
    return mail_url("EMAIL_URL", text or f"smtp://127.0.0.1:{ports['SMTP_PORT']}?from=shop@example.com")


def mail_webhook_secret(env: Reader) -> str:
    """What news of mails are signed with; without it none are taken."""
    secret = env.given("MAIL_WEBHOOK_SECRET")
    if secret and len(secret) < 32:
        raise ConfigurationError("MAIL_WEBHOOK_SECRET", "it needs 32 characters or more.")
    return secret


def call_keys(env: Reader, *, unit: str, elsewhere: Sequence[str]) -> dict[str, list[str]]:
    """ "orders=key1,key2 cart>catalog=key3": what each calling unit signs with, to all or to one context.

    The first key signs, all are valid. A unit needs one for every context that runs elsewhere.
    """
    keys: dict[str, list[str]] = {}
    for position, entry in enumerate(env.given("SHOP_CALL_KEYS").split(), start=1):
        caller, _, some = entry.partition("=")
        found = some.split(",")
        if not re.fullmatch(r"[a-z][a-z0-9-]*(>[a-z]+)?", caller) or any(len(key) < 32 for key in found):
            sentence = f"word {position} is not like unit=key,key or unit>context=key with keys of 32 characters."
            raise ConfigurationError("SHOP_CALL_KEYS", sentence)
        if caller in keys:
            raise ConfigurationError("SHOP_CALL_KEYS", f"{caller} stands there twice.")
        keys[caller] = found
    if elsewhere and not keys:
        raise ConfigurationError("SHOP_CALL_KEYS", "it is needed when contexts run in other units: unit=key of each.")
    if missing := [context for context in elsewhere if not {unit, f"{unit}>{context}"} & keys.keys()]:
        raise ConfigurationError("SHOP_CALL_KEYS", f"{unit} has no key for its calls to {missing[0]}.")
    return keys


def word(env: Reader, name: str, default: str) -> str:
    """A short name made of small letters, digits and hyphens."""
    value = env.text(name, default)
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,62}", value):
        raise ConfigurationError(name, "small letters, digits and hyphens only, 63 at most.")
    return value


def _api_base(env: Reader, name: str, default: str, *, embedded: bool) -> str:
    base = env.address(name, default)
    host = urlsplit(base).hostname or ""
    if not embedded and (host in {"localhost", "::1"} or host.startswith("127.")):
        raise ConfigurationError(name, "a fake on this machine is refused in production.")
    return base
