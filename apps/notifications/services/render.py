"""Make a message's subject and texts of the templates of its kind, in its language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from babel import Locale, UnknownLocaleError
from django.template.loader import render_to_string

from apps.notifications.models import Message
from apps.notifications.rules import PREFERENCES, UNSUBSCRIBE, Channel, is_mandatory, topic_of
from shop.money import Money


def render_mail(message: Message, context: Mapping[str, Any]) -> None:
    """Subject, text and HTML; below them what its reader may choose, if it is anybody's choice."""
    words = _words(message, context)
    # A subject is one line: a line break would end the header.
    message.subject = " ".join(_render(message, "subject.txt", words).split())[:200]
    message.text = _render(message, "txt", words) + "\n"
    if message.reader_id is not None:
        message.text += "\n" + render_to_string(_names(message, "footer.txt"), words).strip() + "\n"
    message.html = _render(message, "html", words)


def render_sms(message: Message, context: Mapping[str, Any]) -> None:
    """One short text."""
    message.text = _render(message, "sms.txt", _words(message, context))


def _words(message: Message, context: Mapping[str, Any]) -> dict[str, Any]:
    language = _known(message.language)
    links: dict[str, Any] = {"preferences_url": "", "unsubscribe_url": ""}
    if message.reader_id is not None:
        optional = not is_mandatory(topic_of(message.kind), Channel.MAIL)
        links = {"preferences_url": PREFERENCES, "unsubscribe_url": UNSUBSCRIBE if optional else ""}
    return {"language": language, **links, **{name: _in_words(value, language) for name, value in context.items()}}


def _in_words(value: Any, language: str) -> Any:
    """Money as this language writes it, wherever it stands in the facts."""
    if isinstance(value, Money):
        return value.format(language.replace("-", "_"))
    if isinstance(value, Mapping):
        return {name: _in_words(inner, language) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_in_words(inner, language) for inner in value]
    return value


def _known(language: str) -> str:
    try:
        Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return "en"
    return language


def _render(message: Message, form: str, words: dict[str, Any]) -> str:
    return render_to_string(_names(message, f"{message.kind}.{form}"), words).strip()


def _names(message: Message, name: str) -> list[str]:
    """`notifications/de/<name>` for "de" and "de-AT", else the English one."""
    return [f"notifications/{message.language.partition('-')[0]}/{name}", f"notifications/{name}"]
