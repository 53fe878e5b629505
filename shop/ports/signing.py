"""Signed headers between deployment units: who calls, when, what, for whom, and how long it may take.

Promise: what arrives was sent by a holder of the pair's key within `clock.SKEW`, to this very
path, with this very body and these very headers. Keys are lists, so that they can be rotated: the
first signs, all verify. The key of a pair is good in its direction only.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

import msgspec
from django.conf import settings

from shop import clock
from shop.call import current, remaining, scope
from shop.principal import Principal

ANSWER_SECONDS = 0.25
ANSWER_SHARE = 0.1
"""What a callee leaves of the time it is given, the smaller of both, so that its refusal arrives in time: else whoever
waits for a unit that waits for a third one in vain would take both for dead."""
_PAIR = ">"
_SIGNED = ("Caller", "Time", "Trace", "Request", "Principal", "Remaining-Ms")


def sign(context: str, path: str, body: bytes) -> dict[str, str]:
    """The headers of one request of this unit to `context`."""
    call, left = current(), remaining()
    values = {
        "Caller": settings.SHOP_UNIT,
        "Time": str(int(clock.seconds())),
        "Trace": call.trace_id,
        "Request": call.request_id,
        "Principal": base64.urlsafe_b64encode(msgspec.json.encode(call.principal)).decode(),
        "Remaining-Ms": "" if left is None else str(max(0, int(left * 1000))),
    }
    keys = _keys(settings.SHOP_UNIT, context)
    if not keys:
        raise RuntimeError(f"SHOP_CALL_KEYS has no key for calls of {settings.SHOP_UNIT} to {context}")
    headers = {f"X-Shop-{name}": value for name, value in values.items()}
    return {**headers, "X-Shop-Signature": _mac(keys[0], path, body, values), "Content-Type": "application/json"}


def verify(context: str, path: str, headers: Mapping[str, str], body: bytes) -> scope | None:
    """The scope to serve the call in; None when it is not to be believed."""
    values = {name: headers.get(f"X-Shop-{name}", "") for name in _SIGNED}
    given = headers.get("X-Shop-Signature", "").encode()
    keys = _keys(values["Caller"], context)
    if not any(hmac.compare_digest(_mac(key, path, body, values).encode(), given) for key in keys):
        return None
    try:
        return _believed(values)
    except (ValueError, msgspec.DecodeError):  # of a holder of the key, who speaks another language
        return None


def _believed(values: Mapping[str, str]) -> scope | None:
    if abs(clock.seconds() - int(values["Time"])) > clock.SKEW.total_seconds():
        return None
    left = values["Remaining-Ms"]
    return scope(
        _without_the_way_back(int(left) / 1000) if left else None,
        trace_id=values["Trace"],
        request_id=values["Request"],
        principal=msgspec.json.decode(base64.urlsafe_b64decode(values["Principal"]), type=Principal),
        caller=values["Caller"],
    )


def _without_the_way_back(seconds: float) -> float:
    return seconds - min(ANSWER_SECONDS, seconds * ANSWER_SHARE)


def _keys(caller: str, context: str) -> list[str]:
    """Of the pair, or of the caller when it has one for all."""
    keys = settings.SHOP_CALL_KEYS
    if _PAIR in caller:
        return []  # the name of a pair, whose key its callee holds too, is nobody's own
    return list(keys.get(f"{caller}{_PAIR}{context}") or keys.get(caller) or ())


def _mac(key: str, path: str, body: bytes, values: Mapping[str, str]) -> str:
    text = "\n".join([path, hashlib.sha256(body).hexdigest(), *(values[name] for name in _SIGNED)])
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
