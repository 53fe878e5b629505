"""New keys of calls and of tokens in an environment file, in three steps between which nothing is refused.

Each list has one key, then the old and the new one, then the new one before the old, then the new one alone. The file
itself remembers the step, so that none is left out or done twice. Needs no Django and no database.
"""

from __future__ import annotations

import base64
import re
import secrets

STEPS = ("add", "use", "drop")
TOKENS = "TOKEN_KEYS"
CALLS = re.compile(r"(?:SHOP_)?CALL_KEYS(?:_[A-Z]+)?")
LINE = re.compile(r"([A-Z_]+)=(\"?)(.*?)(\"?)")
MARK = "# keys: "


class WrongStep(Exception):
    """The message says which step is next."""


def rotated(text: str, step: str) -> str:
    """The whole file one step on. Raises WrongStep."""
    lines = text.splitlines()
    done = next((line.removeprefix(MARK) for line in lines if line.startswith(MARK)), STEPS[-1])
    after = STEPS[(STEPS.index(done) + 1) % len(STEPS)] if done in STEPS else STEPS[0]
    if step != after:
        raise WrongStep(f"The last step was {done}, so {after} is next.")
    made: dict[str, str] = {}
    changed = [_line(line, step, made) for line in lines if not line.startswith(MARK)]
    if changed == lines:
        raise WrongStep("There are no keys in this file.")
    return "\n".join([*changed, *([] if step == STEPS[-1] else [MARK + step])]) + "\n"


def _line(line: str, step: str, made: dict[str, str]) -> str:
    found = LINE.fullmatch(line)
    if found is None or not found[3]:
        return line
    name, before, value, behind = found.groups()
    if name == TOKENS:
        value = " ".join(_keys(value.split(), step, made, TOKENS))
    elif CALLS.fullmatch(name):
        value = " ".join(_word(word, step, made) for word in value.split())
    return f"{name}={before}{value}{behind}"


def _word(word: str, step: str, made: dict[str, str]) -> str:
    caller, _, keys = word.partition("=")
    return f"{caller}={','.join(_keys(keys.split(','), step, made, caller))}"


def _keys(keys: list[str], step: str, made: dict[str, str], whose: str) -> list[str]:
    """The same pair of units stands in the lists of both: they get the same key."""
    if step == "add":
        new = made.setdefault(f"{whose} {keys}", _new(whose))
        return [*keys, new]
    return [keys[-1], *keys[:-1]] if step == "use" else keys[:1]


def _new(whose: str) -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode() if whose == TOKENS else secrets.token_urlsafe(32)
