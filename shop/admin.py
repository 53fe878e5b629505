"""The page "System": what waits, what is dead, what ran, of every context of this process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.options import ModelAdmin
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from shop.db import alias
from shop.events import pending, retry_dead
from shop.models import STATE_DEAD, OutboxRow, ScheduleRun

SHOWN = 100

admin.site.site_header = "Shop"
admin.site.site_title = "Shop"
admin.site.index_title = "Staff"
admin.site.site_url = "/api/docs"


@dataclass(frozen=True, slots=True)
class ContextState:
    """What the page shows of one context."""

    name: str
    new: int
    dead: int
    letters: list[OutboxRow]
    runs: list[ScheduleRun]


@admin.register(OutboxRow)
class SystemAdmin(ModelAdmin):  # type: ignore[type-arg]  # generic only for the type checker
    """One page instead of lists of rows: kernel tables exist in every database."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  # Django's signature
        """Events are published by code."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        """Facts are not deleted."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG002  # Django's signature
        """Show it all to who may see it; a POST sends dead letters of one context again."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST" and self.has_change_permission(request):
            return self._retry(request)
        contexts = [_state(context) for context in settings.SHOP_CONTEXTS]
        dead = sum(context.dead for context in contexts)
        page = {
            **self.admin_site.each_context(request),
            "title": "System",
            "contexts": contexts,
            "dead": dead,
            "may_retry": self.has_change_permission(request),
            "opts": self.opts,
        }
        return TemplateResponse(request, "shop/system.html", page)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG002  # Django's signature
        """No row is shown whole: an event may hold a token."""
        return HttpResponseRedirect(reverse("admin:shop_outboxrow_changelist"))

    delete_view = history_view = change_view

    def _retry(self, request: HttpRequest) -> HttpResponse:
        context = request.POST.get("context", "")
        if context in settings.SHOP_CONTEXTS:
            try:
                chosen = [UUID(one) for one in request.POST.getlist("letter")]
            except ValueError as error:
                raise BadRequest("A letter's id is a UUID.") from error
            count = retry_dead(context, chosen or None)
            messages.success(request, f"{count} dead letters of {context} are on their way again.")
        return HttpResponseRedirect(request.path)


def _state(context: str) -> ContextState:
    counts = pending(context)
    dead = OutboxRow.objects.using(alias(context)).filter(state=STATE_DEAD).order_by("pk")
    runs = ScheduleRun.objects.using(alias(context)).order_by("pk")
    return ContextState(context, counts["new"], counts["dead"], list(dead[:SHOWN]), list(runs))
