"""Who may do what, said once by people: the tests hold the running code against this table, never the other way round.

A new operation, page or form of staff belongs in here; until it is, a test fails that names it.
"""

from __future__ import annotations

from collections.abc import Iterator

ROLES = {
    "merchandiser": "catalog:write prices:write stock:write",
    "fulfilment": "orders:read orders:fulfil stock:write",
    "support": "orders:read customers:read customers:write notifications:write",
    "finance": "orders:read orders:refund payments:read payments:write customers:read",
    "admin": """
        catalog:write prices:write stock:write orders:read orders:fulfil orders:refund payments:read payments:write
        customers:read customers:write staff:write notifications:write
    """,
}
"""What each role has the right to."""

OPERATIONS = {
    "catalog:write": """
        POST /brands
        PATCH DELETE /brands/{slug}
        POST /categories
        PATCH DELETE /categories/{slug}
        POST /product-types
        PATCH DELETE /product-types/{code}
        POST /products
        PATCH DELETE /products/{slug}
        GET POST /products/{slug}/pictures
        GET PATCH DELETE /products/{slug}/pictures/{picture_id}
        PUT /products/{slug}/pictures/order
        POST /products/{slug}/publish
        POST /products/{slug}/unpublish
        GET POST /products/{slug}/variants
        GET PATCH DELETE /products/{slug}/variants/{sku}
        GET /staff/products
        GET /staff/products/{slug}
        POST /tags
        PATCH DELETE /tags/{slug}
    """,
    "prices:write": """
        GET PUT /products/{slug}/variants/{sku}/prices
    """,
    "stock:write": """
        GET /stock
        GET PATCH /stock/{sku}
        GET POST /stock/{sku}/movements
        GET POST /stock-locations
        GET PATCH DELETE /stock-locations/{code}
    """,
    "orders:read": """
        GET POST /orders/{number}/notes
        GET /returns
    """,
    "orders:fulfil": """
        POST /orders/{number}/parcels
        PATCH /orders/{number}/parcels/{parcel_id}
        POST /orders/{number}/parcels/{parcel_id}/deliver
        POST /orders/{number}/returns/{return_id}/authorise
        POST /orders/{number}/returns/{return_id}/receive
        POST /orders/{number}/returns/{return_id}/reject
    """,
    "orders:refund": """
        POST /orders/{number}/refunds
        POST /orders/{number}/returns/{return_id}/close
        POST /orders/{number}/returns/{return_id}/refund
        POST /orders/{number}/review
    """,
    "payments:read": """
        GET /payments
        GET /payments/{order_id}
        GET /payments/books
        GET /payments/differences
        GET /payments/disputes
        GET /payments/events
        GET /payments/events/{event_id}
        GET /payments/reconciliations
        GET /payments/reconciliations/{run_id}
        GET /payments/refunds
    """,
    "payments:write": """
        POST /payments/{order_id}/captures
        POST /payments/{order_id}/receipts
        POST /payments/{order_id}/voids
        POST /payments/events/{event_id}/replay
        POST /payments/reconciliations
        POST /payments/refunds/{refund_id}/sent
    """,
    "customers:read": """
        GET /customers
        GET /customers/{user_id}
    """,
    "customers:write": """
        POST /customers/{user_id}/activate
        POST /customers/{user_id}/deactivate
    """,
    "staff:write": """
        GET /staff
        GET DELETE /staff/{user_id}
        PUT /staff/{user_id}/roles
        GET POST /staff/invitations
        GET DELETE /staff/invitations/{invitation_id}
    """,
    "notifications:write": """
        GET /messages
        GET /messages/{message_id}
        POST /messages/{message_id}/resend
        GET /suppressions
        POST /suppressions/{suppression_id}/release
    """,
}
"""The operations below /api/v1 that need a right, by the one right that each needs."""

READS_OF_ORDERS = """
    GET /orders/{number}
    GET /orders/{number}/parcels
    GET /orders/{number}/parcels/{parcel_id}
    GET /orders/{number}/refunds
    GET /orders/{number}/returns
    GET /orders/{number}/returns/{return_id}
"""
"""What a buyer reads of their order, staff with orders:read of every one; to the others it is absent."""

