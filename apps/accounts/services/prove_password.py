"""Before something important: an access token alone is not enough, it may have been found."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.hashers import check_password

from apps.accounts.contracts import WrongPassword
from apps.accounts.models import User
from shop.errors import NotAuthenticated


def prove_password(user_id: UUID, password: str) -> User:
    """The user, whose present password this is; WrongPassword for any other."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise NotAuthenticated("This account is not there any more.")
    if not check_password(password, user.password):
        raise WrongPassword
    return user
