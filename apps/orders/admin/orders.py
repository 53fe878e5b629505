"""Orders for staff: to look at, with the saga's columns and the timeline, and to cancel with a reason."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.orders.contracts import CancelReason, OrderStatus
from apps.orders.models import Order, OrderCapture, OrderEvent, OrderLine, OrderRefund, Parcel
from apps.orders.rules import GIVE_UP, MEANING, MOVES, STANDING
from apps.orders.services.cancel_order import cancel_order
from apps.orders.services.deliver_parcel import deliver_parcel
from apps.orders.services.settle_review import accept_as_paid, refunded_by_hand
from apps.orders.services.ship_parcel import Label, ship_parcel
from shop.errors import DomainError, Unavailable
from shop.ids import uuid7
from shop.staff import EMPTY, CurrencyFilter, ReadOnly, money, person_link, refusal_of, row_link, search_link, words

from .by_hand import FormsOfItsOwn
from .packing import form_of_parcel, ship
from .refunds import form_of_refund, refund_part
from .words import form_of_note, forms_of_labels, label, note

if TYPE_CHECKING:
    Inline = admin.TabularInline[Model, Order]
    Page = admin.ModelAdmin[Order]
else:
    Inline, Page = admin.TabularInline, admin.ModelAdmin


AMOUNTS = ("subtotal", "shipping", "tax", "total", "authorized", "paid")


class LineInline(ReadOnly, Inline):
    model = OrderLine
    fields = ("position", "sku", "name", "quantity", "shipped", "unit_price", "line_total", "tax_rate", "tax")
    readonly_fields = ("unit_price", "line_total", "tax")
    ordering = ("position",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the order, which knows the currency."""
        return super().get_queryset(request).select_related("order")

    @admin.display(description="Unit price")
    def unit_price(self, line: OrderLine) -> str:
        return money(line.unit_price_minor, line.order.currency)

    @admin.display(description="Total")
    def line_total(self, line: OrderLine) -> str:
        return money(line.total_minor, line.order.currency)

    @admin.display(description="Tax")
    def tax(self, line: OrderLine) -> str:
        return money(line.tax_minor, line.order.currency)


class TimelineInline(ReadOnly, Inline):
    model = OrderEvent
    fields = ("at", "move", "who", "why", "detail", "visible")
    readonly_fields = ("move", "who", "why")
    ordering = ("at", "id")
    verbose_name_plural = "timeline"

    @admin.display(description="What happened")
    def move(self, event: OrderEvent) -> str:
        """A move, or news that moved nothing."""
        if event.frm == event.to:
            return f"{words(event.to)} (as before)"
        return f"{words(event.frm)} → {words(event.to)}" if event.frm else words(event.to)

    @admin.display(description="By")
    def who(self, event: OrderEvent) -> str:
        return person_link(event.actor)

    @admin.display(description="Reason")
    def why(self, event: OrderEvent) -> str:
        return words(event.reason)


class RefundInline(ReadOnly, Inline):
    model = OrderRefund
    fields = ("at", "amount", "why", "state")
    readonly_fields = ("amount", "why")
    ordering = ("at",)

    @admin.display(description="Amount")
    def amount(self, refund: OrderRefund) -> str:
        return money(refund.amount_minor, refund.currency)

    @admin.display(description="Reason")
    def why(self, refund: OrderRefund) -> str:
        return words(refund.reason)


class CaptureInline(ReadOnly, Inline):
    model = OrderCapture
    fields = ("at", "amount", "state", "attempts", "last_error")
    readonly_fields = ("amount",)
    ordering = ("at",)

    @admin.display(description="Amount")
    def amount(self, capture: OrderCapture) -> str:
        return money(capture.amount_minor, capture.currency)


