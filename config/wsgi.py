"""What granian serves: `config.wsgi:application`."""

from __future__ import annotations

import os
import sys

import django

from config.values import ConfigurationError
from shop.beside import start as start_beside
from shop.http import draining
from shop.http.connections import check_connections_once
from shop.http.wsgi import Handler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

try:
    django.setup(set_prefix=False)
    application = Handler()
    draining.listen()
    check_connections_once()
    start_beside()
except ConfigurationError as error:
    print(error, file=sys.stderr)  # noqa: T201  # logging is not configured yet
    raise SystemExit(2) from None
