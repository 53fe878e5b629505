"""The outcome "unknown" after the wire: who does not know says how long to leave it alone, and that is kept."""

from __future__ import annotations

from typing import Annotated

import msgspec

from shop.errors import Busy, Unavailable


class _Told(msgspec.Struct):
    """The body of a 503 of another unit; an older one, or what is between us, tells less."""

    error: str = ""
    retry_after: Annotated[float, msgspec.Meta(ge=0)] = 1.0
    busy: bool = False


_told = msgspec.json.Decoder(_Told)


def unknown(body: bytes, *, otherwise: str = "") -> Unavailable:
    """Busy when the other side asks to be left alone, else Unavailable; either for as long as it said."""
    try:
        told = _told.decode(body)
    except msgspec.DecodeError:
        told = _Told()
    return (Busy if told.busy else Unavailable)(told.error or otherwise, retry_after=told.retry_after)
