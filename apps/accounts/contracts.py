"""What accounts says to others. No Django here."""

from __future__ import annotations

from shop.errors import DomainError, FieldError


class TokenNotValid(DomainError):
    """Unknown, used, replaced by a newer one, or too old: which of them is nobody's business."""

    code = "accounts.token_not_valid"
    title = "Token not valid"
    status = 422

    def __init__(self) -> None:
        detail = "This link does not work any more. Ask for a new one."
        super().__init__(detail, errors=(FieldError("/token", "not_valid", detail),))
