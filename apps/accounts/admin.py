"""Staff see and change users here; addresses keep one spelling, passwords are never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import BaseUserCreationForm, UserChangeForm

from .models import User

if TYPE_CHECKING:
    AddForm = BaseUserCreationForm[User]
    EditForm = UserChangeForm[User]
    BaseAdmin = UserAdmin[User]
else:
    AddForm, EditForm, BaseAdmin = BaseUserCreationForm, UserChangeForm, UserAdmin


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


@admin.register(User)
class AccountsUserAdmin(BaseAdmin):
    """Django's user pages, without a user name."""

    form = UserEditForm
    add_form = UserAddForm
    ordering = ("email",)
    list_display = ("email", "name", "is_staff", "is_active", "created_at")
    list_filter = ("is_staff", "is_active")
    search_fields = ("email", "name")
    readonly_fields = ("created_at", "last_login")
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Times", {"fields": ("created_at", "last_login")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "name", "password1", "password2")}),)
