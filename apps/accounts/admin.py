"""Staff see and change users here; addresses keep one spelling, passwords and tokens are never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, BaseUserCreationForm, UserChangeForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from shop import clock
from shop.db import transact

from .models import Session, User
from .services.revoke_sessions import revoke_sessions
from .services.use_token import void_tokens

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
    """All but the password, which has a page of its own."""

    class Meta:
        model = User
        fields = "__all__"


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
class AccountsUserAdmin(BaseAdmin):
    """Django's user pages, without a user name."""

    form = UserEditForm
    add_form = UserAddForm
    change_password_form = StaffPasswordForm
    ordering = ("email",)
    list_display = ("email", "name", "is_verified", "is_staff", "is_active", "last_login", "created_at")
    list_filter = ("is_staff", "is_active")
    search_fields = ("email", "name")
    readonly_fields = ("password_page", "is_verified", "verified_at", "sessions", "created_at", "last_login")
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("email", "is_verified", "name", "password_page")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Log-in", {"fields": ("sessions", "last_login", "verified_at", "created_at")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "name", "password1", "password2")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ARG002  # Django's signature
        """An address is changed by its owner alone, who confirms the new one."""
        return (*self.readonly_fields, "email") if obj is not None else tuple(self.readonly_fields)

    @admin.display(description="verified", boolean=True)
    def is_verified(self, user: User) -> bool:
        return user.verified_at is not None

    @admin.display(description="sessions")
    def sessions(self, user: User) -> int:
        """How many devices are logged in now."""
        return Session.objects.filter(user_id=user.pk, ends_at__gt=clock.now()).count()

    @admin.display(description="password")
    def password_page(self, user: User) -> str:
        """Whether there is one, and the page that sets another; nothing of its hash."""
        state = "is set" if user.has_usable_password() else "is not set"
        return format_html(
            '{} (<a href="{}">change it</a>)', state, reverse("admin:auth_user_password_change", args=(user.pk,))
        )

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001  # Django's signature
        """Who is blocked is logged out everywhere."""
        super().save_model(request, obj, form, change)
        if not obj.is_active:
            revoke_sessions(obj.pk, reason="blocked")
