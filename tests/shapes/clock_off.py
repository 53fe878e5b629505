"""The product's settings on a machine whose clock is CLOCK_OFF_SECONDS ahead: what asks for the time gets that one."""

from __future__ import annotations

import os
import time
from datetime import timedelta

from config.settings import *  # noqa: F403
from shop import clock

_off = int(os.environ["CLOCK_OFF_SECONDS"])
_time, _time_ns = time.time, time.time_ns
clock._shift = timedelta(seconds=_off)  # the one clock of the product
time.time = lambda: _time() + _off  # and that of the libraries: Stripe's, celery's, Django's
time.time_ns = lambda: _time_ns() + _off * 1_000_000_000
