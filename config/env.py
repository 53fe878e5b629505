"""The environment of this process: read once, checked whole, frozen. Every variable is described in `.env.example`."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from config import services
from config.bank import BankTransfer, bank_transfer
from config.contexts import CONTEXTS
from config.databases import DatabaseEntry, database
from config.limits import Network, Rates, networks, rates
from config.reader import Reader, dotenv
from config.values import (
    Bucket,
    ConfigurationError,
    Mail,
    Stripe,
    Twilio,
    address_list,
    bucket_url,
    jwks,
    origins,
    seeds,
    shipping_table,
    tax_table,
)

__all__ = ["CHECKOUT", "ConfigurationError", "Environment", "environment", "read"]

SHIPPING = "EUR 495 free 5000; USD 595 free 6000; JPY 800 free 8000"
EMBEDDED_RATES = "read 1000000/minute; write 1000000/minute"
"""On one machine everybody has the same address."""
CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Environment:
    """All that this process was told from outside."""

    mode: str
    shape: str
    unit: str
    wake: str
    data_dir: Path
    pulse_dir: Path | None
    secret_key: str = field(repr=False)
    token_keys: tuple[bytes, ...] = field(repr=False)
    token_jwks: str
    cors_origins: tuple[str, ...]
    allowed_hosts: tuple[str, ...]
    public_url: str
    frontend_url: str
    contexts: tuple[str, ...]
    context_urls: dict[str, str]
    call_keys: dict[str, list[str]] = field(repr=False)
    databases: dict[str, DatabaseEntry] = field(repr=False)
    broker_url: str = field(repr=False)
    cache_url: str = field(repr=False)
    stripe: Stripe
    bank_transfer: BankTransfer | None
    mail: Mail
    twilio: Twilio | None
    mail_webhook_secret: str = field(repr=False)
    templates_dir: Path | None
    shipping: dict[str, tuple[int, int | None]]
    tax: dict[str, str]
    tax_included: bool
    payments_capture: str
    pay_window_seconds: int
    hold_seconds: int
    place_order_budget_seconds: float
    cart_max_lines: int
    cart_max_quantity: int
    cart_guest_days: int
    cart_customer_days: int
    rates: Rates
    trusted_proxies: tuple[Network, ...]
    address_book_limit: int
    account_grace_days: int
    order_token_hours: int
    return_window_days: int
    backoff_seconds: float
    lease_seconds: float
    tick_seconds: float
    bucket: Bucket | None
    low_stock_threshold: int
    staff_alerts: tuple[str, ...]
    faults: str
    log_format: str
    log_level: str
    ports: dict[str, int]
    web_workers: int
    web_threads: int
    web_drain_seconds: float
    worker_processes: int

    @property
    def embedded(self) -> bool:
        """Whether the servers that the shop needs are its own, on this machine."""
        return self.mode == "embedded"


@cache
def environment() -> Environment:
    """The environment of this process."""
    file = os.environ.get("SHOP_ENV_FILE")
    values = dotenv(CHECKOUT / ".env" if file is None else Path(file)) if file != "" else {}
    return read({**values, **os.environ}, written=values)


def read(values: Mapping[str, str], *, written: Iterable[str] = ()) -> Environment:
    """Check every variable; the first wrong one raises ConfigurationError, so does a misspelt one in `written`."""
    env = Reader(values)
    checked = _read(env)
    env.refuse_misspelt(written)
    return checked


def _read(env: Reader) -> Environment:
    embedded = env.choice("SHOP_MODE", "embedded", "embedded", "production") == "embedded"
    ports = {name: env.port(name, default) for name, default in services.PORTS.items()}
    contexts = _contexts(env)
    urls = _context_urls(env, contexts)
    unit = services.word(env, "SHOP_UNIT", "shop" if contexts == CONTEXTS else "-".join(contexts))
    data_dir = CHECKOUT / env.text("SHOP_DATA_DIR", "var")
    broker_url, cache_url = services.redis(env, ports, embedded=embedded)
    tax, tax_included = tax_table("TAX", env.text("TAX", "standard 19 included"))
    pay_window = env.whole("PAY_WINDOW_SECONDS", 1800, 1, 30 * 86400)
    public_url = env.address("SHOP_PUBLIC_URL", f"http://127.0.0.1:{ports['SHOP_PORT']}")
    return Environment(
        mode="embedded" if embedded else "production",
        shape=env.choice("SHOP_SHAPE", "mono", "mono", "strict"),
        unit=unit,
        wake=env.choice("SHOP_WAKE", "celery", "celery", "none"),
        data_dir=data_dir,
        pulse_dir=_folder(env, "SHOP_PULSE_DIR"),
        secret_key=_secret_key(env, data_dir, embedded=embedded),
        token_keys=_token_keys(env, contexts, data_dir, embedded=embedded),
        cors_origins=origins("CORS_ALLOWED_ORIGINS", env.given("CORS_ALLOWED_ORIGINS")),
        token_jwks=_token_jwks(env, urls, contexts),
        allowed_hosts=_hosts(env, embedded=embedded),
        public_url=public_url,
        frontend_url=env.address("SHOP_FRONTEND_URL", public_url),
        contexts=contexts,
        context_urls=urls,
        call_keys=services.call_keys(env, unit=unit, elsewhere=[one for one in CONTEXTS if one not in contexts]),
        databases=_databases(env, contexts, data_dir, embedded=embedded),
        broker_url=broker_url,
        cache_url=cache_url,
        stripe=services.stripe(env, ports, embedded=embedded, here="payments" in contexts),
        bank_transfer=bank_transfer(env, embedded=embedded),
        mail=services.mail(env, ports, embedded=embedded, here="notifications" in contexts),
        twilio=services.twilio(env, ports, embedded=embedded),
        templates_dir=_folder(env, "TEMPLATES_DIR"),
        mail_webhook_secret=services.mail_webhook_secret(env),
        shipping=shipping_table("SHIPPING", env.text("SHIPPING", SHIPPING)),
        tax=tax,
        tax_included=tax_included,
        payments_capture=env.choice("PAYMENTS_CAPTURE", "automatic", "automatic", "manual"),
        pay_window_seconds=pay_window,
        hold_seconds=_hold_seconds(env, pay_window),
        place_order_budget_seconds=env.seconds("PLACE_ORDER_BUDGET_SECONDS", 8, 0, 60),
        cart_max_lines=env.whole("CART_MAX_LINES", 100, 1, 1000),
        cart_max_quantity=env.whole("CART_MAX_QUANTITY", 999, 1, 999),
        cart_guest_days=env.whole("CART_GUEST_DAYS", 30, 1, 3650),
        cart_customer_days=env.whole("CART_CUSTOMER_DAYS", 90, 1, 3650),
        rates=rates("RATE_LIMITS", env.text("RATE_LIMITS", EMBEDDED_RATES if embedded else "")),
        trusted_proxies=networks("TRUSTED_PROXIES", env.given("TRUSTED_PROXIES")),
        address_book_limit=env.whole("ADDRESS_BOOK_LIMIT", 50, 1, 1000),
        account_grace_days=env.whole("ACCOUNT_GRACE_DAYS", 14, 0, 365),
        order_token_hours=env.whole("ORDER_TOKEN_HOURS", 24, 1, 8760),
        return_window_days=env.whole("RETURN_WINDOW_DAYS", 30, 0, 3650),
        backoff_seconds=env.seconds("SHOP_BACKOFF_SECONDS", 1, 0.001, 3600),
        lease_seconds=env.seconds("SHOP_LEASE_SECONDS", 30, 0.1, 3600),
        tick_seconds=env.seconds("SHOP_TICK_SECONDS", 1, 0.05, 3600),
        bucket=bucket_url("MEDIA_URL", env.given("MEDIA_URL")),
        low_stock_threshold=env.whole("LOW_STOCK_THRESHOLD", 5, 0, 1_000_000),
        staff_alerts=address_list("STAFF_ALERTS_EMAIL", env.given("STAFF_ALERTS_EMAIL")),
        faults=_faults(env, embedded=embedded),
        log_format=env.choice("LOG_FORMAT", "text" if embedded else "json", "json", "text"),
        log_level=env.choice("LOG_LEVEL", "INFO", "DEBUG", "INFO", "WARNING", "ERROR"),
        ports=ports,
        web_workers=env.whole("WEB_WORKERS", 2, 1, 64),
        web_threads=env.whole("WEB_THREADS", 4, 1, 64),
        web_drain_seconds=env.seconds("WEB_DRAIN_SECONDS", 5, 0, 60),
        worker_processes=env.whole("WORKER_PROCESSES", 2, 1, 64),
    )


def _contexts(env: Reader) -> tuple[str, ...]:
    asked = env.given("SHOP_CONTEXTS").replace(",", " ").split()
    if unknown := [context for context in asked if context not in CONTEXTS]:
        raise ConfigurationError("SHOP_CONTEXTS", f"{unknown[0]!r} is no context; there are {', '.join(CONTEXTS)}.")
    return tuple(context for context in CONTEXTS if context in asked) or CONTEXTS


def _context_urls(env: Reader, contexts: tuple[str, ...]) -> dict[str, str]:
    urls = {}
    for context in CONTEXTS:
        name = f"SHOP_{context.upper()}_URL"
        if env.given(name):
            urls[context] = env.address(name, "")
        elif context not in contexts:
            raise ConfigurationError(name, f"{context} does not run here (SHOP_CONTEXTS), so its address is needed.")
    return urls


def _databases(env: Reader, contexts: tuple[str, ...], data_dir: Path, *, embedded: bool) -> dict[str, DatabaseEntry]:
    shared = env.given("DATABASE_URL")
    if not shared and embedded:
        shared = f"sqlite:///{data_dir / 'db'}"
    entries: dict[str, Any] = {}
    for context in CONTEXTS:
        name = f"{context.upper()}_DATABASE_URL"
        own = env.given(name)
        if context not in contexts:
            continue
        if own:
            entries[context] = database(name, own, context, CHECKOUT, own=True)
        elif shared:
            entries[context] = database("DATABASE_URL", shared, context, CHECKOUT, own=False)
        else:
            raise ConfigurationError("DATABASE_URL", f"it is needed in production (or {name} and so on, one each).")
    return entries


def _secret_key(env: Reader, data_dir: Path, *, embedded: bool) -> str:
    key = env.given("SECRET_KEY")
    if key and (len(key) < 32 or len(set(key)) < 8):
        raise ConfigurationError("SECRET_KEY", "it is too easy to guess: 32 random characters are the least.")
    if not key and not embedded:
        raise ConfigurationError("SECRET_KEY", "it is needed in production: 50 random characters are good.")
    return key or _kept_secret(data_dir, "secret_key")


def _token_keys(env: Reader, contexts: tuple[str, ...], data_dir: Path, *, embedded: bool) -> tuple[bytes, ...]:
    """Only where accounts runs is anything signed; all others verify."""
    given = env.given("TOKEN_KEYS")
    if given:
        return seeds("TOKEN_KEYS", given)
    if "accounts" not in contexts:
        return ()
    if not embedded:
        raise ConfigurationError("TOKEN_KEYS", "it is needed in production: `openssl rand -base64 32` makes a key.")
    return (hashlib.sha256(_kept_secret(data_dir, "token_key").encode()).digest(),)


def _token_jwks(env: Reader, urls: dict[str, str], contexts: tuple[str, ...]) -> str:
    """Without accounts: its published keys, by default at the address that it is called by anyway."""
    given = env.given("TOKEN_JWKS")
    if given.startswith("{"):
        return jwks("TOKEN_JWKS", given)
    if given:
        return env.address("TOKEN_JWKS", "")
    return "" if "accounts" in contexts else urls["accounts"] + "/.well-known/jwks.json"


def _kept_secret(data_dir: Path, name: str) -> str:
    """Made once for the embedded shop; whoever of several starting processes is first wins."""
    file = data_dir / name
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            handle, draft = tempfile.mkstemp(dir=data_dir)
            with os.fdopen(handle, "w") as out:
                out.write(secrets.token_urlsafe(50))
            with contextlib.suppress(FileExistsError):
                os.link(draft, file)  # whole or not at all, and only once
            Path(draft).unlink()
        return file.read_text().strip()
    except OSError as error:
        raise ConfigurationError("SHOP_DATA_DIR", f"{data_dir} cannot be written ({error.strerror}).") from None


def _hosts(env: Reader, *, embedded: bool) -> tuple[str, ...]:
    hosts = tuple(env.given("ALLOWED_HOSTS").replace(",", " ").split())
    if not hosts and not embedded:
        raise ConfigurationError("ALLOWED_HOSTS", "it is needed in production: the names that the shop is reached by.")
    for host in hosts:
        if "/" in host or "://" in host:
            raise ConfigurationError("ALLOWED_HOSTS", f"{host!r} is no host name; leave out http:// and paths.")
        if host == "*" and not embedded:
            raise ConfigurationError("ALLOWED_HOSTS", "* is not accepted in production.")
    return hosts or ("127.0.0.1", "localhost", "[::1]", "testserver")


def _folder(env: Reader, name: str) -> Path | None:
    """One that is there already, or none."""
    text = env.given(name)
    if not text:
        return None
    folder = CHECKOUT / text
    if not folder.is_dir():
        raise ConfigurationError(name, "there is no such folder.")
    return folder


def _hold_seconds(env: Reader, pay_window: int) -> int:
    hold = env.whole("HOLD_SECONDS", max(7200, 2 * pay_window), 1, 60 * 86400)
    if hold < pay_window:
        raise ConfigurationError("HOLD_SECONDS", "stock must be held at least as long as PAY_WINDOW_SECONDS.")
    return hold


def _faults(env: Reader, *, embedded: bool) -> str:
    directory = env.given("SHOP_FAULTS")
    if directory and not embedded:
        raise ConfigurationError("SHOP_FAULTS", "crash points are for tests only and refused in production.")
    if directory and not Path(directory).is_dir():
        raise ConfigurationError("SHOP_FAULTS", "it is no directory.")
    return directory
