"""The client of another deployment unit: one signed POST, repeated with full jitter inside the deadline.

Promise: the answer, a DomainError of the contract as its own class, or Unavailable. A repeat is
safe, because every write is known by its key. Whoever asks to be left alone is not asked again: that is Busy.
"""

from __future__ import annotations

import logging
import random
import time
from typing import Any

import msgspec
import urllib3
from django.conf import settings

from shop.call import remaining
from shop.errors import Busy, DeadlineExceeded, DomainError, Unavailable

from .breaker import gate_of
from .declare import Port
from .signing import sign
from .unknown import unknown

logger = logging.getLogger(__name__)

ATTEMPTS = 4
CONNECT_SECONDS = 1.0
FIRST_PAUSE_SECONDS = 0.05
NO_ANSWER = frozenset({429, 502, 503, 504})
"""Said by something between us, or by a callee that cannot know: the outcome is unknown."""
NOT_THERE = 404
"""The other unit is of the release before and does not know this port yet, or an address is wrong: nothing was done."""
NOT_THERE_SECONDS = 5.0
REFUSED = 409
"""The body is a DomainError, whatever status it has towards a browser."""

_http = urllib3.PoolManager(num_pools=16, maxsize=32, retries=False)


class RemoteBug(RuntimeError):
    """The other side answered something outside the contract: a bug there, here, or in the set-up."""


def ask_remote(port: Port, arguments: dict[str, Any]) -> Any:
    """Carry one call to the unit that hosts its context."""
    status, body = post(port.context, port.path, port.encode(arguments))
    if status == 200:
        return port.answer.decode(body)
    if status == REFUSED:
        raise DomainError.from_wire(msgspec.json.decode(body))
    if status == NOT_THERE:
        logger.error("%s is not there: is that unit of the release before? %r", port.path, body[:300])
        raise Unavailable(f"{port.path} is not there.", retry_after=NOT_THERE_SECONDS)
    raise RemoteBug(f"{port.path}: {status} {body[:300]!r}")


def post(context: str, path: str, body: bytes, *, attempts: int = ATTEMPTS) -> tuple[int, bytes]:
    """POST until there is an answer; each attempt is signed anew."""
    base = settings.SHOP_CONTEXT_URLS[context].rstrip("/")
    url, gate = base + path, gate_of(base, context)
    outcome = Unavailable(f"{path}: no time left")
    for attempt in range(attempts):
        if attempt:
            _pause(attempt)
        left = remaining()
        if left is not None and left <= 0:
            raise DeadlineExceeded(str(outcome))
        timeout = urllib3.Timeout(total=left, connect=CONNECT_SECONDS)
        try:
            with gate.place():
                began = time.monotonic()
                response = _http.request("POST", url, body=body, headers=sign(context, path, body), timeout=timeout)
        except urllib3.exceptions.HTTPError as error:
            # Refused, reset, timed out, cut off half way.
            gate.failed(time.monotonic() - began)
            outcome = Unavailable(f"{path}: {error!r}")
            continue
        gate.answered()
        if response.status not in NO_ANSWER:
            return response.status, response.data
        outcome = unknown(response.data, otherwise=f"{path}: status {response.status}")
        if isinstance(outcome, Busy):
            break
    raise outcome


def _pause(attempt: int) -> None:
    longest = FIRST_PAUSE_SECONDS * 4 ** (attempt - 1)
    left = remaining()
    if left is not None:
        longest = min(longest, max(left, 0))
    time.sleep(random.uniform(0, longest))
