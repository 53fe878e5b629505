"""What all pages of catalog share: the person as principal, refusals as messages, read-only tables."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from shop import call
from shop.errors import DomainError, FieldError
from shop.principal import Principal
from shop.staff import again_on_conflict

if TYPE_CHECKING:  # generic to the type checker only
    Base = admin.ModelAdmin[Any]
    Tabular = admin.TabularInline[Any, Any]
else:
    Base, Tabular = admin.ModelAdmin, admin.TabularInline


class _Refused:
    """Mixed into a form whose values a service has refused."""

    refusal: DomainError

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        form: Any = self
        for error in self.refusal.errors or (FieldError("", "refused", self.refusal.detail or self.refusal.title),):
            place = error.pointer.strip("/").split("/")
            names = [name for name in (error.pointer.strip("/").replace("/", "_"), place[0]) if name in form.fields]
            told = error.detail if names or not error.pointer else f"{error.pointer.strip('/')}: {error.detail}"
            form.add_error(names[0] if names else None, told)


def kept_forms(formset: Any) -> list[Any]:
    """The filled-in forms that are not to be deleted."""
    deleted = formset.deleted_forms
    return [
        form
        for form in formset.forms
        if form not in deleted and (form.has_changed() or not form.instance._state.adding)  # noqa: SLF001
    ]


class ServiceAdmin(Base):
    """A page whose saves are use cases: what they refuse is shown, not crashed on."""

    show_full_result_count = False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        with call.scope(principal=Principal(kind="staff", subject=f"user:{request.user.pk}")):
            view = partial(super().changeform_view, request, object_id, form_url, extra_context)
            try:
                return again_on_conflict(request, self.model, view)
            except DomainError as refusal:
                # The same page again, with all that was typed and with the refusal where it belongs.
                request.refusal = refusal  # type: ignore[attr-defined]
                return again_on_conflict(request, self.model, view)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002  # Django's signature
        """The form, which is invalid if the services have refused what it says."""
        made: Any = super().get_form(request, obj, change, **kwargs)
        refusal = getattr(request, "refusal", None)
        return made if refusal is None else type(made.__name__, (_Refused, made), {"refusal": refusal})

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes along needs no permission of its own: the services know what belongs together."""
        shown, counts, _, protected = super().get_deleted_objects(objs, request)
        return shown, counts, set(), protected

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return again_on_conflict(
                request, self.model, partial(super().delete_view, request, object_id, extra_context)
            )
        except DomainError as refusal:
            self.message_user(request, refusal.detail or refusal.title, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())


class ReadOnlyAdmin(Base):
    """Nobody adds, changes or deletes here."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False
