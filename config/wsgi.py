"""What granian serves: `config.wsgi:application`."""

from __future__ import annotations

import os
import sys

from django.core.wsgi import get_wsgi_application

from config.values import ConfigurationError
from shop.http.connections import check_connections_once

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

try:
    application = get_wsgi_application()
    check_connections_once()
except ConfigurationError as error:
    print(error, file=sys.stderr)  # noqa: T201  # logging is not configured yet
    raise SystemExit(2) from None
