"""Django's own app configs, differing only in the primary key that their models get."""

from __future__ import annotations

from django.contrib.admin import apps as admin
from django.contrib.auth import apps as auth
from django.contrib.contenttypes import apps as contenttypes
from django.contrib.sessions import apps as sessions

KEY = "shop.db.fields.UUID7AutoField"

MIGRATION_MODULES = {
    "admin": "shop.db.framework.migrations.admin",
    "auth": "shop.db.framework.migrations.auth",
    "contenttypes": "shop.db.framework.migrations.contenttypes",
    "sessions": "shop.db.framework.migrations.sessions",
}


class AdminConfig(admin.AdminConfig):
    """``django.contrib.admin`` with UUIDv7 keys."""

    default_auto_field = KEY


class AuthConfig(auth.AuthConfig):
    """``django.contrib.auth`` with UUIDv7 keys."""

    default_auto_field = KEY


class ContentTypesConfig(contenttypes.ContentTypesConfig):
    """``django.contrib.contenttypes`` with UUIDv7 keys."""

    default_auto_field = KEY


class SessionsConfig(sessions.SessionsConfig):
    """``django.contrib.sessions``; a session is keyed by its own secret, so only its migrations differ."""

    default_auto_field = KEY
