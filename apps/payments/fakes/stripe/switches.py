"""Reading what a test or a click sets: each value within bounds, anything else is a clear 400 that names it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields

from .errors import Json, ValidationError

LONGEST_SECONDS = 3600
"""Of a delay, a pause that is asked for, or how late search is."""
MOST = 10_000
"""Of requests, deliveries or copies that suffer."""
LARGEST_AMOUNT = 10**12
_METHODS = ("", "GET", "POST", "DELETE")
_BOUNDS = {"status": (400, 599), "count": (1, MOST), "times": (1, 100), "amount": (0, LARGEST_AMOUNT)}


def seconds(name: str, value: object) -> float:
    """A time that ends."""
    try:
        read = float(str(value))
    except ValueError:
        read = math.nan
    if not 0 <= read <= LONGEST_SECONDS:
        raise ValidationError(f"Invalid {name}: a number of seconds, from 0 to {LONGEST_SECONDS}.", param=name)
    return read


def whole(name: str, value: object) -> int:
    """A number within the bounds of its name; a count of what may also be none is from 0."""
    text, (least, most) = str(value), _BOUNDS.get(name, (0, MOST))
    if not text.isascii() or not text.isdigit() or len(text) > len(str(most)) or not least <= int(text) <= most:
        raise ValidationError(f"Invalid {name}: a whole number, from {least} to {most}.", param=name)
    return int(text)


def truth(name: str, value: object) -> bool:
    """1 or true, 0 or false."""
    known = {"1": True, "true": True, "0": False, "false": False}
    if (text := str(value).lower()) not in known:
        raise ValidationError(f"Invalid {name}: true or false.", param=name)
    return known[text]


def text(name: str, value: object) -> str:
    """A method that there is, the beginning of a path."""
    if name == "method" and value not in _METHODS:
        raise ValidationError(f"Invalid method: one of {', '.join(_METHODS[1:])}.", param=name)
    if not isinstance(value, str):
        raise ValidationError(f"Invalid {name}: a text.", param=name)
    return value


_READERS: dict[str, Callable[[str, object], object]] = {"bool": truth, "int": whole, "float": seconds, "str": text}


def typed(given: Json, of: type[object]) -> Json:
    """What is given as the fields of a dataclass of ours; an unknown name is refused."""
    kinds = {one.name: str(one.type) for one in fields(of)}  # type: ignore[arg-type]
    if unknown := set(given) - set(kinds):
        raise ValidationError(f"Unknown: {', '.join(sorted(unknown))}; known are {', '.join(kinds)}.")
    return {name: _READERS[kinds[name]](name, value) for name, value in given.items()}
