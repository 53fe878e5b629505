"""Who has which role, and who is invited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.accounts.models import Invitation, RoleGrant
from apps.accounts.rules import Role
from apps.accounts.services.invite_staff import invite_staff
from apps.accounts.services.revoke_invitation import revoke_invitation
from shop.errors import DomainError
from shop.staff import ReadOnly, RefusalsAsMessages, person_link, row_link

if TYPE_CHECKING:
    Grants = admin.ModelAdmin[RoleGrant]
    Invitations = admin.ModelAdmin[Invitation]
    InvitationForm = forms.ModelForm[Invitation]
else:
    Grants, Invitations, InvitationForm = admin.ModelAdmin, admin.ModelAdmin, forms.ModelForm


def roles_field(*, required: bool) -> forms.MultipleChoiceField:
    """A box for each role."""
    choices = [(role.value, role.value) for role in Role]
    return forms.MultipleChoiceField(choices=choices, required=required, widget=forms.CheckboxSelectMultiple)


@admin.register(RoleGrant)
class RoleGrantAdmin(ReadOnly, Grants):
    """To look at: roles are given on the person's own page."""

    list_display = ("person", "role", "given_by", "granted_at")
    list_display_links = ("role",)  # the person's own page is behind the first
    list_filter = ("role",)
    list_select_related = ("user",)
    ordering = ("-id",)
    show_full_result_count = False
    fields = readonly_fields = ("person", "role", "given_by", "granted_at")

    @admin.display(description="Person")
    def person(self, grant: RoleGrant) -> str:
        return row_link("accounts.user", grant.user_id, grant.user.email)

    @admin.display(description="Given by")
    def given_by(self, grant: RoleGrant) -> str:
        return person_link(grant.granted_by)


class InviteForm(InvitationForm):
    """Whom, and for which roles."""

    roles = roles_field(required=True)

    class Meta:
        model = Invitation
        fields = ("email", "roles")


@admin.register(Invitation)
class InvitationAdmin(RefusalsAsMessages, Invitations):
    form = InviteForm
    list_display = ("email", "all_roles", "became", "invited", "created_at", "expires_at")
    list_filter = ("state",)
    search_fields = ("email",)
    ordering = ("-id",)
    show_full_result_count = False
    actions = ("revoke",)
    fields = ("email", "roles")

    def get_fields(self, request: HttpRequest, obj: Invitation | None = None) -> Any:  # noqa: ARG002  # Django's signature
        return self.fields if obj is None else self.list_display

    def get_readonly_fields(self, request: HttpRequest, obj: Invitation | None = None) -> Any:  # noqa: ARG002
        return () if obj is None else self.list_display

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Who may invite may take it back."""
        return bool(self.has_add_permission(request))

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001
        """Sends the mail too; its token is shown nowhere."""
        roles = [Role(role) for role in form.cleaned_data["roles"]]
        sender: Any = request.user
        stored = invite_staff(invitation_id=obj.pk, email=obj.email, roles=roles, by=sender.pk)
        obj.__dict__.update(stored.__dict__)

    @admin.action(description="Revoke", permissions=["revoke"])
    def revoke(self, request: HttpRequest, invitations: QuerySet[Invitation]) -> None:
        """One after the other; an accepted one is told and left."""
        for invitation in invitations:
            try:
                revoke_invitation(invitation_id=invitation.pk)
            except DomainError as refusal:
                self.message_user(request, f"{invitation.email}: {refusal.detail}", messages.ERROR)
            else:
                self.message_user(request, f"{invitation.email}: revoked.", messages.SUCCESS)

    @admin.display(description="Roles")
    def all_roles(self, invitation: Invitation) -> str:
        return ", ".join(invitation.roles)

    @admin.display(description="State", ordering="state")
    def became(self, invitation: Invitation) -> str:
        return invitation.shown_state

    @admin.display(description="Invited by")
    def invited(self, invitation: Invitation) -> str:
        return row_link("accounts.user", invitation.invited_by, invitation.inviter)
