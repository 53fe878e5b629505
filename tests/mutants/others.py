"""Mistakes in catalog, cart, accounts and notifications."""

from __future__ import annotations

from .mistake import Mistake

_RESERVE = "apps/catalog/services/reserve_stock.py"
_PORTS = "apps/catalog/tests/test_ports.py::"

OTHERS = (
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
    Mistake(
        "catalog takes back what it has taken back",
        "apps/catalog/services/take_back.py",
        "    if done(movement_id):\n        return\n    hold",
        "    hold",
        ("apps/catalog/tests/test_take_back.py::test_the_same_said_twice_at_once_is_said_once",),
    ),
    Mistake(
        "more comes back than was sold to the order",
        "apps/catalog/services/take_back.py",
        "        sold[movement.sku, movement.location_id] += movement.sold_delta\n",
        "        continue\n",
        ("apps/catalog/tests/test_take_back.py::test_never_more_comes_back_than_was_sold_to_that_order",),
    ),
    Mistake(
        "a lapsed hold is sold without looking whether it is still there",
        "apps/catalog/services/commit_reservation.py",
        "    if lapsed:\n",
        "    if False:\n",
        (_PORTS + "test_a_lapsed_hold_whose_stock_is_gone_is_lost",),
    ),
    Mistake(
        "a release that comes first leaves no trace",
        "apps/catalog/services/release_reservation.py",
        "    hold.save(force_insert=True)\n    return hold.answer()\n",
        "    return hold.answer()\n",
        (_PORTS + "test_a_release_that_comes_first_forbids_the_hold",),
    ),
    Mistake(
        "a hold is moved without comparing its state",
        "apps/catalog/models/stock.py",
        "        mine = Hold.objects.filter(pk=self.pk, state=self.state, lapsed=self.lapsed)\n",
        "        mine = Hold.objects.filter(pk=self.pk)\n",
        (_PORTS + "test_a_hold_is_moved_only_from_the_state_that_was_read",),
    ),
    Mistake(
        "a cart is ordered though it is not the one that was quoted",
        "apps/cart/services/check_out.py",
        "status=Cart.Status.OPEN, revision=revision)",
        "status=Cart.Status.OPEN)",
        ("apps/cart/tests/test_check_out.py::test_a_cart_that_changed_since_the_quote_is_not_checked_out",),
    ),
    Mistake(
        "two orders get one cart",
        "apps/cart/services/check_out.py",
        "pk=cart_id, status=Cart.Status.OPEN, revision=revision)",
        "pk=cart_id)",
        ("apps/cart/tests/test_check_out.py::test_a_second_order_is_told_the_first",),
    ),
    Mistake(
        "a refresh token is good for two uses",
        "apps/accounts/services/refresh_session.py",
        "    rows = Session.objects.filter(pk=session.pk, token_hash=token.hash, end_reason",
        "    rows = Session.objects.filter(pk=session.pk, end_reason",
        ("apps/accounts/tests/test_refresh.py::test_two_that_are_under_way_together_get_the_same_successor",),
    ),
    Mistake(
        "a stolen refresh token ends nothing",
        "apps/accounts/services/refresh_session.py",
        "        _end_family(user, now)\n",
        "        pass\n",
        ("apps/accounts/tests/test_refresh.py::test_an_old_token_ends_the_session_and_its_owner_is_told",),
    ),
)
