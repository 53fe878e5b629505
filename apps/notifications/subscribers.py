"""What notifications listens to: each fact becomes written messages, and nothing is sent here."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from apps.accounts.contracts import (
    AccountDeleted,
    AddressVerified,
    DeletionRequested,
    EmailChangeAsked,
    EmailChanged,
    EmailConfirmationAsked,
    KnownAddressTried,
    PasswordChanged,
    PasswordResetAsked,
    ProfileChanged,
    RefreshTokenReused,
    StaffInvited,
    UserRegistered,
    VerificationAsked,
)
from apps.catalog.contracts import StockLow, StockRecovered
from apps.orders.contracts import (
    BankTransferAwaited,
    OrderCancelled,
    OrderConfirmed,
    OrderedLine,
    OrderPaymentFailed,
    OrderRefunded,
    PackedLine,
    ParcelDelivered,
    ParcelLabelled,
    ParcelShipped,
    ReturnAuthorised,
    ReturnReceived,
    ReturnRejected,
)
from shop.events import subscribe
from shop.jobs import wake

from .rules import Kind, in_fours
from .services.forget_reader import forget_reader
from .services.know_reader import know_reader
from .services.write_account_mail import Link, Reader, write_account_mail
from .services.write_message import Contact, write_messages
from .tasks import send_due_messages


@subscribe(OrderConfirmed)
def tell_that_the_order_is_confirmed(event: OrderConfirmed) -> None:
    """Paid, and it will be shipped."""
    facts = {
        "lines": [_line(line) for line in event.lines],
        "subtotal": event.subtotal,
        "shipping": event.shipping,
        "tax": event.tax,
        "tax_included": event.tax_included,
        "total": event.total,
    }
    _tell(Kind.ORDER_CONFIRMED, event, facts)


@subscribe(OrderCancelled)
def tell_that_the_order_is_cancelled(event: OrderCancelled) -> None:
    """It will not be shipped, and why."""
    facts = {"reason": event.reason, "total": event.total, "refunded": event.refunded}
    _tell(Kind.ORDER_CANCELLED, event, facts)


@subscribe(OrderRefunded)
def tell_that_money_is_on_its_way_back(event: OrderRefunded) -> None:
    """How much, and for which order."""
    _tell(Kind.ORDER_REFUNDED, event, {"reason": event.reason, "amount": event.amount})


@subscribe(OrderPaymentFailed)
def tell_that_a_payment_failed(event: OrderPaymentFailed) -> None:
    """And until when another may be tried; each declined attempt is told."""
    facts = {"reason": event.reason, "pay_before": event.pay_before}
    _tell(Kind.PAYMENT_FAILED, event, facts)


@subscribe(BankTransferAwaited)
def ask_for_a_bank_transfer(event: BankTransferAwaited) -> None:
    """Where to send the money, what to write on it, and until when."""
    facts = {
        "holder": event.holder,
        "iban": in_fours(event.iban),
        "bic": event.bic,
        "reference": event.reference,
        "amount": event.amount,
        "pay_before": event.pay_before,
    }
    _tell(Kind.BANK_TRANSFER_AWAITED, event, facts)


@subscribe(ParcelShipped)
def tell_that_a_parcel_is_on_its_way(event: ParcelShipped) -> None:
    """What is in it, and where it can be followed."""
    facts = {
        "lines": _packed(event.lines),
        "carrier": event.carrier,
        "tracking_number": event.tracking_number,
        "tracking_url": event.tracking_url,
        "complete": event.complete,
    }
    _tell(Kind.PARCEL_SHIPPED, event, facts)


@subscribe(ParcelLabelled)
def tell_how_a_parcel_is_followed(event: ParcelLabelled) -> None:
    """Otherwise than was told when it left."""
    facts = {
        "carrier": event.carrier,
        "tracking_number": event.tracking_number,
        "tracking_url": event.tracking_url,
    }
    _tell(Kind.PARCEL_LABELLED, event, facts)


@subscribe(ParcelDelivered)
def tell_that_a_parcel_arrived(event: ParcelDelivered) -> None:
    """And whether it was the last one."""
    _tell(Kind.PARCEL_DELIVERED, event, {"complete": event.complete})


@subscribe(ReturnAuthorised)
def tell_that_it_may_be_sent_back(event: ReturnAuthorised) -> None:
    """What, with what the shop says to it."""
    _tell(Kind.RETURN_AUTHORISED, event, {"lines": _packed(event.lines), "message": event.message})


@subscribe(ReturnRejected)
def tell_that_it_shall_not_be_sent_back(event: ReturnRejected) -> None:
    """And why."""
    _tell(Kind.RETURN_REJECTED, event, {"lines": _packed(event.lines), "reason": event.reason})


@subscribe(ReturnReceived)
def tell_that_a_return_arrived(event: ReturnReceived) -> None:
    """What came."""
    _tell(Kind.RETURN_RECEIVED, event, {"lines": _packed(event.lines)})


@subscribe(VerificationAsked)
def ask_whether_the_address_is_theirs(event: VerificationAsked) -> None:
    """With the link that says yes."""
    _send_link(Kind.ADDRESS_VERIFICATION, event, "verify")


@subscribe(KnownAddressTried)
def tell_that_the_address_has_an_account(event: KnownAddressTried) -> None:
    """With a link for who does not know the password."""
    _send_link(Kind.ADDRESS_KNOWN, event, "reset-password")


@subscribe(PasswordResetAsked)
def offer_a_new_password(event: PasswordResetAsked) -> None:
    """With the link that takes it."""
    _send_link(Kind.PASSWORD_RESET, event, "reset-password")


@subscribe(PasswordChanged)
def tell_that_the_password_was_changed(event: PasswordChanged) -> None:
    """In case that it was not the owner."""
    _inform(Kind.PASSWORD_CHANGED, _owner(event), event.changed_at)


@subscribe(RefreshTokenReused)
def tell_that_a_device_was_logged_out(event: RefreshTokenReused) -> None:
    """Since its refresh token was used twice."""
    reader = Reader(event.session_id, event.email, event.language, account=event.user_id)
    _inform(Kind.SESSION_REUSED, reader, event.reused_at, device=event.device)


@subscribe(EmailChangeAsked)
def tell_that_another_address_is_wanted(event: EmailChangeAsked) -> None:
    """To the present address, which could still stop it."""
    _inform(Kind.EMAIL_CHANGE_ASKED, _owner(event), event.asked_at, new_email=event.new_email)


@subscribe(EmailConfirmationAsked)
def ask_whether_the_next_address_is_theirs(event: EmailConfirmationAsked) -> None:
    """With the link that says yes."""
    _send_link(Kind.EMAIL_CHANGE_CONFIRMATION, event, "confirm-email")


@subscribe(EmailChanged)
def tell_that_the_address_was_changed(event: EmailChanged) -> None:
    """To both, the old one and the new one."""
    for email in (event.old_email, event.new_email):
        reader = Reader(event.user_id, email, event.language, account=event.user_id)
        facts = {"old_email": event.old_email, "new_email": event.new_email}
        _inform(Kind.EMAIL_CHANGED, reader, event.changed_at, **facts)
    know_reader(event.user_id, language=event.language, email=event.new_email, verified=True)


@subscribe(StaffInvited)
def offer_roles(event: StaffInvited) -> None:
    """With the link that accepts them."""
    reader = Reader(event.invitation_id, event.email, "en")
    facts = {"invited_by": event.invited_by, "roles": ", ".join(event.roles), "until": event.expires_at}
    link = Link("accept-invitation", event.token, event.expires_at)
    _write(Kind.STAFF_INVITED, reader, event.expires_at, link, facts)


@subscribe(DeletionRequested)
def tell_that_the_account_will_be_erased(event: DeletionRequested) -> None:
    """And until when that can be taken back."""
    _write(Kind.DELETION_ASKED, _owner(event), event.erase_at, None, {"until": event.erase_at})


@subscribe(UserRegistered)
def know_who_registered(event: UserRegistered) -> None:
    """In which language they read; whether the address is theirs is not known yet."""
    know_reader(event.user_id, language=event.language, email=event.email)


@subscribe(AddressVerified)
def know_whose_address_it_is(event: AddressVerified) -> None:
    """What was chosen for it by a link is theirs now."""
    know_reader(event.user_id, email=event.email, verified=True)


@subscribe(ProfileChanged)
def know_the_language(event: ProfileChanged) -> None:
    """Of all that is written from now on."""
    know_reader(event.user_id, language=event.language)


@subscribe(AccountDeleted)
def forget_when_deleted(event: AccountDeleted) -> None:
    """What was told stays as a fact, to nobody."""
    forget_reader(user_id=event.user_id, email=event.email)


@subscribe(StockLow)
def tell_staff_that_stock_is_low(event: StockLow) -> None:
    """Everybody that STAFF_ALERTS_EMAIL names."""
    _alert(Kind.STOCK_LOW, event)


@subscribe(StockRecovered)
def tell_staff_that_stock_has_recovered(event: StockRecovered) -> None:
    """The same people."""
    _alert(Kind.STOCK_RECOVERED, event)


def _alert(kind: Kind, event: StockLow | StockRecovered) -> None:
    facts = {"sku": event.sku, "product": event.product, "available": event.available, "threshold": event.threshold}
    for email in settings.STAFF_ALERTS:
        _write(kind, Reader(event.crossing_id, email, "en", chooses=True), event.crossed_at, None, facts)


OfLink = VerificationAsked | KnownAddressTried | PasswordResetAsked | EmailConfirmationAsked


def _owner(event: OfLink | PasswordChanged | EmailChangeAsked | DeletionRequested) -> Reader:
    return Reader(event.user_id, event.email, event.language, account=event.user_id)


def _send_link(kind: Kind, event: OfLink, page: str) -> None:
    _write(kind, _owner(event), event.asked_at, Link(page, event.token, event.expires_at), {})


def _inform(kind: Kind, reader: Reader, at: datetime, **facts: str) -> None:
    _write(kind, reader, at, None, facts)


def _write(kind: Kind, reader: Reader, at: datetime, link: Link | None, facts: dict[str, Any]) -> None:
    if write_account_mail(kind, reader, at, link=link, facts=facts):
        wake(send_due_messages)


OfReturn = ReturnAuthorised | ReturnRejected | ReturnReceived
OfPayment = OrderPaymentFailed | BankTransferAwaited | OrderRefunded
OfOrder = OrderConfirmed | OrderCancelled | OfPayment | ParcelShipped | ParcelLabelled | ParcelDelivered | OfReturn


def _tell(kind: Kind, event: OfOrder, facts: dict[str, Any]) -> None:
    to = Contact(
        order_id=event.order_id,
        order_number=event.number,
        customer_id=event.customer_id,
        email=event.email,
        phone=event.phone,
        about=_about(event),
        erased=event.erased,
    )
    if write_messages(kind, to, facts):
        wake(send_due_messages)


def _about(event: OfOrder) -> UUID:
    """What happened once: the order, or what it has several of."""
    match event:
        case ParcelShipped() | ParcelDelivered():
            return event.parcel_id
        case ParcelLabelled():
            return event.labelling_id
        case OrderRefunded():
            return event.refund_id
        case OrderPaymentFailed():
            return event.failure_id
        case ReturnAuthorised() | ReturnRejected() | ReturnReceived():
            return event.return_id
    return event.order_id


def _line(line: OrderedLine) -> dict[str, Any]:
    return {"name": line.name, "sku": line.sku, "quantity": line.quantity, "total": line.total}


def _packed(lines: tuple[PackedLine, ...]) -> list[dict[str, Any]]:
    return [{"name": line.name, "sku": line.sku, "quantity": line.quantity} for line in lines]
