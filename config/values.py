"""One parser per kind of value that the environment can hold. A wrong one raises one clear sentence, no secret."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

STRIPE_API = "https://api.stripe.com"
TWILIO_API = "https://api.twilio.com"
EMBEDDED_STRIPE_KEYS = "sk_test_embedded pk_test_embedded whsec_embedded"
"""What the embedded fake Stripe is spoken to with; never accepted in production."""


class ConfigurationError(Exception):
    """A variable of the environment is missing or wrong; the text is one sentence that names it."""

    def __init__(self, variable: str, sentence: str) -> None:
        super().__init__(f"{variable}: {sentence}")
        self.variable = variable


@dataclass(frozen=True, slots=True)
class Stripe:
    """How Stripe, or the fake that stands for it, is spoken to."""

    secret_key: str = field(repr=False)
    publishable_key: str
    webhook_secret: str = field(repr=False)
    api_base: str


@dataclass(frozen=True, slots=True)
class Twilio:
    """How Twilio, or its fake, is spoken to."""

    account_sid: str
    auth_token: str = field(repr=False)
    sender: str
    api_base: str


@dataclass(frozen=True, slots=True)
class Mail:
    """The SMTP server that takes the shop's mail."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    tls: str
    """"", "starttls" or "tls"."""
    sender: str


def stripe_words(variable: str, text: str) -> tuple[str, str, str]:
    """Secret key, publishable key and webhook secret out of three words in any order."""
    found: dict[str, str] = {}
    for position, word in enumerate(text.split(), start=1):
        known = [kind for kind in ("sk_", "rk_", "pk_", "whsec_") if word.startswith(kind) and len(word) > len(kind)]
        if not known:
            raise ConfigurationError(variable, f"word {position} is none of sk_…, pk_…, whsec_….")
        kind = "sk_" if known[0] == "rk_" else known[0]
        if kind in found:
            raise ConfigurationError(variable, f"there are two words that start with {kind}; one is needed.")
        found[kind] = word
    missing = [kind for kind in ("sk_", "pk_", "whsec_") if kind not in found]
    if missing:
        raise ConfigurationError(
            variable, f"the word that starts with {' and the one with '.join(missing)} is missing."
        )
    modes = {found[kind].split("_")[1] for kind in ("sk_", "pk_") if found[kind].count("_") > 1}
    if len(modes) > 1:
        raise ConfigurationError(variable, "one key is a test key and the other is a live key.")
    return found["sk_"], found["pk_"], found["whsec_"]


def twilio_words(variable: str, text: str) -> tuple[str, str, str]:
    """Account, token and sender: "AC… token +15550100"."""
    words = text.split()
    accounts = [word for word in words if re.fullmatch(r"AC\w+", word)]
    senders = [word for word in words if re.fullmatch(r"\+\d{7,15}|MG\w+", word)]
    tokens = [word for word in words if word not in accounts and word not in senders]
    wanted = {"account that starts with AC": accounts, "sender such as +15550100": senders, "token": tokens}
    for what, some in wanted.items():
        if len(some) != 1:
            raise ConfigurationError(variable, f"exactly one {what} is needed, {len(some)} were found.")
    return accounts[0], tokens[0], senders[0]


def mail_url(variable: str, text: str) -> Mail:
    """smtp://user:password@host:port?from=shop@example.com&tls=starttls"""
    parts = split_url(variable, text, ("smtp",))
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(set(query) - {"from", "tls"}):
        raise ConfigurationError(variable, f"it has the unknown option {unknown[0]!r}; from and tls are known.")
    sender = query.get("from", "")
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+|[^<>\r\n]+ <[^@\s<>]+@[^@\s<>]+>", sender):
        raise ConfigurationError(variable, "the sender is missing or no address: add ?from=shop@example.com.")
    tls = query.get("tls", "")
    if tls not in ("", "starttls", "tls"):
        raise ConfigurationError(variable, "tls is starttls, tls or absent.")
    if bool(parts.username) != bool(parts.password):
        raise ConfigurationError(variable, "it has a user without a password, or a password without a user.")
    port = parts.port or {"": 25, "starttls": 587, "tls": 465}[tls]
    return Mail(parts.hostname or "", port, unquote(parts.username or ""), unquote(parts.password or ""), tls, sender)


@dataclass(frozen=True, slots=True)
class Bucket:
    """An S3-compatible bucket that anybody may read and we may write."""

    endpoint: str
    name: str
    key: str
    secret: str = field(repr=False)
    region: str
    public_url: str


def bucket_url(variable: str, text: str) -> Bucket | None:
    """s3://key:secret@host/bucket?region=eu-central-1&public=https://media.example.com; None for the data directory."""
    if not text:
        return None
    parts = split_url(variable, text, ("s3",))
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(set(query) - {"region", "public", "tls"}):
        raise ConfigurationError(variable, f"it has the unknown option {unknown[0]!r}; region, public, tls are known.")
    name = parts.path.strip("/")
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name):
        raise ConfigurationError(variable, "its path is the name of one bucket, as in s3://key:secret@host/bucket.")
    if not parts.username or not parts.password:
        raise ConfigurationError(variable, "key and secret are needed: s3://key:secret@host/bucket, / in them as %2F.")
    if query.get("tls", "on") not in ("on", "off"):
        raise ConfigurationError(variable, "tls is off or absent.")
    region = query.get("region", "us-east-1")
    if not re.fullmatch(r"[a-z0-9-]{2,40}", region):
        raise ConfigurationError(variable, "region is no name of a region.")
    host = parts.netloc.rpartition("@")[2]
    endpoint = f"{'http' if query.get('tls') == 'off' else 'https'}://{host}"
    public = query.get("public", f"{endpoint}/{name}")
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", public):
        raise ConfigurationError(variable, "public is no address such as https://media.example.com.")
    return Bucket(endpoint, name, unquote(parts.username), unquote(parts.password), region, public.rstrip("/"))


