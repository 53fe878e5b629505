"""Staff see and change users here; addresses keep one spelling, passwords and tokens are never shown."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, BaseUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from apps.accounts.models import Session, User
from apps.accounts.rules import Role
from apps.accounts.services.change_profile import change_profile
from apps.accounts.services.change_roles import change_roles
from apps.accounts.services.close_account import close_customer, close_staff, open_customer
from apps.accounts.services.revoke_sessions import revoke_sessions
from apps.accounts.services.use_token import void_tokens
from shop import clock
from shop.addresses import normalised_email
from shop.db import transact
from shop.db.text import starting_with
from shop.staff import EMPTY, RefusalsAsMessages, search_link

from .staff import roles_field

admin.site.unregister(Group)  # roles take their place

if TYPE_CHECKING:
    AddForm = BaseUserCreationForm[User]
    PasswordForm = AdminPasswordChangeForm[User]
    EditForm = UserChangeForm[User]
    BaseAdmin = UserAdmin[User]
else:
    AddForm, EditForm, BaseAdmin = BaseUserCreationForm, UserChangeForm, UserAdmin
    PasswordForm = AdminPasswordChangeForm


class UserAddForm(AddForm):
    """Asks for an address and a password, entered twice."""

    class Meta:
        model = User
        fields = ("email", "name")


class UserEditForm(EditForm):
    """Name, roles and whether the account is open; the password has a page of its own."""

    roles = roles_field(required=False)

    class Meta:
        model = User
        fields = ("name", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].initial = self.instance.roles()


class StaffPasswordForm(PasswordForm):
    """Another password for somebody: what was open with the old one is closed."""

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002  # Django's signature
        """With the password, the sessions and the links on their way end."""
        user: User = super().save(commit)

        def close() -> None:
            void_tokens(user.pk)
            revoke_sessions(user.pk, reason="password_changed")

        transact("accounts", close)
        return user


@admin.register(User)
class AccountsUserAdmin(RefusalsAsMessages, BaseAdmin):
    """Django's user pages, without a user name."""

    form = UserEditForm
    add_form = UserAddForm
    change_password_form = StaffPasswordForm
    ordering = ("email",)
    list_display = ("email", "name", "is_verified", "is_staff", "is_active", "last_login", "created_at")
    list_filter = ("is_staff", "is_active")
    search_fields = ("email",)
    search_help_text = "How the e-mail address begins, or a whole id."
    filter_horizontal = ()
    readonly_fields = (
        *("password_page", "password_state", "is_verified", "verified_at", "sessions", "created_at", "last_login"),
        *("is_staff", "phone", "language", "marketing_opt_in", "addresses", "erase_at", "may"),
    )
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("email", "is_verified", "name", "password_page")}),
        ("May", {"fields": ("is_active", "roles", "may")}),
        ("Profile", {"fields": ("phone", "language", "marketing_opt_in", "addresses", "erase_at")}),
        ("Log-in", {"fields": ("sessions", "last_login", "verified_at", "created_at")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "name", "password1", "password2")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ARG002  # Django's signature
        """An address is changed by its owner alone, who confirms the new one."""
        return (*self.readonly_fields, "email") if obj is not None else tuple(self.readonly_fields)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only look is not led to a page that refuses them."""
        shown: Any = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return shown
        (name, first), *others = shown
        return [(name, {"fields": (*first["fields"][:-1], "password_state")}), *others]

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002  # Django's signature
        queryset: QuerySet[User],
        search_term: str,
    ) -> tuple[QuerySet[User], bool]:
        """By an index, never through all users."""
        term = normalised_email(search_term)
        with suppress(ValueError):
            return queryset.filter(pk=UUID(term)), False
        return starting_with(queryset, "email", term), False

    @admin.display(description="verified", boolean=True)
    def is_verified(self, user: User) -> bool:
        return user.verified_at is not None

    @admin.display(description="sessions")
    def sessions(self, user: User) -> int:
        """How many devices are logged in now."""
        return Session.objects.filter(user_id=user.pk, ends_at__gt=clock.now()).count()

    @admin.display(description="password")
    def password_state(self, user: User) -> str:
        """Whether there is one; nothing of its hash."""
        return "is set" if user.has_usable_password() else "is not set"

    @admin.display(description="password")
    def password_page(self, user: User) -> str:
        """And the page that sets another."""
        page = reverse("admin:auth_user_password_change", args=(user.pk,))
        return format_html('{} (<a href="{}">change it</a>)', self.password_state(user), page)

    @admin.display(description="roles")
    def roles(self, user: User) -> str:
        """For those who may not give them."""
        return ", ".join(user.roles()) or EMPTY

    @admin.display(description="addresses")
    def addresses(self, user: User) -> str:
        return search_link("accounts.address", user.pk, f"{user.address_count} in the book")

    @admin.display(description="scopes")
    def may(self, user: User) -> str:
        """What the roles add up to."""
        return ", ".join(sorted(user.scopes())) or EMPTY

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        """Accounts are erased when their owners ask for it."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001  # Django's signature
        """Through the use cases, so that sessions end and somebody can always give roles."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        changed, staff = set(form.changed_data), cast(User, request.user)
        if "name" in changed:
            change_profile(user_id=obj.pk, changes={"name": obj.name})
        if "is_active" in changed and obj.is_active:
            open_customer(user_id=obj.pk)
        elif "is_active" in changed and obj.is_staff:
            close_staff(user_id=obj.pk, by=staff.pk)
            return
        elif "is_active" in changed:
            close_customer(user_id=obj.pk)
        if "roles" in changed:
            change_roles(user_id=obj.pk, roles=[Role(role) for role in form.cleaned_data["roles"]], by=staff.pk)
