"""Mistakes in payments: what is asked of Stripe, what is believed, and what is booked."""

from __future__ import annotations

from .mistake import Mistake

_REFUNDS = "apps/payments/tests/test_refund_payment.py::"
_HEARD = "apps/payments/tests/test_handle_event.py::"
_VOIDS = "apps/payments/tests/test_void_by_hand.py::"
_PROMISES = "apps/payments/tests/test_promises.py::"
_PARTS = "apps/payments/tests/test_parts.py::"

PAYMENTS = (
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
        (_HEARD + "test_an_event_waits_for_a_silent_provider_and_is_never_dead_of_it",),
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
        (_HEARD + "test_what_was_heard_before_somebody_else_wrote_is_not_written",),
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
        "a payment may be captured twice at once",
        "apps/payments/services/capture_payment.py",
        "        capture_id=None,\n",
        "",
        ("apps/payments/tests/test_capture_payment.py::test_a_capture_that_read_before_a_rival_claimed_is_refused",),
    ),
    Mistake(
        "a refund id that is used again with another amount is answered",
        "apps/payments/services/refund_payment.py",
        "    if (refund.payment_id, refund.amount_minor, refund.currency) !=",
        "    if (order_id, amount.amount, amount.currency) !=",
        (_REFUNDS + "test_a_refund_id_is_good_for_one_refund",),
    ),
    Mistake(
        "what finance lets go is captured all the same",
        "apps/payments/services/capture_payment.py",
        "        void_id=None,\n",
        "",
        (_VOIDS + "test_a_capture_that_read_before_a_void_claimed_is_refused",),
    ),
    Mistake(
        "what is being captured is let go by finance",
        "apps/payments/services/void_by_hand.py",
        "status=PaymentStatus.AUTHORIZED, capture_id=None, void_id=None)",
        "status=PaymentStatus.AUTHORIZED, void_id=None)",
        (_VOIDS + "test_a_void_that_read_before_a_rival_claimed_is_refused",),
    ),
    Mistake(
        "two clerks let go of the same money",
        "apps/payments/services/void_by_hand.py",
        "status=PaymentStatus.AUTHORIZED, capture_id=None, void_id=None)",
        "status=PaymentStatus.AUTHORIZED, capture_id=None)",
        (_VOIDS + "test_a_void_that_read_before_a_rival_claimed_is_refused",),
    ),
    Mistake(
        "a void that was refused stays claimed for ever",
        "apps/payments/services/push_void.py",
        '"void_id": None',
        '"void_id": claimed',
        ("apps/payments/tests/test_void_refused.py::test_what_is_refused_at_once_is_told_and_stays_set_aside",),
    ),
    Mistake(
        "a void that got no answer is forgotten",
        "apps/payments/services/recheck.py",
        "        _push_void(payment)\n",
        "        learn(payment, ensure_intent)\n",
        (_VOIDS + "test_a_provider_that_does_not_answer_is_asked_again_and_nobody_captures_meanwhile",),
    ),
    Mistake(
        "the key of a capture is that of the try",
        "apps/payments/services/push_capture.py",
        'key=f"capture-{payment.capture_id}{suffix}"',
        'key=f"capture-{payment.revision}-{id(object())}{suffix}"',
        ("apps/payments/tests/test_capture_payment.py::test_capturing_takes_it_once_and_books_it",),
    ),
    Mistake(
        "finance lets go of money on which a parcel is leaving",
        "apps/payments/services/void_by_hand.py",
        "    free = aside.filter(Q(promised=None) | Q(promised=False))\n",
        "    free = aside\n",
        (_PROMISES + "test_a_void_that_read_before_a_promise_was_made_is_refused",),
    ),
    Mistake(
        "a parcel is promised money that is being let go",
        "apps/payments/services/promise_capture.py",
        "status=PaymentStatus.AUTHORIZED, void_id=None)",
        "status=PaymentStatus.AUTHORIZED)",
        (_PROMISES + "test_while_it_is_being_let_go_nothing_is_promised_and_after_a_refusal_it_is",),
    ),
    Mistake(
        "a promise that was withdrawn is made again by what comes late",
        "apps/payments/services/promise_capture.py",
        "Q(promise_number__lt=number)",
        "Q(promise_number__lte=number)",
        (_PROMISES + "test_promises_and_withdrawals_in_any_order_say_what_the_last_number_says",),
    ),
    Mistake(
        "what lapsed after a part counts as captured",
        "apps/payments/services/capture_payment.py",
        "payment.void_id is not None or payment.lapsed:\n",
        "payment.void_id is not None:\n",
        (_PROMISES + "test_what_lapsed_is_told_apart_from_what_was_captured_or_let_go",),
    ),
    Mistake(
        "more is captured than was set aside",
        "apps/payments/services/capture_payment.py",
        '        authorized_minor__gte=F("amount_received_minor") + capture.amount_minor,\n',
        "",
        (_PARTS + "test_no_more_is_taken_in_all_than_was_set_aside",),  # a first capture stops at the check constraint
    ),
    Mistake(
        "each part is measured by all that was set aside",
        "apps/payments/services/capture_payment.py",
        'F("amount_received_minor") + capture.amount_minor',
        "capture.amount_minor",
        (_PARTS + "test_eight_parts_at_once_take_no_more_than_was_set_aside",),
    ),
    Mistake(
        "a part whose key was forgotten is taken again",
        "apps/payments/services/push_capture.py",
        "    if not final and _was_taken(",
        "    if final and _was_taken(",
        (_PARTS + "test_a_part_is_not_taken_again_by_a_key_that_the_provider_has_forgotten",),
    ),
    Mistake(
        "the last capture is booked with all that came before",
        "apps/payments/services/newly_received.py",
        "max(0, state.received.amount - known)",
        "state.received.amount",
        (_PARTS + "test_parts_are_taken_one_after_the_other_and_the_last_one_lets_go_of_the_rest",),
    ),
    Mistake(
        "a payment that is cancelled before it is opened is opened afterwards",
        "apps/payments/services/cancel_payment.py",
        "        status=PaymentStatus.CANCELED,\n",
        "        status=PaymentStatus.NEW,\n",
        ("apps/payments/tests/test_open_payment.py::test_a_cancel_that_came_first_forbids_opening",),
    ),
    Mistake(
        "who is slower than its lease writes over its successor",
        "apps/payments/services/handle_event.py",
        "pk=event.pk, status=ProviderEvent.PENDING, attempts=event.attempts).update(",
        "pk=event.pk).update(",
        (_HEARD + "test_who_is_slower_than_its_lease_does_not_undo_what_its_successor_wrote",),
    ),
    Mistake(
        "of money that is only set aside nothing can go back, whatever came of it",
        "apps/payments/services/refund_payment.py",
        "CAME = Q(status=PaymentStatus.SUCCEEDED) | Q(status=PaymentStatus.AUTHORIZED, amount_received_minor__gt=0)\n",
        "CAME = Q(status=PaymentStatus.SUCCEEDED)\n",
        (_PARTS + "test_of_parts_what_came_can_be_sent_back_while_the_rest_is_set_aside",),
    ),
)
