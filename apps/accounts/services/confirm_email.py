"""The owner of an account's next address says that it is theirs."""

from __future__ import annotations

from django.db import IntegrityError

from apps.accounts.contracts import AddressVerified, EmailChanged, EmailTaken, TokenNotValid
from apps.accounts.models import Purpose, User
from shop import clock
from shop.db import transact
from shop.events import publish

from .use_token import use_token, void_tokens


def confirm_email(token: str) -> None:
    """The account is known by the new address, verified; of several who want one address the unique index lets one."""

    def work() -> None:
        row, at = use_token(token, Purpose.CHANGE_EMAIL), clock.now()
        user = User.objects.filter(pk=row.user_id, is_active=True).first()
        if user is None:
            raise TokenNotValid
        if not User.objects.filter(pk=user.pk, email=user.email).update(email=row.email, verified_at=at):
            raise TokenNotValid
        # Links that wait in the old mailbox must not open the account any more.
        void_tokens(user.pk)
        publish(EmailChanged(user.pk, user.email, row.email, user.language, at), key=user.pk)
        publish(AddressVerified(user.pk, row.email, at), key=user.pk)

    try:
        transact("accounts", work)
    except IntegrityError:
        raise EmailTaken from None
