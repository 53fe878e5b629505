"""How much one caller may ask, and whose word about a client's address is taken."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from config.values import ConfigurationError

Network = IPv4Network | IPv6Network
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


@dataclass(frozen=True, slots=True)
class Rates:
    """What RATE_LIMITS says: nothing is counted at factor 0; `own` holds (quota, seconds) by the policy's name."""

    factor: int
    own: dict[str, tuple[int, int]]


def rates(variable: str, text: str) -> Rates:
    """ "off", or "x10; login 30/minute; read 6000/minute": what is not named has the code's rate times the factor."""
    if text == "off":
        return Rates(0, {})
    factor, own = 1, {}
    for entry in filter(None, (part.strip() for part in text.split(";"))):
        if times := re.fullmatch(r"x([1-9]\d{0,5})", entry):
            factor = int(times[1])
            continue
        match = re.fullmatch(r"([a-z][a-z-]*) ([1-9]\d{0,8})/(second|minute|hour|day)", entry)
        if match is None:
            raise ConfigurationError(variable, f"{entry!r} is not like 'read 6000/minute', x10 or off alone.")
        if match[1] in own:
            raise ConfigurationError(variable, f"{match[1]} stands there twice.")
        own[match[1]] = int(match[2]), _SECONDS[match[3]]
    return Rates(factor, own)


def networks(variable: str, text: str) -> tuple[Network, ...]:
    """ "10.0.0.0/8 192.168.1.5": addresses and networks."""
    found: list[Network] = []
    for word in text.replace(",", " ").split():
        try:
            network = ip_network(word)
        except ValueError:
            raise ConfigurationError(variable, f"{word!r} is no address and no network like 10.0.0.0/8.") from None
        if network.prefixlen == 0:
            raise ConfigurationError(variable, f"{word!r} is everybody: then each client chooses its own address.")
        found.append(network)
    return tuple(found)
