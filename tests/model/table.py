"""All public operations that no rule predicts, and why: those that are only asked, and those that are absent.

What a rule predicts is marked there (`@drives`). test_model.py fails when an operation of docs/openapi.yaml is in no
place, or in two. An asked one answers as documented, never with a crash, to strangers only 401, and moves neither
money nor stock that the model knows of.
"""

from __future__ import annotations

from functools import cache

NOT_DRIVEN: dict[str, str] = {}
"""Operation -> why no sequence may hold it. Nothing has such a reason today."""

ASKED: dict[str, str] = {
    "Accounts: no order depends on them, they have a context's tests and journeys of their own": """
        confirm_email accept_invitation log_out log_out_everywhere forgot_password reset_password register_account
        log_in refresh_tokens verify_address resend_verification get_me change_me delete_me keep_me change_email
        change_password list_addresses create_address get_address change_address delete_address list_sessions
        rename_session end_session list_customers get_customer activate_customer deactivate_customer list_staff
        get_staff close_staff set_staff_roles list_invitations invite_staff get_invitation revoke_invitation""",
    "Words and pictures of the catalogue: what is sold, its price and whether it is shown is predicted": """
        brands_list brands_create brands_retrieve brands_update brands_destroy categories_list categories_create
        categories_retrieve categories_update categories_destroy product_types_list product_types_create
        product_types_retrieve product_types_update product_types_destroy products_list products_create
        products_update products_destroy list_pictures add_picture get_picture change_picture delete_picture
        order_pictures variants_list variants_create variants_retrieve variants_update variants_destroy
        staff_products_list staff_products_retrieve tags_list tags_create tags_retrieve tags_update tags_destroy""",
    "Places and warnings of stock: all that is sold lies in one place, whose movements are predicted": """
        list_stock_locations create_stock_location get_stock_location change_stock_location delete_stock_location
        set_stock_threshold""",
    "Fixed tables": "list_countries get_address_rules get_root",
    "Messages: which are sent for which order is predicted at the end of each sequence, from their rows": """
        list_messages get_message resend_message list_suppressions release_suppression""",
    "Staff reading and noting: the rows behind are compared at the end of each sequence": """
        list_order_notes note_on_order list_returns list_payments get_books list_differences
        list_disputes list_provider_events get_provider_event replay_provider_event list_reconciliations
        start_reconciliation get_reconciliation""",
    "Needs what no sequence has: a number and an address from a mail": "look_up_order",
}
"""Why the model does not predict them -> operations."""


@cache
def asked() -> frozenset[str]:
    """All that are only asked."""
    return frozenset(operation for operations in ASKED.values() for operation in operations.split())
