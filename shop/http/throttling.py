"""Rate limits as data: every view counts as `read` or `write`, and states what is tighter as `throttle`.

class Login(ApiView):
    throttle = limit("login", "30/minute"), limit("login-account", "10/minute", by=field("email"))

A policy that counts what is done, and not what is refused for its body, is charged by the view: `self.charge(MAIL_TO)`.

Each answer tells the policies and what is left of them (`RateLimit-Policy` and `RateLimit`, as in
draft-ietf-httpapi-ratelimit-headers-10); beyond them it is 429 with `Retry-After`. Callers are told apart by who is
logged in, else by address. RATE_LIMITS (see `.env.example`) replaces any rate by the policy's name.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http.response import HttpResponseBase

from shop import clock
from shop.errors import TooManyRequests
from shop.http.access import principal_of
from shop.http.addresses import address_of, group_of
from shop.http.counters import Counter

By = Callable[[Any, dict[str, Any]], str]
"""(request, kwargs of the path) -> who is counted; "" when there is nothing to count."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_KNOWN = frozenset({"customer", "staff", "service"})


def caller(request: Any, _kwargs: dict[str, Any]) -> str:
    """Who is logged in, else the address that the request comes from."""
    principal = principal_of(request)
    if principal.kind in _KNOWN:
        return f"{principal.kind}:{principal.subject}"
    return group_of(address_of(request))


def address(request: Any, _kwargs: dict[str, Any]) -> str:
    """The address that the request comes from, whoever is logged in."""
    return group_of(address_of(request))


def field(name: str) -> By:
    """What the body says in `name`, in small letters and hashed: the account that somebody tries, for example."""

    def by(request: Any, _kwargs: dict[str, Any]) -> str:
        value = request.data.get(name) if isinstance(request.data, dict) else None
        if not isinstance(value, str):
            return ""
        return hashlib.sha256(value.strip().casefold().encode("utf-8", "replace")).hexdigest()[:32]

    return by


def together(*parts: By) -> By:
    """All of them: the account that somebody tries and from where, for example."""

    def by(request: Any, kwargs: dict[str, Any]) -> str:
        found = [part(request, kwargs) for part in parts]
        return " ".join(found) if all(found) else ""

    return by


@dataclass(frozen=True)
class Limit:
    """One policy: at most `quota` within `seconds` for whoever `by` names. Only what changes something is counted."""

    name: str
    quota: int
    seconds: int
    by: By = caller

    def counter(self) -> Counter:
        """Its counts in this process, of the rate that the settings say."""
        found = _counters.get(self.name)
        if found is None:
            own = self.quota * settings.SHOP_RATE_FACTOR, self.seconds
            quota, seconds = settings.SHOP_RATE_LIMITS.get(self.name, own)
            found = _counters.setdefault(self.name, Counter(self.name, quota, seconds))
        return found


POLICIES: dict[str, Limit] = {}
"""Every declared policy by its name."""
_counters: dict[str, Counter] = {}


def limit(name: str, rate: str, *, by: By = caller) -> Limit:
    """A policy such as limit("login", "30/minute"). Views that name the same policy share its counts."""
    quota, seconds = parse_rate(rate)
    found = POLICIES.setdefault(name, Limit(name, quota, seconds, by))
    if (found.quota, found.seconds) != (quota, seconds):
        raise TypeError(f"The policy {name} has two rates.")
    return Limit(name, quota, seconds, by)


def parse_rate(rate: str) -> tuple[int, int]:
    """ "30/minute" as a quota and seconds."""
    match = re.fullmatch(r"([1-9]\d{0,8})/(second|minute|hour|day)", rate)
    if match is None:
        raise ValueError(f"{rate!r} is not like 30/minute")
    return int(match[1]), _SECONDS[match[2]]


READ = limit("read", "6000/minute")
WRITE = limit("write", "1200/minute")


class Verdict:
    """What the limits say of one request."""

    __slots__ = ("policy", "retry_after", "state")

    def __init__(self, policy: str = "", state: str = "", retry_after: int = 0) -> None:
        self.policy, self.state, self.retry_after = policy, state, retry_after

    def add(self, other: Verdict) -> None:
        """What another policy says of the same request."""
        self.policy = ", ".join(filter(None, (self.policy, other.policy)))
        self.state = ", ".join(filter(None, (self.state, other.state)))
        self.retry_after = max(self.retry_after, other.retry_after)

    def check(self) -> None:
        """429 when a limit is reached."""
        if self.retry_after:
            raise TooManyRequests("Too many requests: try again later.", retry_after=self.retry_after)

    def tell(self, response: HttpResponseBase) -> None:
        """The headers of the answer."""
        if self.policy:
            response.headers["RateLimit-Policy"] = self.policy
            response.headers["RateLimit"] = self.state


def count(request: Any, own: Limit | tuple[Limit, ...] = (), kwargs: dict[str, Any] | None = None) -> Verdict:
    """Count one request against `read` or `write`, and its own limits when it may change something."""
    if not settings.SHOP_RATE_FACTOR:
        return Verdict()
    if request.method in SAFE:
        return _one(READ, caller(request, {}))
    found = [_one(WRITE, caller(request, {}))]
    for policy in (own,) if isinstance(own, Limit) else own:
        if who := policy.by(request, kwargs or {}):
            found.append(_one(policy, who))  # noqa: PERF401  # one story
    return Verdict(
        ", ".join(one.policy for one in found),
        ", ".join(one.state for one in found),
        max(one.retry_after for one in found),
    )


def charge(policy: Limit, request: Any, kwargs: dict[str, Any]) -> Verdict:
    """Count against one policy what is about to be done: what was refused before that is not counted."""
    who = policy.by(request, kwargs) if settings.SHOP_RATE_FACTOR else ""
    return _one(policy, who) if who else Verdict()


def _one(policy: Limit, who: str) -> Verdict:
    at = clock.seconds()
    counter = _counters.get(policy.name) or policy.counter()
    left = counter.take(who, at)
    seconds = counter.seconds
    reset = seconds - int(at) % seconds
    if left < 0:
        return Verdict(counter.policy, f'"{policy.name}";r=0;t={reset}', reset)
    return Verdict(counter.policy, f'"{policy.name}";r={left};t={reset}')


def forget() -> None:
    """For tests: the counts of this process and the rates read from the settings."""
    _counters.clear()
