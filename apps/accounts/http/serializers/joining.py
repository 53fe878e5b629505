"""Bodies of registration, links in mails, passwords and changes of address."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.accounts.http import examples
from apps.accounts.models import normalised_email
from shop.http.schema import example
from shop.http.serializers import Body, Line

LONGEST_ADDRESS = 254
IN_THE_MAIL = {"message": "Look into your mailbox: if there is something to do, a mail says what."}
"""The answer to whoever may be a stranger. It does not say whether there is an account, nor whether a mail was sent."""


class AddressField(serializers.EmailField):
    """An e-mail address in its one spelling."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST_ADDRESS, **options)

    def to_internal_value(self, data: Any) -> str:
        """In small letters, of which some alphabets need more than of capitals."""
        email = normalised_email(super().to_internal_value(data))
        if len(email) > LONGEST_ADDRESS:
            self.fail("invalid")
        return email


class PasswordField(serializers.CharField):
    """A password as it was typed, spaces and all."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=200, trim_whitespace=False, style={"input_type": "password"}, **options)


@example(examples.EMAIL)
class EmailBody(Body):
    email = AddressField()


@example(examples.REGISTRATION)
class RegisterBody(EmailBody):
    password = PasswordField()
    name = Line(max_length=200, required=False, allow_blank=True, default="")
    language = serializers.RegexField(
        r"^[a-z]{2}(-[A-Z]{2})?$",
        required=False,
        default="en",
        error_messages={"invalid": "A language like en or de-AT."},
    )


@example(examples.TOKEN)
class TokenBody(Body):
    token = serializers.CharField(max_length=200, trim_whitespace=False)


@example(examples.NEW_PASSWORD)
class ResetBody(TokenBody):
    password = PasswordField()


@example(examples.CHANGE_OF_PASSWORD)
class ChangePasswordBody(Body):
    current_password = PasswordField()
    password = PasswordField()


@example(examples.CHANGE_OF_EMAIL)
class ChangeEmailBody(EmailBody):
    current_password = PasswordField()


@example(IN_THE_MAIL)
class MailAnswer(serializers.Serializer[Any]):
    message = serializers.CharField(help_text="The same for every address.")
