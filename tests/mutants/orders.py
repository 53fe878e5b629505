"""Mistakes in orders: the saga, parcels, returns, refunds, and who may see what."""

from __future__ import annotations

from .mistake import Mistake

_SAGA = "apps/orders/tests/test_saga.py::"
_PARTS = "apps/orders/tests/test_refund_order.py::"
_LET_GO = "apps/orders/tests/test_money_let_go.py::"
_CAPTURES = "apps/orders/tests/test_captures.py::"
_PROMISES = "apps/orders/tests/test_promises.py::"
_RETURNS = "apps/orders/tests/test_returns.py::"

ORDERS = (
    Mistake(
        "stock for a bank transfer is held no longer than for a card",
        "apps/orders/services/payment_terms.py",
        "    return int(_window(method).total_seconds()) + longer\n",
        "    return settings.PAY_WINDOW_SECONDS + longer\n",
        ("apps/orders/tests/test_payment_terms.py",),
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
        "money that is set aside stays so when its order is cancelled",
        "apps/orders/services/steps.py",
        "    if order.authorized_minor > order.paid_minor or kept:\n",
        "    if kept:\n",
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
        "    email = normalised_email(buyer.email)\n"
        "    check_terms(payment_method, quote, email=email, customer_id=buyer.customer_id)\n"
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
        "more leaves in parcels than was ordered",
        "apps/orders/services/ship_parcel.py",
        "        if count > left:\n",
        "        if not line:\n",
        ("apps/orders/tests/test_parcels.py::test_more_than_is_left_does_not_leave",),
    ),
    Mistake(
        "two of staff send back more than is kept of an order",
        "apps/orders/services/write_refund.py",
        "        same = Order.objects.filter(pk=order.pk, revision=order.revision)\n",
        "        same = Order.objects.filter(pk=order.pk)\n",
        (_PARTS + "test_who_read_before_another_refund_was_written_looks_again",),
    ),
    Mistake(
        "a part may be more than what is kept of an order",
        "apps/orders/services/refund_order.py",
        "    if amount.amount > kept:\n",
        "    if False:\n",
        (_PARTS + "test_who_read_before_another_refund_was_written_looks_again",),
    ),
    Mistake(
        "of an order that is given up a part goes back too",
        "apps/orders/services/refund_order.py",
        "    if order.state not in STANDING:\n",
        "    if False:\n",
        (_PARTS + "test_of_an_order_that_is_cancelled_meanwhile_no_part_is_sent_back_too",),
    ),
    Mistake(
        "a refund is written though its return was not",
        "apps/orders/services/write_refund.py",
        "            raise _ChangedMeanwhile\n",
        "            return True\n",
        (_RETURNS + "test_a_return_that_is_closed_meanwhile_is_not_paid_back",),
    ),
    Mistake(
        "news of a refund is undone by an answer that was slower",
        "apps/orders/services/push_refund.py",
        "        waiting = OrderRefund.objects.filter(pk=row.pk, state=State.ASKED)\n        if not",
        "        waiting = OrderRefund.objects.filter(pk=row.pk)\n        if not",
        (_PARTS + "test_news_that_are_faster_than_the_answer_are_not_undone_by_it",),
    ),
    Mistake(
        "a return is written though its units are in another",
        "apps/orders/services/request_return.py",
        "        if not take(line.pk, wanted[line.sku]):\n            raise _TakenMeanwhile\n",
        "        take(line.pk, wanted[line.sku])\n",
        (_RETURNS + "test_who_read_before_another_return_of_the_same_unit_is_refused",),
    ),
    Mistake(
        "a return is moved without comparing its revision",
        "apps/orders/services/move_return.py",
        "mine = Return.objects.filter(pk=back.pk, revision=back.revision)",
        "mine = Return.objects.filter(pk=back.pk)",
        (
            _RETURNS + "test_received_twice_at_once_is_received_and_put_on_the_shelf_once",
            _RETURNS + "test_a_return_that_is_paid_back_meanwhile_is_neither_closed_nor_paid_again",
            _RETURNS + "test_a_return_that_came_meanwhile_is_not_rejected",
        ),
    ),
    Mistake(
        "what came back goes on the shelf again at each try",
        "apps/orders/services/restock_return.py",
        "            catalog.take_back(movement_id=back.restock_id,",
        '            catalog.take_back(movement_id=__import__("uuid").uuid4(),',
        (_RETURNS + "test_with_catalog_away_a_worker_puts_it_on_the_shelf_with_the_same_key",),
    ),
    Mistake(
        "shipping is paid back with each return",
        "apps/orders/services/refund_return.py",
        "    if shipping and not any(other.shipping_refunded for other in others):\n",
        "    if shipping:\n",
        (_RETURNS + "test_shipping_that_went_back_with_one_return_is_no_part_of_the_next",),
    ),
    Mistake(
        "each parcel asks for the money",
        "apps/orders/services/capture_order.py",
        '    capture_id, left = derived_id(order.pk, "capture"),',
        '    capture_id, left = derived_id(order.pk, f"capture-{order.revision}"),',
        ("apps/orders/tests/test_captures.py::test_the_first_parcel_asks_for_the_capture_and_later_ones_do_not",),
    ),
    Mistake(
        "what finance captures in parts goes back part by part",
        "apps/orders/services/steps.py",
        "    unknown = paid_minor is None and order.authorized_minor > order.paid_minor\n",
        "    unknown = False\n",
        ("apps/orders/tests/test_captures.py",),
    ),
    Mistake(
        "an order that somebody works on is taken by another",
        "apps/orders/services/advance_order.py",
        "    seen = Order.objects.filter(pk=order.pk, revision=order.revision, due=order.due)\n",
        "    seen = Order.objects.filter(pk=order.pk)\n",
        ("apps/orders/tests/test_leases.py::test_of_two_workers_who_find_an_order_due_one_takes_it",),
    ),
    Mistake(
        "a parcel that is asked for again is another parcel",
        "apps/orders/services/ship_parcel.py",
        "        if (known := Parcel.objects.filter(pk=parcel_id, order_id=order.pk).first()) is not None:\n",
        "        if (known := None) is not None:\n",
        ("apps/orders/tests/test_parcels.py::test_the_same_request_twice_is_one_parcel",),
    ),
    Mistake(
        "a parcel leaves before the order hears that its money was let go",
        "apps/orders/services/ask_promise.py",
        "    if payment.status is PaymentStatus.CANCELED or (",
        "    if (",
        (_CAPTURES + "test_nothing_is_shipped_on_money_that_was_let_go_while_the_news_is_under_way",),
    ),
    Mistake(
        "a second parcel leaves on money that was let go after the first",
        "apps/orders/services/ship_parcel.py",
        "    if order.money_let_go:\n",
        "    if not order:\n",
        (_LET_GO + "test_once_its_money_was_let_go_no_second_parcel_leaves_until_staff_accepts_it",),
    ),
    Mistake(
        "a parcel leaves while its money is being let go",
        "apps/orders/services/ask_promise.py",
        "    if payment.letting_go:\n",
        "    if not payment:\n",
        (_CAPTURES + "test_nothing_is_shipped_while_its_money_is_being_let_go_and_nobody_knows_yet",),
    ),
    Mistake(
        "a parcel leaves on a promise that was withdrawn meanwhile",
        "apps/orders/services/ask_promise.py",
        "    if not _kept(order.pk, number).update(due=due):\n",
        "    if not CapturePromise.objects.filter(pk=order.pk).update(due=due):\n",
        (_PROMISES + "test_a_void_that_came_after_that_withdrawal_keeps_the_parcel_here",),
    ),
    Mistake(
        "a promise is withdrawn though a parcel has left on it",
        "apps/orders/services/ask_promise.py",
        "    due = None if asked else lease_end()\n",
        "    due = lease_end()\n",
        (_PROMISES + "test_a_parcel_leaves_on_one_promise_that_stays_until_its_money_is_taken",),
    ),
    Mistake(
        "payments is asked for a promise before it is written down",
        "apps/orders/services/ask_promise.py",
        "    number = _open(order.pk)\n",
        "    payments.promise_capture(order_id=order.pk, number=1)\n    number = _open(order.pk)\n",
        (_PROMISES + "test_who_dies_at_any_point_ships_once_and_leaves_no_promise_behind",),
    ),
    Mistake(
        "a parcel leaves before the order hears that its money has lapsed",
        "apps/orders/services/ask_promise.py",
        "    if payment.lapsed:\n",
        "    if not payment:\n",
        (_PROMISES + "test_nothing_is_shipped_on_what_lapsed_while_the_news_is_under_way",),
    ),
    Mistake(
        "after a capture that was refused finance may never let go",
        "apps/orders/services/capture_order.py",
        "            end_promise(row.order_id)\n",
        "",
        (_PROMISES + "test_after_a_capture_that_was_refused_finance_may_let_go_again",),
    ),
    Mistake(
        "who packs is content with what came",
        "apps/orders/admin/orders.py",
        'be content with what was paid", permissions=["refund"])',
        'be content with what was paid", permissions=["cancel"])',
        ("apps/orders/tests/test_admin.py::test_who_packs_decides_of_no_money_that_does_not_fit",),
    ),
    Mistake(
        "who may look at products publishes them",
        "apps/catalog/admin/products.py",
        '@admin.action(description="Withdraw", permissions=["change"])',
        '@admin.action(description="Withdraw")',
        ("apps/catalog/tests/test_admin.py::test_who_may_only_look_at_products_publishes_and_withdraws_none",),
    ),
)
