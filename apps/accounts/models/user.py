"""The people who may log in. Other contexts see a `Principal`, never a row of this file."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils.functional import cached_property

from apps.accounts.rules import SCOPES, Role, may_see_app, may_use_page, scopes_of_roles
from shop import clock
from shop.addresses import normalised_email
from shop.db.fields import UUID7Field


class UserManager(BaseUserManager["User"]):
    """Makes users and finds them by any spelling of their address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Store a user; without a password nobody can log in as them."""
        if not normalised_email(email):
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=normalised_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Store a user who may do everything in the admin."""
        return self.create_user(email, password, **(fields | {"is_staff": True, "is_superuser": True}))

    def get_by_natural_key(self, username: str | None) -> User:
        """The user of this address in any spelling; what Django's login asks for."""
        return self.get(email=normalised_email(username or ""))


class User(AbstractBaseUser, PermissionsMixin):
    """A person who may log in, known by an e-mail address."""

    id = UUID7Field(primary_key=True)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=200, blank=True, default="")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    language = models.CharField(max_length=12, default="en")
    verified_at = models.DateTimeField(null=True, blank=True, editable=False)
    phone = models.CharField(max_length=32, blank=True, default="")
    marketing_opt_in = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0)
    """Grows with every change of the profile, the roles and the address book's defaults."""
    address_count = models.PositiveIntegerField(default=0)
    default_shipping_id = models.UUIDField(null=True, blank=True)
    default_billing_id = models.UUIDField(null=True, blank=True)
    """Pointers instead of flags on the addresses: of two defaults there cannot be any."""
    erase_at = models.DateTimeField(null=True, blank=True, db_index=True)
    """When the account is erased; null unless its owner asked for it."""
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        indexes = [models.Index(fields=["is_staff", "email"], name="user_kind_email")]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        """Every form stores the one spelling."""
        self.email = normalised_email(self.email)

    def roles(self) -> list[Role]:
        """What this person does as staff: one read, none for customers. Who has Django's flag is an admin."""
        if not self.is_staff:
            return []
        granted = {Role(grant.role) for grant in self.grants.all()}
        return sorted(granted | ({Role.ADMIN} if self.is_superuser else set()))

    def scopes(self) -> frozenset[str]:
        """What a token of this person allows now."""
        return SCOPES if self.is_staff and self.is_superuser else scopes_of_roles(self.roles())

    def has_perm(self, perm: str, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        """The admin's permissions follow from the scopes; groups and permissions of Django's own are not used."""
        return self.is_active and self.is_staff and (self.is_superuser or may_use_page(perm, self._scopes_once))

    def has_module_perms(self, app_label: str) -> bool:
        """Whether the admin shows anything of this app."""
        return self.is_active and self.is_staff and (self.is_superuser or may_see_app(app_label, self._scopes_once))

    @cached_property
    def _scopes_once(self) -> frozenset[str]:
        """A page asks for dozens of permissions of the same person."""
        return self.scopes()

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name or self.email
