"""What payments was asked to keep because a parcel is about to leave."""

from __future__ import annotations

from django.db import models


class CapturePromise(models.Model):
    """That no clerk lets go of an order's money: open before payments is asked, so that one who dies is cleaned up
    after. A parcel leaves on an open one only, in one transaction with this row; so what is withdrawn leaves nothing.
    """

    order_id = models.UUIDField(primary_key=True, db_column="_id")
    number = models.PositiveIntegerField(default=1)
    """Grows with each promise of this order: what an earlier one still says or hears means nothing."""
    open = models.BooleanField(default=True)
    due = models.DateTimeField(null=True, blank=True, db_index=True)
    """When it is withdrawn, and until that is known when to ask again; null once a parcel has left on it, or it is."""
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.order_id}: {self.number}"
