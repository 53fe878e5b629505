"""The order's state machine as one table, read in one screen. Pure: no Django.

    pending -> reserved -> awaiting_payment -> paid -> confirmed -> partly_shipped -> shipped -> delivered

Before payment an order is given up through `cancelling`, after it through `refunding`; both end in
`cancelled`. Money that does not fit goes to `review`, where staff decides.
"""

from __future__ import annotations

from .contracts import OrderStatus, ReturnStatus

S = OrderStatus
R = ReturnStatus

MOVES: dict[OrderStatus, frozenset[OrderStatus]] = {
    S.PENDING: frozenset({S.RESERVED, S.PAID, S.CANCELLING, S.REVIEW}),
    S.RESERVED: frozenset({S.AWAITING_PAYMENT, S.PAID, S.CANCELLING, S.REVIEW}),
    S.AWAITING_PAYMENT: frozenset({S.PAID, S.CANCELLING, S.REVIEW}),
    S.PAID: frozenset({S.CONFIRMED, S.REFUNDING, S.REVIEW}),
    S.CONFIRMED: frozenset({S.PARTLY_SHIPPED, S.SHIPPED, S.REFUNDING, S.REVIEW}),  # authorized money may lapse
    S.PARTLY_SHIPPED: frozenset({S.PARTLY_SHIPPED, S.SHIPPED}),  # parcel by parcel
    S.SHIPPED: frozenset({S.DELIVERED}),
    S.DELIVERED: frozenset(),
    S.CANCELLING: frozenset({S.CANCELLED, S.PAID, S.REVIEW}),
    S.REFUNDING: frozenset({S.REFUNDING, S.CANCELLED, S.REVIEW}),  # again: it was captured just before it was let go
    S.CANCELLED: frozenset({S.REFUNDING, S.REVIEW}),  # late money; a refund that failed days later
    S.REVIEW: frozenset({S.PAID, S.REFUNDING}),
}
"""From where to where an order may go. Nothing else moves it: see services/move_order.py."""

MEANING: dict[OrderStatus, str] = {
    S.PENDING: "The order is written; its cart and stock are asked for.",
    S.RESERVED: "Stock is held; the payment is being opened.",
    S.AWAITING_PAYMENT: "The buyer may pay until the pay window ends.",
    S.PAID: "All money is here, or set aside for us; the held stock is being sold to it.",
    S.CONFIRMED: "Paid and sold: to be packed.",
    S.PARTLY_SHIPPED: "A part of it is on its way; it cannot be cancelled any more.",
    S.SHIPPED: "All of it is on its way.",
    S.DELIVERED: "At the buyer's.",
    S.CANCELLING: "Given up before payment: the payment is closed, then the stock is given back.",
    S.REFUNDING: "Given up after payment: the money is let go or sent back, then the stock is given back.",
    S.CANCELLED: "Over; nothing held, no money kept.",
    S.REVIEW: "Money came that does not fit, could not be sent back, or is no longer set aside: staff decides.",
}

GIVE_UP: dict[OrderStatus, OrderStatus] = {
    S.PENDING: S.CANCELLING,
    S.RESERVED: S.CANCELLING,
    S.AWAITING_PAYMENT: S.CANCELLING,
    S.PAID: S.REFUNDING,
    S.CONFIRMED: S.REFUNDING,
    S.REVIEW: S.REFUNDING,
}
"""Where a cancellation leads, by the present state."""

GIVEN_UP = frozenset({S.CANCELLING, S.REFUNDING, S.CANCELLED})
"""A repeated cancellation is answered with what is."""

OPEN_FOR_MONEY = frozenset({S.PENDING, S.RESERVED, S.AWAITING_PAYMENT, S.CANCELLING})
"""PaymentSucceeded is news in these; in `cancelled` it is late money; elsewhere it is stale."""


def may_move(frm: OrderStatus, to: OrderStatus) -> bool:
    """Whether the table has this move."""
    return to in MOVES[frm]


STANDING = frozenset({S.CONFIRMED, S.PARTLY_SHIPPED, S.SHIPPED, S.DELIVERED})
"""Paid, sold, and not given up."""
SHIPPED_SOMEHOW = frozenset({S.PARTLY_SHIPPED, S.SHIPPED, S.DELIVERED})
GOES_ON = STANDING | {S.PAID}
"""A refund of a part that failed is no reason to stop these."""
TO_BE_SHIPPED = frozenset({S.CONFIRMED, S.PARTLY_SHIPPED})


RETURN_MOVES: dict[ReturnStatus, frozenset[ReturnStatus]] = {
    R.REQUESTED: frozenset({R.AUTHORISED, R.REJECTED, R.WITHDRAWN}),
    R.AUTHORISED: frozenset({R.RECEIVED, R.REJECTED, R.WITHDRAWN}),
    R.RECEIVED: frozenset({R.RESTOCKED}),
    R.RESTOCKED: frozenset({R.REFUNDING, R.CLOSED}),
    R.REFUNDING: frozenset({R.REFUNDED, R.RESTOCKED}),  # back when the refund was refused
    R.REFUNDED: frozenset({R.RESTOCKED}),  # the provider took the refund and failed days later
    R.REJECTED: frozenset(),
    R.WITHDRAWN: frozenset(),
    R.CLOSED: frozenset(),
}
"""From where to where a return may go. Nothing else moves it: see services/move_return.py."""

RETURN_MEANING: dict[ReturnStatus, str] = {
    R.REQUESTED: "The buyer has asked; staff answers.",
    R.AUTHORISED: "The buyer may send it back.",
    R.REJECTED: "Staff has said no, and why.",
    R.WITHDRAWN: "The buyer keeps it.",
    R.RECEIVED: "It came; what can be sold again is being put on the shelf.",
    R.RESTOCKED: "What can be sold again is on the shelf; the refund is to be decided.",
    R.REFUNDING: "The refund is asked for.",
    R.REFUNDED: "The money is on its way back, or there.",
    R.CLOSED: "It came, and nothing is sent back for it.",
}

GIVEN_BACK_TO_BUYER = frozenset({R.REJECTED, R.WITHDRAWN})
"""What was in these may be asked for again."""


def may_move_return(frm: ReturnStatus, to: ReturnStatus) -> bool:
    """Whether the table has this move."""
    return to in RETURN_MOVES[frm]


def tax_of_returned(tax: int, *, quantity: int, before: int, count: int) -> int:
    """The tax in `count` of `quantity` units, when `before` came back earlier: all parts sum to `tax` exactly."""
    return tax * (before + count) // quantity - tax * before // quantity
