"""The mistakes. Each is one replacement of text that must be there exactly once, so that moved code is noticed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """What somebody could believe to be as good, and the tests that know better."""

    name: str
    file: str
    right: str
    wrong: str
    tests: tuple[str, ...]


def planted(mistake: Mistake, source: str) -> str:
    """The source with the mistake. Raises when the code has moved: change the list with it."""
    count = source.count(mistake.right)
    if count != 1:
        raise ValueError(f"{mistake.name}: {mistake.file} has its text {count} times, not once:\n{mistake.right}")
    return source.replace(mistake.right, mistake.wrong)


_RESERVE = "apps/catalog/services/reserve_stock.py"
_PORTS = "apps/catalog/tests/test_ports.py::"
_SAGA = "apps/orders/tests/test_saga.py::"
_REFUNDS = "apps/payments/tests/test_refund_payment.py::"
_EVENTS = "shop/tests/test_events.py::"
_KEYS = "shop/http/tests/test_idempotency.py::"

MISTAKES = (
    Mistake(
        "stock is taken without looking how much is left",
        "apps/catalog/services/ledger.py",
        "        if not rows.filter(available=quantity).update(**changes):\n",
        "        if not rows.update(**changes):\n",
        (_PORTS + "test_too_few_units_hold_nothing_at_all",),
    ),
    Mistake(
        "a second reservation of an order holds again",
        _RESERVE,
        "    if hold := Hold.objects.filter(pk=order_id).first():",
        "    if (hold := Hold.objects.filter(pk=order_id).first()) and not hold.delete():",
        (_PORTS + "test_a_release_that_comes_first_forbids_the_hold",),
    ),
    Mistake(
        "a webhook that comes twice is two events",
        "apps/payments/services/record_event.py",
        "        id=notice.id,",
        '        id=f"{notice.id}-{clock.now().timestamp()}",',
        ("apps/payments/tests/test_http.py::test_a_repeat_is_welcome_and_kept_once",),
    ),
    Mistake(
        "an unsigned webhook is believed",
        "apps/payments/providers/stripe.py",
        "            stripe.WebhookSignature.verify_header(body, signature, self._webhook_secret, TOLERANCE_SECONDS)\n",
        "",
        ("apps/payments/tests/test_http.py::test_an_altered_body_is_refused",),
    ),
    Mistake(
        "an event is handled before what it tells is written",
        "apps/payments/services/handle_event.py",
        "    if not _claim(event):\n        return False\n    try:\n",
        "    if not _claim(event):\n        return False\n"
        "    _finish(event, note='', status=ProviderEvent.HANDLED)\n    try:\n",
        (
            "apps/payments/tests/test_handle_event.py::test_an_event_waits_for_a_silent_provider_and_is_never_dead_of_it",
        ),
    ),
    Mistake(
        "the key of a refund is that of its order",
        "apps/payments/services/push_refund.py",
        'key=f"refund-{refund.refund_id}{suffix}"',
        'key=f"refund-{refund.payment_id}{suffix}"',
        (_REFUNDS + "test_parts_add_up_to_what_was_paid_and_no_further",),
    ),
    Mistake(
        "more is sent back than was paid",
        "apps/payments/services/refund_payment.py",
        '        amount_received_minor__gte=F("amount_refunded_minor") + F("amount_disputed_minor") + amount.amount,\n',
        "",
        (_REFUNDS + "test_parts_add_up_to_what_was_paid_and_no_further",),
    ),
    Mistake(
        "what finance marks paid is written over what somebody else wrote",
        "apps/payments/services/record_bank_receipt.py",
        "        rows = Payment.objects.filter(pk=payment.pk, revision=payment.revision)\n",
        "        rows = Payment.objects.filter(pk=payment.pk)\n",
        ("apps/payments/tests/test_bank_transfer.py::test_two_clerks_with_one_line_of_the_statement_mark_it_once",),
    ),
    Mistake(
        "a refund by bank is booked by each clerk who marks it sent",
        "apps/payments/services/apply_refund.py",
        "        written = Refund.objects.filter(pk=refund.pk, status=refund.status).update(**changes)\n",
        "        written = Refund.objects.filter(pk=refund.pk).update(**changes)\n",
        ("apps/payments/tests/test_bank_transfer.py::test_two_clerks_at_once_mark_a_refund_once",),
    ),
    Mistake(
        "stock for a bank transfer is held no longer than for a card",
        "apps/orders/services/payment_terms.py",
        "    return int(_window(method).total_seconds()) + longer\n",
        "    return settings.PAY_WINDOW_SECONDS + longer\n",
        ("apps/orders/tests/test_payment_terms.py",),
    ),
    Mistake(
        "the key of an intent is random",
        "apps/payments/services/ensure_intent.py",
        'key=f"pi-{payment.order_id}{suffix}"',
        'key=f"pi-{clock.now().timestamp()}-{id(object())}{suffix}"',
        ("apps/payments/tests/test_open_payment.py::test_an_answer_that_was_lost_is_found_under_the_same_key",),
    ),
    Mistake(
        "after a day the key is used again without looking",
        "apps/payments/services/ensure_intent.py",
        "    if clock.now() - payment.key_since > KEYS_ARE_KEPT:\n",
        "    if False:\n",
        ("apps/payments/tests/test_open_payment.py",),
    ),
    Mistake(
        "news of a payment is written over newer news",
        "apps/payments/services/apply_intent.py",
        "rows = Payment.objects.filter(pk=payment.pk, revision=payment.revision)",
        "rows = Payment.objects.filter(pk=payment.pk)",
        ("apps/payments/tests/test_handle_event.py::test_what_was_heard_before_somebody_else_wrote_is_not_written",),
    ),
    Mistake(
        "news of a dispute is written over newer news",
        "apps/payments/services/apply_dispute.py",
        "    return Dispute.objects.filter(pk=after.pk, revision=after.revision - 1).update(**changes)\n",
        "    return Dispute.objects.filter(pk=after.pk).update(**changes)\n",
        ("apps/payments/tests/test_disputes.py::test_what_moves_no_money_is_not_written_over_newer_words_either",),
    ),
    Mistake(
        "money is booked on one side only",
        "apps/payments/rules.py",
        "        Side(derived_id(posting_id, frm), frm, -amount),\n",
        "        Side(derived_id(posting_id, frm), frm, amount),\n",
        ("apps/payments/tests/test_ledger.py::test_both_sides_of_a_posting_sum_to_zero",),
    ),
    Mistake(
        "an event may be published outside of the transaction",
        "shop/events/outbox.py",
        "    if not connections[using].in_atomic_block:\n",
        "    if False:\n",
        (_EVENTS + "test_publishing_outside_a_transaction_of_its_context_is_refused",),
    ),
    Mistake(
        "the inbox row is missing",
        "shop/events/inbox.py",
        "        InboxRow(id=inbox_id).save(using=using, force_insert=True)\n",
        "",
        (_EVENTS + "test_one_event_delivered_twice_at_once_has_one_effect",),
    ),
    Mistake(
        "an outbox row is deleted though it was refused",
        "shop/events/relay.py",
        "    accepted = [row.pk for row in batch if row.event_id not in refused]\n",
        "    accepted = [row.pk for row in batch]\n",
        (_EVENTS + "test_a_handler_that_fails_leaves_no_trace_and_the_other_is_not_repeated",),
    ),
    Mistake(
        "a repeated key with another body is answered",
        "shop/http/idempotency.py",
        "    if (found.body_hash, found.endpoint) != (wanted.body_hash, wanted.endpoint):\n",
        "    if found.endpoint != wanted.endpoint:\n",
        (_KEYS + "test_another_body_with_the_key_is_422",),
    ),
    Mistake(
        "after a crash the repeat is another operation",
        "shop/http/idempotency.py",
        "    return _take(context, found, wanted, operation_id=found.operation_id, afresh=False)\n",
        "    return _take(context, found, wanted, operation_id=wanted.operation_id, afresh=False)\n",
        (_KEYS + "test_after_a_crash_the_repeat_finishes_the_same_operation",),
    ),
    Mistake(
        "keys are shared by all callers",
        "shop/http/idempotency.py",
        'f"{caller}\\0{key}"',
        "key",
        (_KEYS + "test_keys_belong_to_their_caller",),
    ),
    Mistake(
        "a client's secret is stored with the answer",
        "shop/http/idempotency.py",
        "            _finish(context, claim, response)\n            return _with_live(view, request, response)\n",
        "            response = _with_live(view, request, response)\n            _finish(context, claim, response)\n"
        "            return response\n",
        (_KEYS + "test_what_is_live_is_never_stored",),
    ),
    Mistake(
        "stock is given back before the payment is closed",
        "apps/orders/services/steps.py",
        "    if order.pay_until is not None:\n        payment = payments.cancel_payment(order_id=order.pk)\n",
        "    catalog.release_reservation(order_id=order.pk)\n    if order.pay_until is not None:\n"
        "        payment = payments.cancel_payment(order_id=order.pk)\n",
        (_SAGA + "test_while_the_provider_does_not_know_the_stock_stays_held",),
    ),
    Mistake(
        "an order is moved without comparing its revision",
        "apps/orders/services/move_order.py",
        "mine = Order.objects.filter(pk=order.pk, revision=order.revision)",
        "mine = Order.objects.filter(pk=order.pk)",
        (_SAGA + "test_money_that_comes_while_a_step_is_under_way_wins",),
    ),
    Mistake(
        "an order may go from anywhere to anywhere",
        "apps/orders/services/move_order.py",
        "    if not may_move(frm, go.to):\n",
        "    if False:\n",
        (_SAGA + "test_a_move_told_twice_to_the_same_state_is_illegal",),
    ),
    Mistake(
        "another amount than the total is as good",
        "apps/orders/services/steps.py",
        '    fits = amount == order.money("total")\n',
        "    fits = True\n",
        (_SAGA + "test_another_amount_than_the_total_goes_to_review_and_nothing_is_sold",),
    ),
    Mistake(
        "a payment may be captured twice at once",
        "apps/payments/services/capture_payment.py",
        "        capture_id=None,\n",
        "",
        ("apps/payments/tests/test_capture_payment.py::test_a_capture_that_read_before_a_rival_claimed_is_refused",),
    ),
    Mistake(
        "money that is set aside stays so when its order is cancelled",
        "apps/orders/services/steps.py",
        "    if order.authorized_minor and not",
        "    if not order.authorized_minor and not",
        ("apps/orders/tests/test_captures.py",),
    ),
    Mistake(
        "a guest who names a customer's address pays with what that one has saved",
        "apps/orders/services/steps.py",
        "    if not order.by_customer or order.customer_id is None:\n",
        "    if order.customer_id is None:\n",
        ("apps/orders/tests/test_payer.py::test_a_guest_who_names_a_customers_address_does_not",),
    ),
    Mistake(
        "late money is kept",
        "apps/orders/services/accept_payment.py",
        "    late = order.state == OrderStatus.CANCELLED and not order.paid_minor and amount\n",
        "    late = False\n",
        (_SAGA + "test_late_money_is_sent_back_and_the_cancellation_is_told_once",),
    ),
    Mistake(
        "the total that the client named is not held against ours",
        "apps/orders/services/create_order.py",
        "    if expected_total is not None and expected_total != quote.total:\n",
        "    if False:\n",
        ("apps/orders/tests/test_place_order.py::test_another_total_than_the_expected_one_is_refused",),
    ),
    Mistake(
        "the order's total is the one that the client named",
        "apps/orders/services/create_order.py",
        "    _check(quote, expected_total)\n"
        "    check_terms(payment_method, quote, email=normalised_email(buyer.email))\n"
        "    order = _order(order_id, quote, buyer, payment_method)\n",
        "    order = _order(order_id, quote, buyer, payment_method)\n"
        "    order.total_minor = (expected_total or quote.total).amount\n",
        ("apps/orders/tests/test_place_order.py::test_another_total_than_the_expected_one_is_refused",),
    ),
    Mistake(
        "the token of one order opens all others",
        "apps/orders/queries.py",
        "    order = Order.objects.filter(pk=order_id, number=number).first()\n",
        "    order = Order.objects.filter(number=number).first()\n",
        ("apps/orders/tests/test_http.py::test_strangers_see_nothing",),
    ),
    Mistake(
        "a customer reads everybody's orders",
        "apps/orders/queries.py",
        "    order = Order.objects.filter(number=number, customer_id=customer_id).first()\n",
        "    order = Order.objects.filter(number=number).first()\n",
        ("apps/orders/tests/test_http_customers.py::test_anothers_order_is_as_absent_as_none",),
    ),
    Mistake(
        "a customer's cart is open to whoever knows its id",
        "apps/cart/queries.py",
        "    if cart is None or cart.customer_id not in (None, customer_id):\n",
        "    if cart is None:\n",
        ("apps/cart/tests/test_attach.py::test_a_customers_cart_is_absent_for_everybody_else",),
    ),
    Mistake(
        "a cart is changed though it is not the one that was read",
        "apps/cart/services/change_cart.py",
        "    return rows if revision is None else rows.filter(revision=revision)\n",
        "    return rows\n",
        ("apps/cart/tests/test_carts.py::test_of_eight_tabs_that_name_one_revision_one_changes_the_cart",),
    ),
    Mistake(
        "a token that signs nothing is believed",
        "shop/identity/tokens.py",
        '            options: Any = {"verify_exp": False,',
        '            options: Any = {"verify_signature": False, "verify_exp": False,',
        ("shop/identity/tests/test_tokens.py::test_an_odd_token_is_401_with_a_challenge",),
    ),
    Mistake(
        "a token lasts for ever",
        "shop/identity/tokens.py",
        "    if claims.exp + _leeway().total_seconds() <= clock.now().timestamp():\n",
        "    if False:\n",
        ("shop/identity/tests/test_tokens.py::test_a_token_expires_after_five_minutes",),
    ),
    Mistake(
        "more leaves in parcels than was ordered",
        "apps/orders/services/ship_parcel.py",
        "        if count > left:\n",
        "        if not line:\n",
        ("apps/orders/tests/test_parcels.py::test_more_than_is_left_does_not_leave",),
    ),
    Mistake(
        "a message has an id of its own, whatever it tells",
        "apps/notifications/services/write_message.py",
        "        key = message_id(to.about, kind, channel, recipient)\n",
        '        key = __import__("uuid").uuid4()\n',
        ("apps/notifications/tests/test_write_message.py::test_an_event_that_comes_twice_is_one_message",),
    ),
    Mistake(
        "a message is marked as sent before it is sent",
        "apps/notifications/services/send_message.py",
        '    fault("notifications.message.claimed")\n',
        '    _mark(message, status=Status.SENT, sent_at=clock.now())\n    fault("notifications.message.claimed")\n',
        ("apps/notifications/tests/test_send_message.py",),
    ),
)
