"""The environment file that Compose reads, with new secrets. Needs no Django and no database."""

from __future__ import annotations

import base64
import secrets
from itertools import permutations

from config.contexts import CONTEXTS

HEAD = """\
# The shop's environment for Compose. It holds secrets: keep it out of version control, readable to its owner only.
# Every variable is described in .env.example.
"""
DEMO = """
# A shop to try: fakes of Stripe, Twilio and mail, and demo data with a well-known login. Not for customers.
COMPOSE_PROFILES=demo
SHOP_MODE=embedded
SHOP_PUBLIC_URL=http://127.0.0.1:8080
ALLOWED_HOSTS=127.0.0.1 localhost
STRIPE_KEYS=sk_test_embedded pk_test_embedded whsec_embedded
STRIPE_API_BASE=http://gateway:12111
EMAIL_URL=smtp://mailbox:1025?from=shop@example.com
TWILIO_KEYS=AC00000000000000000000000000000000 embedded +15550100
TWILIO_API_BASE=http://gateway:12112
"""
REAL = """
# To be filled in.
SHOP_MODE=production
SHOP_PUBLIC_URL=https://shop.example.com
ALLOWED_HOSTS=shop.example.com
STRIPE_KEYS=
EMAIL_URL=
TWILIO_KEYS=
"""


def file(*, demo: bool, services: bool) -> str:
    """The whole text. For six services each pair of caller and callee has a key that only those two know."""
    made = {"SECRET_KEY": secrets.token_urlsafe(50), "TOKEN_KEYS": base64.b64encode(secrets.token_bytes(32)).decode()}
    if services:
        made |= {f"CALL_KEYS_{unit.upper()}": words for unit, words in _call_keys().items()}
    lines = "\n".join(f"{name}={value}" for name, value in made.items())
    return f"{HEAD}{DEMO if demo else REAL}\n# Made for this shop.\n{lines}\n"


def _call_keys() -> dict[str, str]:
    pairs = {f"{caller}>{callee}": secrets.token_urlsafe(32) for caller, callee in permutations(CONTEXTS, 2)}
    return {
        unit: " ".join(f"{pair}={key}" for pair, key in pairs.items() if unit in pair.split(">")) for unit in CONTEXTS
    }
