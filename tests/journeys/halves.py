"""Two halves of all journeys, dealt by chance: each journey is in one of them."""

from __future__ import annotations

from zlib import crc32


def is_of_half(name: str, half: str) -> bool:
    """Whether the test is of the half, such as "1/5496": the second of those that 5496 gives."""
    which, _, seed = half.partition("/")
    return crc32(f"{seed} {name}".encode()) % 2 == int(which)
