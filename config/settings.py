"""Django's settings, made of the checked environment. Nothing here reads os.environ itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.module_loading import import_string

from config import contexts as _contexts
from config.celery_options import options as _celery_options
from config.databases import make_folder
from config.env import CHECKOUT, environment
from config.media import storages as _storages
from shop.http.components import COMPONENTS
from shop.observability.logs import logging_config

ENV = environment()
BASE_DIR = CHECKOUT
DATA_DIR = ENV.data_dir

# --- what runs here -------------------------------------------------------------------------------------------------
SHOP_CONTEXTS = ENV.contexts
SHOP_ALL_CONTEXTS = _contexts.CONTEXTS
SHOP_SHAPE = ENV.shape
SHOP_UNIT = ENV.unit
SHOP_CONTEXT_URLS = ENV.context_urls
SHOP_CALL_KEYS = ENV.call_keys
SHOP_SERVE_INTERNAL = bool(ENV.call_keys)  # a whole monolith has none, unless a context is about to leave it
SHOP_EMBEDDED = ENV.embedded
SHOP_WAKE = ENV.wake
SHOP_BACKOFF_SECONDS = ENV.backoff_seconds
SHOP_LEASE_SECONDS = ENV.lease_seconds
SHOP_TICK_SECONDS = ENV.tick_seconds
SHOP_PULSE_DIR = ENV.pulse_dir
SHOP_FAULTS = ENV.faults

SECRET_KEY = ENV.secret_key
DEBUG = False
ALLOWED_HOSTS = list(ENV.allowed_hosts)
SHOP_PUBLIC_URL = ENV.public_url
SHOP_FRONTEND_URL = ENV.frontend_url
SHOP_PORTS = ENV.ports
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False
FORMAT_MODULE_PATH = "shop.formats"
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False
SILENCED_SYSTEM_CHECKS: list[str] = []

_WITH_ACCOUNTS = "accounts" in SHOP_CONTEXTS
INSTALLED_APPS = [
    "shop.db.framework.apps.ContentTypesConfig",
    "shop.db.framework.apps.AuthConfig",
    *(
        ["shop.db.framework.apps.SessionsConfig", "django.contrib.messages", "shop.db.framework.apps.AdminConfig"]
        if _WITH_ACCOUNTS
        else []
    ),
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "shop",
    "config",
    *(f"apps.{context}" for context in SHOP_CONTEXTS),
]

# --- databases ------------------------------------------------------------------------------------------------------
_NO_DEFAULT: dict[str, Any] = {}  # nothing is written by accident
DATABASES: dict[str, dict[str, Any]] = {"default": _NO_DEFAULT, **ENV.databases}
for _entry in ENV.databases.values():
    make_folder(_entry)
DATABASE_ROUTERS = ["shop.db.router.ContextRouter"]
DEFAULT_AUTO_FIELD = "shop.db.fields.UUID7AutoField"
MIGRATION_MODULES = {
    app: f"shop.db.framework.migrations.{app}" for app in ("admin", "auth", "contenttypes", "sessions")
}

# --- identity -------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User" if _WITH_ACCOUNTS else "auth.User"
if _WITH_ACCOUNTS:
    AUTHENTICATION_BACKENDS = ["apps.accounts.backends.GuardedBackend"]
PASSWORD_HASHERS = [
    "apps.accounts.hashers.Argon2idHasher" if _WITH_ACCOUNTS else "django.contrib.auth.hashers.Argon2PasswordHasher"
]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {"user_attributes": ("email", "name")}),
        ("MinimumLengthValidator", {"min_length": 8}),
        ("CommonPasswordValidator", {}),
    )
]
SHOP_TOKEN_KEYS = ENV.token_keys
SHOP_TOKEN_JWKS = ENV.token_jwks
SHOP_TOKEN_ISSUER = ENV.public_url
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.public_url.startswith("https://")
CSRF_TRUSTED_ORIGINS = [ENV.public_url, *ENV.cors_origins]
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
LOGIN_URL = "/admin/login/"

# --- requests -------------------------------------------------------------------------------------------------------
CORS_ALLOWED_ORIGINS = list(ENV.cors_origins)
CORS_URLS_REGEX = r"^/(?:api/v1|api/schema|\.well-known)/?"
CORS_ALLOW_CREDENTIALS = True  # the refresh cookie, which is SameSite: another site cannot send it
CORS_ALLOW_HEADERS = (
    "accept", "authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "traceparent",
    "x-csrftoken", "x-request-id",
)  # fmt: skip
CORS_EXPOSE_HEADERS = (
    "ETag", "Idempotent-Replayed", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id",
)  # fmt: skip
CORS_PREFLIGHT_MAX_AGE = 86400
MIDDLEWARE = [
    *(["shop.http.cors.Cors"] if CORS_ALLOWED_ORIGINS else []),
    "shop.http.middleware.RequestMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    *(
        [
            "shop.http.people.Sessions",
            "shop.http.people.Csrf",
            "shop.http.people.Authentication",
            "shop.http.people.Messages",
        ]
        if _WITH_ACCOUNTS
        else ["shop.http.people.Csrf"]
    ),
]
TEMPLATES_DIR = ENV.templates_dir
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # The shop's own texts come first; then ours before Django's, to dress the admin.
        "DIRS": [*filter(None, [TEMPLATES_DIR]), CHECKOUT / "shop" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "/static/"
STATIC_ROOT = None  # whitenoise finds the files of the installed apps itself, so nothing has to be collected
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_ALLOW_ALL_ORIGINS = False
SHOP_SEARCH_DIR = DATA_DIR / "search"  # of this machine: derived from the catalog, made anew when it is lost
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
SHOP_SERVE_MEDIA = ENV.bucket is None  # pictures that are files here have nobody else who shows them
STORAGES = _storages(ENV.bucket)
PICTURE_MAX_PIXELS = 25_000_000
PICTURE_WIDTHS = (320, 640, 1280, 1920)
SHOP_UPLOAD_LIMIT = 10 * 1024 * 1024  # of the paths that take a file, and of no other
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024  # calls between units need it; the API stops at SHOP_BODY_LIMIT
SHOP_BODY_LIMIT = 256 * 1024
SHOP_BODY_DEPTH = 32
SHOP_PROBLEM_BASE = f"{ENV.public_url}/problems/"
SHOP_REQUEST_SECONDS = 15.0
SHOP_IDEMPOTENCY_HOURS = 24

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["shop.http.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["shop.http.access.Nobody"],
    "DEFAULT_PARSER_CLASSES": ["shop.http.rendering.MsgspecParser"],
    "DEFAULT_RENDERER_CLASSES": ["shop.http.rendering.MsgspecRenderer"],
    "DEFAULT_SCHEMA_CLASS": "shop.http.schema.Schema",
    "EXCEPTION_HANDLER": "shop.http.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}


def _values_of(enumeration: str) -> Callable[[], list[str]]:
    """Looked at when the document is made: settings know no context."""
    return lambda: [one.value for one in import_string(enumeration)]


SPECTACULAR_SETTINGS = {
    "TITLE": "Shop",
    "DESCRIPTION": "Browse, fill a cart, order, pay. Errors are problem documents (RFC 9457), money is minor units.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "docExpansion": "none", "filter": True},  # topics first
    "SWAGGER_UI_DIST": "SIDECAR",  # from our own static files: no CDN, works offline
    "SWAGGER_UI_FAVICON_HREF": "/favicon.ico",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_SPLIT_PATCH": False,  # what a PATCH may leave out its body says itself
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "GET_LIB_DOC_EXCLUDES": "shop.http.serializers.told_to_programmers",
    "ENUM_NAME_OVERRIDES": {
        "PaymentMethodEnum": _values_of("apps.payments.contracts.PaymentMethod"),
        "PaymentStatusEnum": _values_of("apps.payments.contracts.PaymentStatus"),
        "PostingEnum": _values_of("apps.payments.rules.Posting"),
        "DifferenceKindEnum": _values_of("apps.payments.rules.DifferenceKind"),
        "ReconciliationStateEnum": ["asked", "running", "done", "failed"],
        "ProviderEventStatusEnum": ["pending", "handled", "dead"],
        "DisputeStatusEnum": _values_of("apps.payments.contracts.DisputeStatus"),
        "RefundStatusEnum": _values_of("apps.payments.contracts.RefundStatus"),
        "MessageKindEnum": _values_of("apps.notifications.rules.Kind"),
        "MessageStatusEnum": _values_of("apps.notifications.rules.Status"),
        "OrderStatusEnum": _values_of("apps.orders.contracts.OrderStatus"),
        "ReturnReasonEnum": _values_of("apps.orders.contracts.ReturnReason"),
    },
    "SORT_OPERATIONS": True,
    "APPEND_COMPONENTS": COMPONENTS,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "shop.http.schema.share_problems",
        "shop.http.schema.allow_sparse",
    ],
}

# --- broker, cache, mail --------------------------------------------------------------------------------------------
SHOP_RATE_STORE = ENV.cache_url
SHOP_RATE_FACTOR = ENV.rates.factor
SHOP_RATE_LIMITS = ENV.rates.own
SHOP_TRUSTED_PROXIES = ENV.trusted_proxies
globals().update({f"CELERY_{name.upper()}": value for name, value in _celery_options(ENV).items()})
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": ENV.cache_url,
        "KEY_PREFIX": "shop",
        "OPTIONS": {"socket_timeout": 0.25, "socket_connect_timeout": 0.25},
    }
}
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = ENV.mail.host
EMAIL_PORT = ENV.mail.port
EMAIL_HOST_USER = ENV.mail.user
EMAIL_HOST_PASSWORD = ENV.mail.password
EMAIL_USE_TLS = ENV.mail.tls == "starttls"
EMAIL_USE_SSL = ENV.mail.tls == "tls"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV.mail.sender
STRIPE = ENV.stripe
BANK_TRANSFER = ENV.bank_transfer
TWILIO = ENV.twilio
MAIL_WEBHOOK_SECRET = ENV.mail_webhook_secret

# --- the shop's own rules -------------------------------------------------------------------------------------------
SHIPPING = ENV.shipping
CURRENCIES = tuple(ENV.shipping)
TAX = ENV.tax
TAX_INCLUDED = ENV.tax_included
PAYMENTS_CAPTURE = ENV.payments_capture
PAY_WINDOW_SECONDS = ENV.pay_window_seconds
HOLD_SECONDS = ENV.hold_seconds
PLACE_ORDER_BUDGET_SECONDS = ENV.place_order_budget_seconds
CART_MAX_LINES = ENV.cart_max_lines
CART_MAX_QUANTITY = ENV.cart_max_quantity
ADDRESS_BOOK_LIMIT = ENV.address_book_limit
ACCOUNT_GRACE_DAYS = ENV.account_grace_days
RETURN_WINDOW_DAYS = ENV.return_window_days
ORDER_TOKEN_HOURS = ENV.order_token_hours
LOW_STOCK_THRESHOLD = ENV.low_stock_threshold
STAFF_ALERTS = ENV.staff_alerts
CART_GUEST_DAYS = ENV.cart_guest_days
CART_CUSTOMER_DAYS = ENV.cart_customer_days

LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logging_config(ENV.log_format, ENV.log_level)
