"""Returns for staff: what waits for an answer, what came, what is to be paid back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import Truncator

from apps.orders.contracts import ReturnStatus
from apps.orders.models import Order, Return, ReturnLine
from apps.orders.rules import RETURN_MEANING, may_move_return
from apps.orders.services.answer_return import authorise_return, close_return, reject_return
from apps.orders.services.receive_return import receive_return
from apps.orders.services.refund_return import refund_return, worth_of
from shop.errors import DomainError, Unavailable
from shop.ids import uuid7
from shop.staff import EMPTY, ReadOnly, money, refusal_of, row_link

from .by_hand import FormsOfItsOwn
from .received import form_of_receipt, form_of_refund, receive_lines, refund_amount

if TYPE_CHECKING:
    Inline = admin.TabularInline[Model, Return]
    Page = admin.ModelAdmin[Return]
else:
    Inline, Page = admin.TabularInline, admin.ModelAdmin


class Move(Protocol):
    """What staff decides of one return."""

    def __call__(self, order: Order, back: Return, text: str, actor: str, /) -> object: ...


class AnswerForm(ActionForm):
    """What the buyer is told; needed for a refusal."""

    reason = forms.CharField(required=False, max_length=300, label="Words for the buyer")


class ReturnLineInline(ReadOnly, Inline):
    model = ReturnLine
    fields = ("sku", "name", "quantity", "received", "condition", "restock", "location")
    ordering = ("id",)


@admin.register(Return)
class ReturnAdmin(FormsOfItsOwn, ReadOnly, Page):
    list_display = ("created_at", "order_number", "state", "reason", "said")
    list_filter = ("created_at", "state", "reason")
    list_select_related = ("order",)
    search_fields = ("order_id",)
    search_help_text = "The whole number of the order."
    ordering = ("-created_at", "-id")
    list_per_page = 50
    show_full_result_count = False
    inlines = (ReturnLineInline,)
    action_form = AnswerForm
    actions = ("authorise", "reject", "receive_all", "pay_back", "close")
    fieldsets = (
        (None, {"fields": ("order_number", "state", "meaning", "worth")}),
        ("Buyer", {"fields": ("reason", "text", "created_at")}),
        ("Shop", {"fields": ("answer", "received_at", "last_error")}),
    )
    readonly_fields = ("order_number", "meaning", "worth")

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002  # Django's signature
        queryset: QuerySet[Return],
        search_term: str,
    ) -> tuple[QuerySet[Return], bool]:
        """By the order's number: first its id, then its returns, each by an index."""
        if not (number := search_term.strip().upper()):
            return queryset, False
        order_id = Order.objects.filter(number=number).values_list("pk", flat=True).first()
        return (queryset.none() if order_id is None else queryset.filter(order_id=order_id)), False

    @admin.display(description="Order")
    def order_number(self, back: Return) -> str:
        return row_link("orders.order", back.order_id, back.order.number)

    @admin.display(description="The buyer says")
    def said(self, back: Return) -> str:
        return Truncator(back.text).chars(80) or EMPTY

    @admin.display(description="That is")
    def meaning(self, back: Return) -> str:
        return RETURN_MEANING[back.status]

    @admin.display(description="Worth of what came")
    def worth(self, back: Return) -> str:
        """Tax included."""
        worth = worth_of(back.order, back)
        return money(worth.amount, worth.currency)

    def get_urls(self) -> list[Any]:
        """With the forms that receive it line by line, and pay back another amount."""
        forms = (
            self.form_url("receive", receive_lines, self.has_fulfil_permission),
            self.form_url("refund", refund_amount, self.has_refund_permission),
        )
        return [*forms, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        back: Return | None = kwargs.get("obj")
        if back is not None and self.has_fulfil_permission(request):
            context |= {"may_answer": may_move_return(back.status, ReturnStatus.AUTHORISED)} | form_of_receipt(back)
        if back is not None and self.has_refund_permission(request):
            context |= form_of_refund(back)
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer

    def has_fulfil_permission(self, request: HttpRequest) -> bool:
        """Who answers and receives."""
        user: Any = request.user
        return bool(user.has_perm("orders.change_return"))

    def has_refund_permission(self, request: HttpRequest) -> bool:
        """Who pays back."""
        user: Any = request.user
        return bool(user.has_perm("orders.change_orderrefund"))

    @admin.action(description="Allow: the buyer may send it back", permissions=["fulfil"])
    def authorise(self, request: HttpRequest, chosen: QuerySet[Return]) -> HttpResponse | None:
        """And is told."""
        return self._each(
            request, chosen, lambda order, back, text, who: authorise_return(order, back, answer=text, actor=who)
        )

    @admin.action(description="Refuse, with words for the buyer", permissions=["fulfil"])
    def reject(self, request: HttpRequest, chosen: QuerySet[Return]) -> HttpResponse | None:
        """And why not."""
        return self._each(
            request,
            chosen,
            lambda order, back, text, who: reject_return(order, back, answer=text, actor=who),
            needs_words=True,
        )

    @admin.action(description="All of it came, as new: put it on the shelf", permissions=["fulfil"])
    def receive_all(self, request: HttpRequest, chosen: QuerySet[Return]) -> HttpResponse | None:
        """What came damaged, in part or for another shelf is told on the return's own page."""
        return self._each(
            request, chosen, lambda order, back, _text, who: receive_return(order, back, came=None, actor=who)
        )

    @admin.action(description="Pay back what it is worth", permissions=["refund"])
    def pay_back(self, request: HttpRequest, chosen: QuerySet[Return]) -> HttpResponse | None:
        """Once: a return that is paid back is not paid back again."""
        return self._each(
            request,
            chosen,
            lambda order, back, text, who: refund_return(
                order, back, refund_id=uuid7(), amount=None, shipping=False, detail=text, actor=who
            ),
        )

    @admin.action(description="Close without money, with words for the buyer", permissions=["refund"])
    def close(self, request: HttpRequest, chosen: QuerySet[Return]) -> HttpResponse | None:
        """It came, and nothing is paid back for it."""
        return self._each(
            request,
            chosen,
            lambda order, back, text, who: close_return(order, back, answer=text, actor=who),
            needs_words=True,
        )

    def _each(
        self, request: HttpRequest, chosen: QuerySet[Return], move: Move, *, needs_words: bool = False
    ) -> HttpResponse | None:
        """One after the other; back to the return's own page if the button was there."""
        text = request.POST.get("reason", "").strip()[:300]
        if needs_words and not text:
            self.message_user(request, "Say why, beside the action: the buyer reads it.", messages.ERROR)
        for back in chosen.select_related("order") if text or not needs_words else ():
            number = back.order.number
            try:
                move(back.order, back, text, f"staff:{request.user.pk}")
            except (DomainError, Unavailable) as refusal:
                self.message_user(request, f"{number}: {refusal_of(refusal)}", messages.ERROR)
            else:
                back.refresh_from_db()
                self.message_user(request, f"The return of {number} is {back.state}.", messages.SUCCESS)
        page = chosen.first() if "from_page" in request.POST else None
        return HttpResponseRedirect(reverse("admin:orders_return_change", args=[page.pk])) if page else None
