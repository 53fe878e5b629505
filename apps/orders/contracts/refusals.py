"""What orders says no to. No Django here."""

from __future__ import annotations

from typing import ClassVar

from shop.errors import DomainError


class PaymentMethodRefused(DomainError):
    """This order cannot be paid so (params: reason): take another method."""

    code: ClassVar[str] = "orders.payment_method_refused"
    title: ClassVar[str] = "Not by this payment method"
    status: ClassVar[int] = 422


class OrderNotFound(DomainError):
    """No such order, or not yours."""

    code: ClassVar[str] = "orders.not_found"
    title: ClassVar[str] = "No such order"
    status: ClassVar[int] = 404


class ParcelNotFound(DomainError):
    """This order has no such parcel."""

    code: ClassVar[str] = "orders.parcel_not_found"
    title: ClassVar[str] = "No such parcel"
    status: ClassVar[int] = 404


class NothingLeftToShip(DomainError):
    """The parcel holds more than is left to be sent of this order (errors: one per line)."""

    code: ClassVar[str] = "orders.nothing_left_to_ship"
    title: ClassVar[str] = "More than is left to ship"
    status: ClassVar[int] = 409


class NothingToReorder(DomainError):
    """Nothing of this order is for sale now (errors: one per line)."""

    code: ClassVar[str] = "orders.nothing_to_reorder"
    title: ClassVar[str] = "Nothing of it is for sale"
    status: ClassVar[int] = 409


class ReturnNotFound(DomainError):
    """This order has no such return."""

    code: ClassVar[str] = "orders.return_not_found"
    title: ClassVar[str] = "No such return"
    status: ClassVar[int] = 404


class NotReturnable(DomainError):
    """More than was shipped and is not in a return already, or a thing that is not of this order (errors: per line)."""

    code: ClassVar[str] = "orders.not_returnable"
    title: ClassVar[str] = "Cannot be returned"
    status: ClassVar[int] = 409


class ReturnWindowOver(DomainError):
    """The time in which buyers may ask for a return is over (params: until)."""

    code: ClassVar[str] = "orders.return_window_over"
    title: ClassVar[str] = "Too late to return"
    status: ClassVar[int] = 409


class RefundTooMuch(DomainError):
    """More than is kept of this order's money cannot be sent back (params: left)."""

    code: ClassVar[str] = "orders.refund_too_much"
    title: ClassVar[str] = "More than is kept"
    status: ClassVar[int] = 409


class CancelInstead(DomainError):
    """Nothing of it was shipped: who wants all of the money back cancels it, so that the stock comes back too."""

    code: ClassVar[str] = "orders.cancel_instead"
    title: ClassVar[str] = "Cancel it instead"
    status: ClassVar[int] = 409


class IllegalMove(DomainError):
    """The order's present state does not allow this (params: status, and reason where its money is why)."""

    code: ClassVar[str] = "orders.illegal_move"
    title: ClassVar[str] = "Not possible now"
    status: ClassVar[int] = 409


class CartNotReady(DomainError):
    """The cart has problems (errors: one per problem) and cannot be ordered."""

    code: ClassVar[str] = "orders.cart_not_ready"
    title: ClassVar[str] = "Cart is not ready"
    status: ClassVar[int] = 409


class PriceChanged(DomainError):
    """The buyer has not agreed to what it costs now (params: actual, and expected if they named a total).

    With `errors`, those lines cost something else than the buyer saw: acknowledge that in the cart first.
    """

    code: ClassVar[str] = "orders.price_changed"
    title: ClassVar[str] = "Price has changed"
    status: ClassVar[int] = 409
