"""How accounts' bodies and answers look in the OpenAPI document."""

from __future__ import annotations

from typing import Any

COUNTRY = {"code": "DE", "name": "Germany"}

ADDRESS_RULES: dict[str, Any] = {
    "country": "US",
    "name": "United States",
    "fields": [
        {"name": "name", "is_required": True, "label": "name"},
        {"name": "company", "is_required": False, "label": "company"},
        {"name": "line1", "is_required": True, "label": "line1"},
        {"name": "line2", "is_required": False, "label": "line2"},
        {"name": "city", "is_required": True, "label": "city"},
        {"name": "region", "is_required": True, "label": "state"},
        {"name": "postal_code", "is_required": True, "label": "zip"},
    ],
    "postal_code": {"pattern": r"^(?:(\d{5})(?:[ \-](\d{4}))?)$", "examples": ["95014"], "prefix": ""},
    "regions": [{"code": "WA", "names": ["Washington", "WA"]}],
}

NEW_ADDRESS = {
    "name": "Ada Lovelace",
    "line1": "Torstr. 1",
    "postal_code": "10115",
    "city": "Berlin",
    "country": "DE",
    "phone": "030 901820",
}
ADDRESS = {
    "id": "019bf8a2-6f00-7c3e-9a51-3f1f6a0d2c21",
    **NEW_ADDRESS,
    "company": "",
    "line2": "",
    "district": "",
    "region": "",
    "phone": "+4930901820",
    "default_for_shipping": True,
    "default_for_billing": True,
    "created_at": "2026-11-27T06:00:00Z",
    "updated_at": "2026-11-27T06:00:00Z",
}

EMAIL = {"email": "ada@example.com"}
REGISTRATION = {
    "email": "ada@example.com",
    "password": "correct horse battery",
    "name": "Ada Lovelace",
    "language": "en",
}
TOKEN = {"token": "9rJ0n3bDxXyq1k5m3w0cVfQ2m8Zs4TtU6oYbRlPaEiw"}
NEW_PASSWORD = {**TOKEN, "password": "a new horse battery"}
CHANGE_OF_PASSWORD = {"current_password": "correct horse battery", "password": "a new horse battery"}
CHANGE_OF_EMAIL = {"email": "countess@example.com", "current_password": "correct horse battery"}

SESSION: dict[str, Any] = {
    "id": "019bf8a2-6f00-7c3e-9a51-3f1f6a0d2c11",
    "device": "Firefox on Linux",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "client": "192.0.2.0/24",
    "created_at": "2026-01-05T09:00:00Z",
    "used_at": "2026-01-05T09:30:00Z",
    "ends_at": "2026-02-04T09:30:00Z",
    "current": True,
}

TOKENS: dict[str, Any] = {
    "access_token": "eyJhbGciOiJFZERTQSIsImtpZCI6Ii4uLiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl",
    "token_type": "Bearer",
    "expires_in": 300,
    "refresh_token": "rt_Ab3dEf6hIj9lMn2pQr5tUv8xYz1bCd4fGh7jKl0nOp3rSt6vWx9zAb2dEf5hIj8lMn1pQr4tUv7xYz0bCd3f",
    "session_id": SESSION["id"],
    "csrf_token": None,
}


PROFILE = {
    "id": "019bf8a2-6f00-7c3e-9a51-3f1f6a0d2c01",
    "email": "ada@example.com",
    "is_verified": True,
    "name": "Ada Lovelace",
    "phone": "+4930901820",
    "language": "en",
    "marketing_opt_in": False,
    "roles": [],
    "default_shipping_id": ADDRESS["id"],
    "default_billing_id": ADDRESS["id"],
    "created_at": "2026-11-27T06:00:00Z",
    "erase_at": None,
}

STAFF = {
    "id": PROFILE["id"],
    "email": "ada@example.com",
    "name": "Ada Lovelace",
    "roles": ["merchandiser", "support"],
    "is_active": True,
    "last_login": "2026-11-27T06:00:00Z",
    "created_at": "2026-11-01T06:00:00Z",
}
CUSTOMER = {
    "id": "019bf8a2-6f00-7c3e-9a51-3f1f6a0d2c02",
    "email": "grace@example.com",
    "name": "Grace Hopper",
    "is_verified": True,
    "is_active": True,
    "created_at": "2026-11-01T06:00:00Z",
}
CUSTOMER_DETAIL = {
    **CUSTOMER,
    "phone": "+4930901820",
    "language": "en",
    "marketing_opt_in": False,
    "erase_at": None,
    "addresses": [ADDRESS],
}
INVITATION = {
    "id": "019bf8a2-6f00-7c3e-9a51-3f1f6a0d2c31",
    "email": "alan@example.com",
    "roles": ["fulfilment"],
    "state": "open",
    "invited_by": PROFILE["id"],
    "inviter": "Ada Lovelace",
    "created_at": "2026-11-27T06:00:00Z",
    "expires_at": "2026-12-04T06:00:00Z",
}
ACCEPT = {**TOKEN, "name": "Alan Turing", "password": "correct horse battery"}
