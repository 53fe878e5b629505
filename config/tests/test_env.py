"""Every variable: what it does when it is missing, half there, garbage or of an unknown scheme."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from config import env as env_module
from config import services
from config.contexts import CONTEXTS
from config.env import ConfigurationError, Environment, read
from config.reader import dotenv

SECRET = "k3Jd0s-9aXQ2mPz7LwB5vNc8RtYu1GhE4oFi6"
TOKEN_KEY = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="
STRIPE = "sk_live_1 pk_live_1 whsec_1"
PRODUCTION = {
    "SHOP_MODE": "production",
    "SECRET_KEY": SECRET,
    "TOKEN_KEYS": TOKEN_KEY,
    "DATABASE_URL": "mongodb://db1:27017,db2:27017/shop?replicaSet=rs0",
    "REDIS_URL": "redis://cache:6379/2",
    "STRIPE_KEYS": STRIPE,
    "EMAIL_URL": "smtp://user:p%40ss@mail.example:587?from=shop@example.com&tls=starttls",
    "ALLOWED_HOSTS": "shop.example",
}
ELSEWHERE = {f"SHOP_{context.upper()}_URL": "http://unit:8000" for context in CONTEXTS}
KEYS = "orders=" + "k" * 32


def embedded(tmp_path: Path, **values: str) -> Environment:
    return read({"SHOP_DATA_DIR": str(tmp_path), **values})


def test_without_any_variable_everything_is_embedded(tmp_path):
    env = embedded(tmp_path)

    assert env.embedded
    assert env.contexts == CONTEXTS
    assert env.shape == "mono"
    assert env.databases["cart"]["NAME"] == str(tmp_path / "db" / "cart.sqlite3")
    assert (env.broker_url, env.cache_url) == ("redis://127.0.0.1:6390/0", "redis://127.0.0.1:6390/1")
    assert env.stripe.api_base == "http://127.0.0.1:12111"
    assert (env.mail.host, env.mail.port, env.mail.sender) == ("127.0.0.1", 1025, "shop@example.com")
    assert env.twilio is None
    assert env.shipping == {"EUR": (495, 5000), "USD": (595, 6000), "JPY": (800, 8000)}
    assert (env.tax, env.tax_included) == ({"standard": "19"}, True)
    assert (env.pay_window_seconds, env.hold_seconds) == (1800, 7200)


def test_the_secret_key_of_the_embedded_shop_is_made_once(tmp_path):
    first, second = embedded(tmp_path), embedded(tmp_path)

    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_production_takes_its_whole_set():
    env = read(PRODUCTION)

    assert not env.embedded
    assert env.databases["orders"]["ENGINE"] == "shop.db.mongodb"
    assert env.databases["orders"]["HOST"] == PRODUCTION["DATABASE_URL"]
    assert env.databases["orders"]["NAME"] == "shop_orders"
    assert (env.broker_url, env.cache_url) == ("redis://cache:6379/2", "redis://cache:6379/3")
    assert env.stripe.api_base == "https://api.stripe.com"
    assert (env.mail.user, env.mail.password, env.mail.tls) == ("user", "p@ss", "starttls")


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "TOKEN_KEYS", "DATABASE_URL", "REDIS_URL", "STRIPE_KEYS", "EMAIL_URL", "ALLOWED_HOSTS"]
)
def test_production_names_what_is_missing(name):
    with pytest.raises(ConfigurationError, match=f"^{name}: it is needed in production"):
        read({**PRODUCTION, name: ""})


def test_six_databases_do_instead_of_one(tmp_path):
    values = {f"{context.upper()}_DATABASE_URL": f"sqlite:////srv/{context}" for context in CONTEXTS}

    env = read({**PRODUCTION, **values, "DATABASE_URL": ""})

    assert env.databases["payments"]["NAME"] == "/srv/payments/payments.sqlite3"


def test_real_keys_mean_the_real_stripe_also_in_the_embedded_shop(tmp_path):
    assert embedded(tmp_path, STRIPE_KEYS=STRIPE).stripe.api_base == "https://api.stripe.com"
    assert embedded(tmp_path, STRIPE_KEYS="pk_live_1 whsec_1 sk_live_1").stripe.secret_key == "sk_live_1"


def test_an_own_database_keeps_its_name(tmp_path):
    env = embedded(tmp_path, CATALOG_DATABASE_URL="mongodb://db/goods", CART_DATABASE_URL="sqlite:///var/x.sqlite3")

    assert env.databases["catalog"]["NAME"] == "goods"
    assert env.databases["cart"]["NAME"] == str(env_module.CHECKOUT / "var" / "x.sqlite3")


def test_a_unit_of_its_own_knows_where_the_others_are(tmp_path):
    keys = f"{KEYS},{'n' * 32} catalog={'c' * 32} catalog>cart={'d' * 32}"
    env = embedded(tmp_path, SHOP_CONTEXTS="catalog", SHOP_CALL_KEYS=keys, **ELSEWHERE)

    assert env.contexts == ("catalog",)
    assert env.unit == "catalog"
    assert list(env.databases) == ["catalog"]
    assert env.context_urls["orders"] == "http://unit:8000"
    assert env.call_keys == {
        "orders": ["k" * 32, "n" * 32],
        "catalog": ["c" * 32],
        "catalog>cart": ["d" * 32],
    }


WRONG = [
    ("BANK_TRANSFER", "perhaps", "is not known"),
    ("BANK_TRANSFER_IBAN", "DE02", "it is no IBAN"),
    ("BANK_TRANSFER_BIC", "BYL", "it is no BIC"),
    ("BANK_TRANSFER_HOLDER", "x" * 71, "70 characters"),
    ("BANK_TRANSFER_CURRENCIES", "EURO", "is no currency"),
    ("BANK_TRANSFER_DAYS", "0", "is no whole number"),
    ("BANK_TRANSFER_GRACE_DAYS", "-1", "is no whole number"),
    ("BANK_TRANSFER_MAX_PIECES", "0", "is no whole number"),
    ("BANK_TRANSFER_MAX_OPEN", "0", "is no whole number"),
    ("RATE_LIMITS", "fast", "is not like"),
    ("TRUSTED_PROXIES", "proxy", "is no address"),
    ("SHOP_MODE", "prod", "is not known"),
    ("SHOP_SHAPE", "duo", "is not known"),
    ("SHOP_UNIT", "My Unit", "small letters"),
    ("SHOP_CONTEXTS", "catalog,basket", "'basket' is no context"),
    ("SHOP_WAKE", "perhaps", "is not known"),
    ("SHOP_CALL_KEYS", "orders=short", "word 1"),
    ("SHOP_CALL_KEYS", f"{KEYS} {KEYS}", "twice"),
    ("SHOP_DATA_DIR", "/dev/null/x", "cannot be written"),
    ("SHOP_PULSE_DIR", "no/such/folder", "no such folder"),
    ("SECRET_KEY", "short", "too easy"),
    ("SECRET_KEY", "a" * 60, "too easy"),
    ("TOKEN_KEYS", "not-base64!", "word 1 is no key"),
    ("TOKEN_KEYS", "c2hvcnQ=", "word 1 is no key"),
    ("TOKEN_KEYS", "A" * 43, "word 1 is no key"),
    ("TOKEN_KEYS", f"{TOKEN_KEY} {TOKEN_KEY}", "word 2 is a key that stands there already"),
    ("CORS_ALLOWED_ORIGINS", "*", "must start with http"),
    ("CORS_ALLOWED_ORIGINS", "app.example.com", "must start with http"),
    ("CORS_ALLOWED_ORIGINS", "https://app.example.com/", "no origin"),
    ("CORS_ALLOWED_ORIGINS", "https://app.example.com https://u:p@b.example", "no origin"),
    ("CORS_ALLOWED_ORIGINS", "https://", "no host"),
    ("TOKEN_JWKS", "accounts:8000", "must start with http"),
    ("TOKEN_JWKS", '{"keys": []}', "no JWKS document"),
    ("TOKEN_JWKS", '{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": "AA"}]}', "no JWKS document"),
    ("TOKEN_JWKS", "{", "no JWKS document"),
    ("DATABASE_URL", "mysql://db/shop", "must start with"),
    ("DATABASE_URL", "shop.sqlite3", "must start with"),
    ("DATABASE_URL", "sqlite://", "needs a directory"),
    ("DATABASE_URL", "sqlite:///", "needs a directory"),
    ("DATABASE_URL", "mongodb://", "no MongoDB URI"),
    ("DATABASE_URL", "mongodb://host:port/shop", "host"),
    ("DATABASE_URL", "mongodb://host/sh$op", "name"),
    ("DATABASE_URL", "postgresql:///shop", "host"),
    ("DATABASE_URL", "postgresql://h:99999/shop", "no URL"),
    *((f"{context.upper()}_DATABASE_URL", "oracle://x", "must start with") for context in CONTEXTS),
    ("REDIS_URL", "amqp://localhost", "must start with redis"),
    ("REDIS_URL", "redis://", "no host"),
    ("REDIS_URL", "redis://h:6379/shop", "number of a database"),
    ("REDIS_URL", "redis://h:99999/0", "no URL"),
    ("WEB_WORKERS", "0", "no whole number from 1 to 64"),
    ("WEB_THREADS", "many", "no whole number from 1 to 64"),
    ("WEB_DRAIN_SECONDS", "long", "no number of seconds"),
    ("WORKER_PROCESSES", "65", "no whole number from 1 to 64"),
    ("STRIPE_KEYS", "sk_live_1", "pk_ and the one with whsec_ is missing"),
    ("STRIPE_KEYS", "sk_live_1 pk_live_1", "whsec_ is missing"),
    ("STRIPE_KEYS", "sk_live_1 pk_live_1 hello", "word 3 is none of"),
    ("STRIPE_KEYS", "sk_live_1 pk_live_1 whsec_", "word 3 is none of"),
    ("STRIPE_KEYS", "sk_live_1 sk_live_2 pk_live_1 whsec_1", "two words"),
    ("STRIPE_KEYS", "sk_live_1 pk_test_1 whsec_1", "test key"),
    ("STRIPE_API_BASE", "ftp://stripe", "must start with http"),
    ("STRIPE_API_BASE", "http://", "no host"),
    ("EMAIL_URL", "http://mail", "must start with smtp"),
    ("EMAIL_URL", "smtp://mail:25", "sender is missing"),
    ("EMAIL_URL", "smtp://mail?from=nobody", "no address"),
    ("EMAIL_URL", "smtp://mail?from=a@b.c&tls=maybe", "tls is"),
    ("EMAIL_URL", "smtp://mail?from=a@b.c&ssl=1", "unknown option 'ssl'"),
    ("EMAIL_URL", "smtp://user@mail?from=a@b.c", "without a password"),
    ("TWILIO_KEYS", "AC1 token", "sender"),
    ("TWILIO_KEYS", "token +15550100", "account"),
    ("TWILIO_KEYS", "AC1 +15550100", "token"),
    ("MAIL_WEBHOOK_SECRET", "short", "32 characters"),
    ("TEMPLATES_DIR", "no/such/folder", "no such folder"),
    ("TWILIO_API_BASE", "twilio.com", "must start with http"),
    ("SHOP_PUBLIC_URL", "shop.example", "must start with http"),
    ("SHOP_PUBLIC_URL", "https://shop.example/?x=1", "address only"),
    ("SHOP_FRONTEND_URL", "shop.example", "must start with http"),
    ("SHOP_CATALOG_URL", "catalog:8000", "must start with http"),
    ("ALLOWED_HOSTS", "http://shop.example", "no host name"),
    *((name, "http", "no whole number") for name in services.PORTS),
    *((name, "70000", "no whole number") for name in services.PORTS),
    ("PAYMENTS_CAPTURE", "later", "automatic"),
    ("PAY_WINDOW_SECONDS", "half an hour", "no whole number"),
    ("PAY_WINDOW_SECONDS", "0", "no whole number"),
    ("HOLD_SECONDS", "60", "at least as long"),
    ("CART_MAX_LINES", "-1", "no whole number"),
    ("CART_MAX_QUANTITY", "1e3", "no whole number"),
    ("ADDRESS_BOOK_LIMIT", "0", "no whole number from 1 to 1000"),
    ("ACCOUNT_GRACE_DAYS", "-1", "no whole number"),
    ("ORDER_TOKEN_HOURS", "a month", "no whole number"),
    ("RETURN_WINDOW_DAYS", "a month", "no whole number"),
    ("MEDIA_URL", "https://host/bucket", "must start with s3://"),
    ("MEDIA_URL", "s3://key:secret@host/", "name of one bucket"),
    ("MEDIA_URL", "s3://key:secret@host/one/two", "name of one bucket"),
    ("MEDIA_URL", "s3://host/bucket", "key and secret are needed"),
    ("MEDIA_URL", "s3://key@host/bucket", "key and secret are needed"),
    ("MEDIA_URL", "s3://key:secret@host/bucket?public=media.example.com", "public is no address"),
    ("MEDIA_URL", "s3://key:secret@host/bucket?acl=public", "unknown option 'acl'"),
    ("MEDIA_URL", "s3://key:secret@host/bucket?tls=no", "tls is off or absent"),
    ("MEDIA_URL", "s3://key:secret@host/bucket?region=Z%20Z", "no name of a region"),
    ("MEDIA_URL", "s3://key:secret@host:port/bucket", "no URL that can be read"),
    ("LOW_STOCK_THRESHOLD", "-1", "no whole number"),
    ("STAFF_ALERTS_EMAIL", "boss@shop.example, nobody", "'nobody' is no mail address"),
    ("CART_GUEST_DAYS", "0", "no whole number"),
    ("CART_CUSTOMER_DAYS", "4000", "no whole number"),
    ("PLACE_ORDER_BUDGET_SECONDS", "nan", "no number of seconds"),
    ("SHOP_BACKOFF_SECONDS", "0", "no number of seconds"),
    ("SHOP_LEASE_SECONDS", "inf", "no number of seconds"),
    ("SHOP_TICK_SECONDS", "fast", "no number of seconds"),
    ("SHOP_FAULTS", "/no/such/place", "no directory"),
    ("SHIPPING", "EUR 4.95", "not like"),
    ("SHIPPING", "EUR 495; EUR 500", "twice"),
    ("SHIPPING", ";", "at least one currency"),
    ("TAX", "standard 19", "last word"),
    ("TAX", "standard high included", "not like"),
    ("TAX", "standard 119 included", "not like"),
    ("TAX", "standard nan included", "not like"),
    ("TAX", "reduced 7 included", "standard is missing"),
    ("LOG_FORMAT", "xml", "is not known"),
    ("LOG_LEVEL", "loud", "is not known"),
]


@pytest.mark.parametrize(("name", "value", "words"), WRONG)
def test_a_wrong_value_is_one_sentence_that_names_the_variable(tmp_path, name, value, words):
    with pytest.raises(ConfigurationError, match=f"^{name}: ") as raised:
        read({"SHOP_DATA_DIR": str(tmp_path), name: value})

    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


REFUSED_IN_PRODUCTION = [
    ("STRIPE_KEYS", "sk_test_embedded pk_test_embedded whsec_embedded"),
    ("STRIPE_API_BASE", "http://127.0.0.1:12111"),
    ("TWILIO_KEYS", "ACembedded token +15550100"),
    ("TWILIO_API_BASE", "http://localhost:12112"),
    ("SHOP_FAULTS", "/tmp"),
    ("ALLOWED_HOSTS", "*"),
]


@pytest.mark.parametrize(("name", "value"), REFUSED_IN_PRODUCTION)
def test_production_refuses_the_toys_of_the_embedded_shop(name, value):
    with pytest.raises(ConfigurationError, match=f"^{name}: "):
        read({**PRODUCTION, name: value})


def test_a_context_that_lives_elsewhere_needs_an_address(tmp_path):
    with pytest.raises(ConfigurationError, match=r"^SHOP_ACCOUNTS_URL: accounts does not run here"):
        embedded(tmp_path, SHOP_CONTEXTS="catalog")
    with pytest.raises(ConfigurationError, match=r"^SHOP_CALL_KEYS: it is needed"):
        embedded(tmp_path, SHOP_CONTEXTS="catalog", **ELSEWHERE)
    with pytest.raises(ConfigurationError, match=r"^SHOP_CALL_KEYS: catalog has no key for its calls to accounts"):
        embedded(tmp_path, SHOP_CONTEXTS="catalog", SHOP_CALL_KEYS=KEYS, **ELSEWHERE)


def test_keys_are_asked_of_the_unit_alone_that_uses_them():
    here = {
        **PRODUCTION,
        **ELSEWHERE,
        "SHOP_CALL_KEYS": KEYS,
        "SHOP_CONTEXTS": "orders",
        "STRIPE_KEYS": "",
        "EMAIL_URL": "",
    }
    assert read(here).stripe.secret_key == ""
    for context, name in (("payments", "STRIPE_KEYS"), ("notifications", "EMAIL_URL")):
        keys = f"{context}={'k' * 32}"
        with pytest.raises(ConfigurationError, match=f"{name}: it is needed in production"):
            read({**here, "SHOP_CONTEXTS": context, "SHOP_CALL_KEYS": keys})


def test_every_variable_that_is_read_has_a_wrong_value_in_this_table(tmp_path):
    asked: set[str] = set()

    class Spy(dict[str, str]):
        def get(self, name, default=None):
            asked.add(name)
            return super().get(name, default)

    read(Spy(SHOP_DATA_DIR=str(tmp_path)))

    elsewhere = set(ELSEWHERE)  # one stands for all of them
    assert asked - elsewhere == {name for name, _, _ in WRONG} - elsewhere


def test_secrets_never_show(tmp_path):
    keys = "sk_live_zzz pk_live_1 whsec_yyy"
    values = {"TWILIO_KEYS": "AC1 twiliotoken +15550100", "SECRET_KEY": SECRET, "STRIPE_KEYS": keys}
    env = read({**PRODUCTION, **values, "DATABASE_URL": "mongodb://u:dbpass@h/shop", "SHOP_CALL_KEYS": KEYS})

    for secret in ("twiliotoken", SECRET, "sk_live_zzz", "whsec_yyy", "p@ss", "dbpass", "k" * 32):
        assert secret not in repr(env)


def test_the_environment_is_frozen(tmp_path):
    with pytest.raises(dataclasses.FrozenInstanceError):
        embedded(tmp_path).shape = "strict"  # type: ignore[misc]


def test_the_env_file_is_simple(tmp_path):
    file = tmp_path / ".env"
    file.write_text("# comment\n\nA=1\nexport B = two words # note\nC='#x'\nD=\"q\"\nE=\nURL=redis://h/0#x\n")

    assert dotenv(file) == {"A": "1", "B": "two words", "C": "#x", "D": "q", "E": "", "URL": "redis://h/0#x"}
    assert dotenv(tmp_path / "absent") == {}


@pytest.mark.parametrize("text", ["just words", "1A=2", "=x", "A='open", 'A="'])
def test_a_line_of_the_env_file_that_cannot_be_read_is_named(tmp_path, text):
    file = tmp_path / ".env"
    file.write_text(f"OK=1\n{text}\n")

    with pytest.raises(ConfigurationError, match=r"^\.env: .*line 2"):
        dotenv(file)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("STRIPE_KEY", "STRIPE_KEYS"),
        ("SHOP_PROT", "SHOP_PORT"),
        ("STRIPE_SECRET_KEY", "STRIPE_KEYS"),
        ("CORS_ORIGINS", "CORS_ALLOWED_ORIGINS"),
        ("DATABASE", "DATABASE_URL"),
    ],
)
def test_a_misspelt_variable_of_the_env_file_is_named_with_what_is_meant(tmp_path, monkeypatch, name, meant):
    file = tmp_path / ".env"
    file.write_text(f"{name}=1\nSHOP_DATA_DIR={tmp_path}\nCOMPOSE_PROJECT_NAME=somebody-elses\n")
    monkeypatch.setenv("SHOP_ENV_FILE", str(file))

    with pytest.raises(ConfigurationError, match=f"^{name}: there is no such variable; {meant} is meant, perhaps.$"):
        env_module.environment.__wrapped__()


def test_the_real_environment_wins_over_the_file(tmp_path, monkeypatch):
    file = tmp_path / ".env"
    file.write_text(f"SHOP_PORT=9001\nSMTP_PORT=9002\nSHOP_DATA_DIR={tmp_path}\n")
    monkeypatch.setenv("SHOP_ENV_FILE", str(file))
    monkeypatch.delenv("SHOP_DATA_DIR", raising=False)
    monkeypatch.setenv("SHOP_PORT", "9003")

    env = env_module.environment.__wrapped__()

    assert (env.ports["SHOP_PORT"], env.ports["SMTP_PORT"], env.data_dir) == (9003, 9002, tmp_path)