class ParcelInline(ReadOnly, Inline):
    model = Parcel
    fields = ("shipped_at", "state", "carrier", "tracking_number", "tracking_url", "inside", "delivered_at")
    readonly_fields = ("inside",)
    ordering = ("id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With what is in each."""
        return super().get_queryset(request).prefetch_related("lines")

    @admin.display(description="In it")
    def inside(self, parcel: Parcel) -> str:
        return ", ".join(str(line) for line in parcel.lines.all())


class Decision(Protocol):
    """What staff decides of one order."""

    def __call__(self, order: Order, /, *, actor: str, detail: str) -> None: ...


class CancelForm(ActionForm):
    """The action's reason; without one nothing is done."""

    reason = forms.CharField(required=False, max_length=200, label="Reason")


def _address(parts: dict[str, str]) -> SafeString:
    names = ("name", "company", "line1", "line2", "district")
    town = f"{parts.get('postal_code', '')} {parts.get('city', '')}".strip()
    lines = [*(parts.get(name, "") for name in names), town, parts.get("region", ""), parts.get("country", "")]
    return format_html('<div class="address">{}</div>', "\n".join(line for line in lines if line) or EMPTY)


@admin.register(Order)
class OrderAdmin(FormsOfItsOwn, ReadOnly, Page):
    list_display = ("number", "status", "email", "total", "created_at", "waiting")
    list_filter = ("created_at", "status", "money_let_go", "cancel_reason", CurrencyFilter)
    search_fields = ("number",)
    search_help_text = "Number, e-mail address or id, as a whole."
    ordering = ("-created_at", "-id")
    list_per_page = 50
    show_full_result_count = False
    inlines = (LineInline, ParcelInline, TimelineInline, CaptureInline, RefundInline)
    action_form = CancelForm
    actions = ("ship_the_rest", "mark_delivered", "cancel_with_reason", "accept_with_reason", "close_with_reason")
    fieldsets = (
        (None, {"fields": ("number", "status", "email", "phone", "ship_to", "bill_to", "note")}),
        ("Money", {"fields": (*AMOUNTS, "money_let_go")}),
        ("Look also at", {"fields": ("elsewhere",)}),
        ("Times", {"fields": ("created_at", "pay_until", "paid_at", "confirmed_at", "cancelled_at", "updated_at")}),
        ("Saga", {"fields": ("due", "attempts", "last_error", "revision", "cancel_reason", "failure", "told")}),
        ("Table of states", {"classes": ("collapse",), "fields": ("states",)}),
    )
    readonly_fields = (
        "ship_to",
        "bill_to",
        "subtotal",
        "shipping",
        "tax",
        "total",
        "authorized",
        "paid",
        "elsewhere",
        "states",
    )

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        """To look is not to cancel."""
        user: Any = request.user
        return bool(user.has_perm("orders.change_order"))

    def has_ship_permission(self, request: HttpRequest) -> bool:
        """Who packs."""
        user: Any = request.user
        return bool(user.has_perm("orders.change_parcel"))

    def has_refund_permission(self, request: HttpRequest) -> bool:
        """Who sends money back, or decides of money that does not fit."""
        user: Any = request.user
        return bool(user.has_perm("orders.change_orderrefund"))

    def get_urls(self) -> list[Any]:
        """With the forms that send a part of the money back, note something, pack a parcel and put its label right."""
        return [
            self.form_url("refund", refund_part, self.has_refund_permission),
            self.form_url("note", note, self.has_view_permission),
            self.form_url("label", label, self.has_ship_permission),
            self.form_url("ship", ship, self.has_ship_permission),
            *super().get_urls(),
        ]

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002
        queryset: QuerySet[Order],
        search_term: str,
    ) -> tuple[QuerySet[Order], bool]:
        """By one of three indexes, never through all orders."""
        term = search_term.strip()
        if not term:
            return queryset, False
        found = Q(number=term.upper()) | Q(email__in={term, term.lower()})
        with suppress(ValueError):
            found |= Q(pk=UUID(term))
        return queryset.filter(found), False

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        order: Order | None = kwargs.get("obj")
        if order is not None:
            may = order.state in GIVE_UP and self.has_cancel_permission(request)
            context |= {"may_cancel": may, "meaning": MEANING[order.state], **form_of_note()}
            if self.has_ship_permission(request):
                context |= forms_of_labels(order) | form_of_parcel(order)
                context["may_deliver"] = any(one["parcel"].state == Parcel.State.SHIPPED for one in context["labels"])
            settle = order.state is OrderStatus.REVIEW
            if (settle or order.money_let_go) and self.has_refund_permission(request):
                context |= {"may_accept": True, "may_settle": settle, "paid": order.money("paid")}
            if order.state in STANDING and self.has_refund_permission(request):
                context |= form_of_refund(order)
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer

    @admin.display(description="The saga", ordering="due")
    def waiting(self, order: Order) -> str:
        """When it goes on by itself, and what it stumbled over."""
        if order.due is None:
            return "rests"
        trouble = f", {order.attempts} failed: {order.last_error[:80]}" if order.attempts else ""
        return f"due {localize(order.due)}{trouble}"

    @admin.display(description="Ship to")
    def ship_to(self, order: Order) -> SafeString:
        return _address(order.shipping_address)

    @admin.display(description="Bill to")
    def bill_to(self, order: Order) -> SafeString:
        return _address(order.billing_address)

    @admin.display(description="Subtotal")
    def subtotal(self, order: Order) -> str:
        return str(order.money("subtotal"))

    @admin.display(description="Shipping")
    def shipping(self, order: Order) -> str:
        return str(order.money("shipping"))

    @admin.display(description="Tax")
    def tax(self, order: Order) -> str:
        return f"{order.money('tax')} ({'included' if order.tax_included else 'on top'})"

    @admin.display(description="Total", ordering="total_minor")
    def total(self, order: Order) -> str:
        return str(order.money("total"))

    @admin.display(description="Authorized")
    def authorized(self, order: Order) -> str:
        return money(order.authorized_minor, order.currency)

    @admin.display(description="Paid")
    def paid(self, order: Order) -> str:
        return str(order.money("paid"))

    @admin.display(description="Elsewhere")
    def elsewhere(self, order: Order) -> str:
        """The same order in other contexts, by its id or number."""
        links = (
            search_link("payments.payment", order.number, "payment"),
            search_link("payments.refund", order.pk, "refunds"),
            search_link("notifications.message", order.number, "messages"),
            search_link("catalog.hold", order.pk, "held stock"),
            search_link("catalog.stockmovement", order.pk, "stock movements"),
            row_link("cart.cart", order.cart_id, "cart"),
        )
        return format_html_join(" · ", "{}", ((link,) for link in links if "href" in link)) or EMPTY

    @admin.display(description="Table of states")
    def states(self, order: Order) -> SafeString:
        """The saga's table, with this order's state in it."""
        rows = (
            (
                "now" if state == order.status else "",
                words(state),
                ", ".join(words(to) for to in sorted(MOVES[state])) or "the end",
                meaning,
            )
            for state, meaning in MEANING.items()
        )
        head = format_html("<tr><th>State</th><th>May move to</th><th>Meaning</th></tr>")
        body = format_html_join("", '<tr class="{}"><td>{}</td><td>{}</td><td>{}</td></tr>', rows)
        return format_html('<table class="states">{}{}</table>', head, body)

    @admin.action(description="Cancel, give stock and money back", permissions=["cancel"])
    def cancel_with_reason(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
        """One after the other; an order that cannot be cancelled is told and left."""

        def cancel(order: Order, *, actor: str, detail: str) -> None:
            cancel_order(order, actor=actor, reason=CancelReason.STAFF, detail=detail)

        return self._each(request, orders, cancel)

    @admin.action(description="Ship what is left (reason: carrier and tracking number)", permissions=["ship"])
    def ship_the_rest(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
        """One parcel with all that was not sent yet; "DHL 0034" names carrier and number."""

        def ship(order: Order, *, actor: str, detail: str) -> None:
            carrier, _, number = detail.partition(" ")
            label = Label(carrier[:60], number.strip()[:100])
            ship_parcel(order, parcel_id=uuid7(), label=label, wanted=None, actor=actor)

        return self._each(request, orders, ship)

    @admin.action(description="All parcels were delivered", permissions=["ship"])
    def mark_delivered(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
        """Those that are still on their way."""

        def deliver(order: Order, *, actor: str, detail: str) -> None:  # noqa: ARG001  # a decision has a detail
            for parcel in Parcel.objects.filter(order_id=order.pk, state=Parcel.State.SHIPPED).order_by("id"):
                deliver_parcel(order, parcel_id=parcel.pk, actor=actor)
                order.refresh_from_db()

        return self._each(request, orders, deliver, needs_reason=False)

    @admin.action(description="In review, or its money let go: be content with what was paid", permissions=["refund"])
    def accept_with_reason(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
        """The order goes on as if its total had come."""
        return self._each(request, orders, accept_as_paid)

    @admin.action(description="In review: the money was sent back by hand", permissions=["refund"])
    def close_with_reason(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
        """The stock is given back and the order is over; the provider is not asked."""
        return self._each(request, orders, refunded_by_hand)

    def _each(
        self, request: HttpRequest, orders: QuerySet[Order], decide: Decision, *, needs_reason: bool = True
    ) -> HttpResponse | None:
        reason = request.POST.get("reason", "").strip()[:200]
        if needs_reason and not reason:
            self.message_user(request, "Say the reason, beside the action.", messages.ERROR)
        for order in orders if reason or not needs_reason else ():
            try:
                decide(order, actor=f"staff:{request.user.pk}", detail=reason)
            except (DomainError, Unavailable) as refusal:
                self.message_user(request, f"{order.number}: {refusal_of(refusal)}", messages.ERROR)
            else:
                told = f"{order.number} is {words(order.status)}. {MEANING[order.state]}"
                self.message_user(request, told, messages.SUCCESS)
        page = orders.first() if "from_page" in request.POST else None
        return HttpResponseRedirect(reverse("admin:orders_order_change", args=[page.pk])) if page else None


@admin.register(OrderCapture)
class OrderCaptureAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Authorized money whose goods left. `refused` is what was shipped and is not paid: see to it by hand."""

    list_display = ("number", "amount", "state", "attempts", "last_error", "at")
    list_filter = ("state",)
    list_select_related = ("order",)
    show_full_result_count = False
    ordering = ("-at", "-id")
    fields = ("number", "amount", "state", "due", "attempts", "last_error", "at")
    readonly_fields = ("number", "amount")

    @admin.display(description="Order")
    def number(self, capture: OrderCapture) -> str:
        return row_link("orders.order", capture.order_id, capture.order.number)

    @admin.display(description="Amount")
    def amount(self, capture: OrderCapture) -> str:
        return money(capture.amount_minor, capture.currency)
