"""Staff is invited by mail; of the token only its hash is kept."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from shop import clock
from shop.db.fields import UUID7Field


class Invitation(models.Model):
    """An offer of roles to an address: open until it is accepted, revoked or past its time."""

    class State(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        REVOKED = "revoked"

    id = UUID7Field(primary_key=True)
    email = models.EmailField(max_length=254)
    roles = models.JSONField(default=list)
    token_hash = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    invited_by = models.UUIDField()
    inviter = models.CharField(max_length=254, default="")
    """Their name or address as it was, for who reads the list later."""
    accepted_by = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    """When it was accepted or revoked."""

    class Meta:
        indexes = [models.Index(fields=["email", "state"], name="invitation_of_email")]
        constraints = [
            models.CheckConstraint(
                name="invitation_accepted_by_somebody",
                condition=Q(state="accepted", accepted_by__isnull=False)
                | Q(state__in=["open", "revoked"], accepted_by__isnull=True),
            ),
        ]

    @property
    def shown_state(self) -> str:
        """The state for people: what was not accepted in time is expired."""
        late = self.state == self.State.OPEN and self.expires_at <= clock.now()
        return "expired" if late else self.state

    def __str__(self) -> str:
        return f"{self.email}: {self.state}"