def address_list(variable: str, text: str) -> tuple[str, ...]:
    """ "a@shop.example, b@shop.example": mail addresses, none twice; empty for nobody."""
    found: list[str] = []
    for word in text.replace(",", " ").split():
        if len(word) > 254 or not re.fullmatch(r"[^@\s<>,;\"']+@[^@\s<>,;\"']+", word):
            raise ConfigurationError(variable, f"{word!r} is no mail address; put commas between several.")
        if word not in found:
            found.append(word)
    return tuple(found)


def split_url(variable: str, text: str, schemes: tuple[str, ...]) -> SplitResult:
    """The parts of a URL with one of `schemes`, a host and a sane port."""
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  # urllib checks it when it is read
    except ValueError:
        raise ConfigurationError(variable, "it is no URL that can be read.") from None
    if parts.scheme not in schemes:
        raise ConfigurationError(variable, f"it must start with {' or '.join(scheme + '://' for scheme in schemes)}.")
    if not parts.hostname:
        raise ConfigurationError(variable, "the URL has no host.")
    return parts


def seeds(variable: str, text: str) -> tuple[bytes, ...]:
    """Private keys of access tokens, each 32 random bytes in base64; the first one signs."""
    found: list[bytes] = []
    for position, word in enumerate(text.split(), start=1):
        try:
            seed = base64.b64decode(word.replace("-", "+").replace("_", "/") + "=" * (-len(word) % 4), validate=True)
        except ValueError:
            seed = b""
        if len(seed) != 32 or len(set(seed)) < 8:
            raise ConfigurationError(variable, f"word {position} is no key: 32 random bytes in base64 are one.")
        if seed in found:
            raise ConfigurationError(variable, f"word {position} is a key that stands there already.")
        found.append(seed)
    return tuple(found)


def jwks(variable: str, text: str) -> str:
    """A JWKS document on one line, with at least one Ed25519 key."""
    from shop.identity.keys import public_keys  # late: cryptography is slow to load, and few processes are given one

    try:
        found = public_keys(json.loads(text))
    except ValueError:
        found = {}
    if not found:
        raise ConfigurationError(variable, "it is no JWKS document with an Ed25519 key, and no address of one.")
    return text


def origins(variable: str, text: str) -> tuple[str, ...]:
    """ "https://app.example.com https://other.example:8443": scheme, host and port only, as browsers send them."""
    found: list[str] = []
    for word in text.replace(",", " ").split():
        parts = split_url(variable, word, ("http", "https"))
        origin = f"{parts.scheme}://{parts.netloc}".lower()
        if origin != word.lower() or parts.username:
            raise ConfigurationError(variable, f"{word!r} is no origin: scheme, host and port only, no path, no *.")
        found.append(origin)
    return tuple(dict.fromkeys(found))


def shipping_table(variable: str, text: str) -> dict[str, tuple[int, int | None]]:
    """ "EUR 495 free 5000; JPY 800": flat rate and free-from per currency in minor units; the first is the default."""
    table: dict[str, tuple[int, int | None]] = {}
    for entry in filter(None, (part.strip() for part in text.split(";"))):
        match = re.fullmatch(r"([A-Z]{3}) (\d{1,12})(?: free (\d{1,12}))?", entry)
        if match is None:
            raise ConfigurationError(variable, f"{entry!r} is not like 'EUR 495 free 5000'.")
        if match[1] in table:
            raise ConfigurationError(variable, f"{match[1]} stands there twice.")
        table[match[1]] = (int(match[2]), int(match[3]) if match[3] else None)
    if not table:
        raise ConfigurationError(variable, "at least one currency is needed, like 'EUR 495 free 5000'.")
    return table


def tax_table(variable: str, text: str) -> tuple[dict[str, str], bool]:
    """ "standard 19; reduced 7 included": rates in per cent by class, and whether prices include them."""
    body, _, last = text.strip().rpartition(" ")
    if last not in ("included", "added"):
        raise ConfigurationError(variable, "its last word must be included or added.")
    table: dict[str, str] = {}
    for entry in filter(None, (part.strip() for part in body.split(";"))):
        words = entry.split()
        if len(words) != 2 or words[0] in table or not _is_rate(words[1]):
            raise ConfigurationError(
                variable, f"{entry!r} is not like 'standard 19', once per class and from 0 to 100."
            )
        table[words[0]] = words[1]
    if "standard" not in table:
        raise ConfigurationError(variable, "the class standard is missing.")
    return table, last == "included"


def _is_rate(text: str) -> bool:
    try:
        return 0 <= Decimal(text) <= 100
    except InvalidOperation:
        return False
