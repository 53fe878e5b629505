"""The address book. Which address is the default stands at the user: see `User.default_shipping_id`."""

from __future__ import annotations

from dataclasses import fields

from django.db import models

from shop import clock
from shop.addresses import PostalAddress
from shop.db.fields import UUID7Field

from .user import User


class Address(models.Model):
    """Where something can be sent to one person; the columns are those of `shop.addresses.PostalAddress`."""

    id = UUID7Field(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="addresses", db_index=False)
    name = models.CharField(max_length=120)
    company = models.CharField(max_length=120, blank=True, default="")
    line1 = models.CharField(max_length=200)
    line2 = models.CharField(max_length=200, blank=True, default="")
    district = models.CharField(max_length=120, blank=True, default="")
    postal_code = models.CharField(max_length=20, blank=True, default="")
    city = models.CharField(max_length=120, blank=True, default="")
    region = models.CharField(max_length=120, blank=True, default="")
    country = models.CharField(max_length=2)
    phone = models.CharField(max_length=32, blank=True, default="")
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name_plural = "addresses"
        indexes = [models.Index(fields=["user", "id"], name="address_of_user")]

    def postal(self) -> PostalAddress:
        """What is written on a parcel."""
        return PostalAddress(**{field.name: getattr(self, field.name) for field in fields(PostalAddress)})

    def __str__(self) -> str:
        return ", ".join(part for part in (self.name, self.line1, self.city, self.country) if part)
