"""Take an invitation back."""

from __future__ import annotations

from uuid import UUID

from apps.accounts.contracts import InvitationClosed
from apps.accounts.models import Invitation
from apps.accounts.queries import get_invitation
from shop import clock
from shop.db import transact

State = Invitation.State


def revoke_invitation(*, invitation_id: UUID) -> None:
    """Its token opens nothing any more; repeating it is harmless. Raises InvitationNotFound, InvitationClosed."""

    def effect() -> None:
        invitation = get_invitation(invitation_id)
        open_ones = Invitation.objects.filter(pk=invitation_id, state=State.OPEN)
        if not open_ones.update(state=State.REVOKED, closed_at=clock.now()) and invitation.state == State.ACCEPTED:
            raise InvitationClosed("It was accepted: take the roles instead.")

    transact("accounts", effect)
