"""Ids: sorted by time, derived, or unguessable. All are made in Python, the same on every engine."""

from __future__ import annotations

import os
import secrets
import threading
import time
from datetime import UTC, datetime
from uuid import UUID, uuid5

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_lock = threading.Lock()
_last = 0


def uuid7() -> UUID:
    """A UUIDv7 (RFC 9562): 48 bits of milliseconds, 12 bits of sub-milliseconds, 62 random bits.

    Within a process each is greater than the one before, also when the clock stands or goes back.
    """
    global _last
    nanoseconds = time.time_ns()
    stamp = (nanoseconds // 1_000_000 << 12) | (nanoseconds % 1_000_000 * 4096 // 1_000_000)
    with _lock:
        if stamp <= _last:
            stamp = _last + 1
        _last = stamp
    random = int.from_bytes(os.urandom(8), "big") >> 2
    return UUID(int=(stamp >> 12) << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62 | random)


def unguessable_id() -> UUID:
    """A UUIDv7 for what is opened by whoever knows its id: 48 bits of milliseconds, then 74 bits from `secrets`.

    `uuid7` counts within a millisecond and so keeps 62 random bits; here nothing but the moment can be known.
    """
    random = secrets.randbits(74)
    milliseconds = time.time_ns() // 1_000_000
    return UUID(int=milliseconds << 80 | 0x7 << 76 | (random >> 62) << 64 | 0b10 << 62 | random & (1 << 62) - 1)


def uuid7_at(at: datetime) -> UUID:
    """The least UUIDv7 of that millisecond: where a range of ids by time begins."""
    return UUID(int=int(at.timestamp() * 1000) << 80 | 0x7 << 76 | 0b10 << 62)


def time_of(id: UUID) -> datetime:  # noqa: A002  # that is what it is
    """When a UUIDv7 was made, to the millisecond."""
    return datetime.fromtimestamp((id.int >> 80) / 1000, UTC)


def derived_id(namespace: UUID, name: str) -> UUID:
    """The same id for the same thing, whoever computes it: makes a repeat find what is there."""
    return uuid5(namespace, name)


def derived_uuid7(moment: UUID, name: str) -> UUID:
    """As `derived_id`, but sorted by time: of the moment of the UUIDv7 that it is derived from."""
    random = derived_id(moment, name).int & (1 << 62) - 1
    return UUID(int=(moment.int >> 80) << 80 | 0x7 << 76 | (moment.int >> 64 & 0xFFF) << 64 | 0b10 << 62 | random)


def public_code(prefix: str) -> str:
    """A short key for people, as "SO-7K3M-9QX2": 40 random bits without I, L, O and U."""
    bits = secrets.randbits(40)
    text = "".join(_CROCKFORD[bits >> shift & 31] for shift in range(35, -1, -5))
    return f"{prefix}-{text[:4]}-{text[4:]}"