SHELF, ORDERS, PAYMENTS, CARE = "merchandiser fulfilment", "fulfilment support finance", "finance", "support"
BUYERS = {
    "GET /orders/{number}/payment": "",
    "POST /orders/{number}/cancel": "fulfilment finance admin",
    "POST /orders/{number}/reorder": f"{ORDERS} admin",
    "POST /orders/{number}/returns": "fulfilment admin",
    "POST /orders/{number}/returns/{return_id}/withdraw": "",
}
"""What a buyer does with their order, first of all pays it, and which roles do it for them.

To who reads no orders the order is absent."""

PAGES: dict[str, tuple[str, str, str]] = {
    "accounts/address": ("support finance", "", ""),
    "accounts/invitation": ("", "admin", ""),
    "accounts/rolegrant": ("", "", ""),
    "accounts/user": ("support finance", "admin", ""),
    "cart/cart": (ORDERS, "", ""),
    "catalog/brand": (SHELF, "merchandiser", "merchandiser"),
    "catalog/category": (SHELF, "merchandiser", "merchandiser"),
    "catalog/hold": (SHELF, "", ""),
    "catalog/picture": (SHELF, "", ""),
    "catalog/pricelist": (SHELF, "", ""),
    "catalog/product": (SHELF, "merchandiser", "merchandiser"),
    "catalog/producttype": (SHELF, "merchandiser", "merchandiser"),
    "catalog/redirect": (SHELF, "", ""),
    "catalog/stock": (SHELF, "", ""),
    "catalog/stocklevel": (SHELF, SHELF, ""),
    "catalog/stocklocation": (SHELF, SHELF, SHELF),
    "catalog/stockmovement": (SHELF, "", ""),
    "catalog/tag": (SHELF, "merchandiser", "merchandiser"),
    "catalog/taxclass": (SHELF, "", ""),
    "catalog/variant": (SHELF, "", ""),
    "notifications/message": (CARE, "", ""),
    "notifications/suppression": (CARE, "", ""),
    "orders/order": (ORDERS, "", ""),
    "orders/ordercapture": (ORDERS, "", ""),
    "orders/return": (ORDERS, "", ""),
    "payments/difference": (PAYMENTS, "", ""),
    "payments/dispute": (PAYMENTS, "", ""),
    "payments/financeoperation": (PAYMENTS, "", ""),
    "payments/ledgerentry": (PAYMENTS, "", ""),
    "payments/payment": (PAYMENTS, "", ""),
    "payments/providercustomer": (PAYMENTS, "", ""),
    "payments/providerevent": (PAYMENTS, "", ""),
    "payments/reconciliationrun": (PAYMENTS, "", ""),
    "payments/refund": (PAYMENTS, "", ""),
    "shop/outboxrow": ("", "", ""),
}
"""Of each kind of page of the admin: which roles see it, add to it, delete from it.

An admin sees all of them, and adds and deletes where anybody does.
"""

FORMS = {
    "orders/order/refund": "finance",
    "orders/order/note": ORDERS,
    "orders/order/label": "fulfilment",
    "orders/order/ship": "fulfilment",
    "orders/return/receive": "fulfilment",
    "orders/return/refund": "finance",
}
"""The forms beside them, by page and name, and whose they are. An admin's too."""


def lines(text: str) -> Iterator[str]:
    """ "GET POST /x" as "GET /api/v1/x" and "POST /api/v1/x"."""
    for line in text.strip().splitlines():
        *methods, path = line.split()
        yield from (f"{method} /api/v1{path}" for method in methods)


def rights() -> dict[str, str]:
    """The right that each operation of staff needs."""
    return {name: right for right, text in OPERATIONS.items() for name in lines(text)}


def may(role: str, right: str) -> bool:
    """Whether the role has this right."""
    return right in ROLES[role].split()


def is_for(role: str, roles: str) -> bool:
    """Whether it is one of these, or an admin."""
    return role == "admin" or role in roles.split()
