"""Where a request comes from. What a header says is believed only of proxies that the settings trust."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from django.conf import settings

_Address = IPv4Address | IPv6Address


def address_of(request: Any) -> str:
    """The client's address: of the connection, or what the last proxy that is trusted was told."""
    remote: str = request.META.get("REMOTE_ADDR", "")
    if not settings.SHOP_TRUSTED_PROXIES:
        return remote
    hops = [remote, *reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(","))]
    believed = remote
    for hop in hops:
        address = _parsed(hop.strip())
        if address is None:
            return believed
        believed = str(address)
        if not any(address in network for network in settings.SHOP_TRUSTED_PROXIES):
            return believed
    return believed


@lru_cache(maxsize=4096)
def group_of(address: str) -> str:
    """Who shares a limit: an IPv4 address alone, an IPv6 one with its /64, which one household owns whole."""
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((parsed, 64), strict=False))
    return str(parsed or "unknown")


def network_of(address: str) -> str:
    """Where about somebody is, for people to recognise: a /24 of IPv4, a /48 of IPv6."""
    parsed = _parsed(address)
    if parsed is None:
        return ""
    return str(ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))


def _parsed(text: str) -> _Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
