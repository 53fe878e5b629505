"""Files in requests: one, whole in memory, of at most settings.SHOP_UPLOAD_LIMIT bytes with all that comes with it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.base import ContentFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.http.request import UnreadablePostError
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from shop.http.rendering import BodyTooLarge, check_text


@dataclass(frozen=True, slots=True)
class Upload:
    """What a file holds. Its name and type are what a client says, so they are not kept."""

    content: bytes

    @property
    def fingerprint(self) -> str:
        """Stands for the content where a request is compared with its repeat."""
        return f"sha256:{hashlib.sha256(self.content).hexdigest()}"


class UploadField(serializers.FileField):
    """A file in a `Body` that UploadParser read."""

    def to_internal_value(self, data: Any) -> Any:
        """The bytes."""
        if not isinstance(data, Upload):
            self.fail("invalid")
        return data.content


class _InMemory(FileUploadHandler):
    """The parser's input was bounded before, so there is no need of a file on disk."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.chunks: list[bytes] = []

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # Django's signature
        self.chunks.append(raw_data)

    def file_complete(self, file_size: int) -> Any:
        return ContentFile(b"".join(self.chunks))


class UploadParser(BaseParser):
    """multipart/form-data as a plain dictionary of texts and Uploads; 400 for a name that stands there twice."""

    media_type = "multipart/form-data"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """Texts and files by name."""
        request = (parser_context or {})["request"]._request  # noqa: SLF001  # DRF has no public name for it
        try:
            body = _read(request)
            parser = MultiPartParser(request.META, BytesIO(body), [_InMemory()], "utf-8")
            texts, files = parser.parse()
        except (MultiPartParserError, SuspiciousOperation, UnicodeError, ValueError):
            raise ParseError("The body is no multipart/form-data that can be read.") from None
        parts = [*texts.lists(), *files.lists()]
        if len({name for name, _ in parts}) < sum(len(values) for _, values in parts):
            raise ParseError("A name stands twice in the form.")
        return {_text(name): _value(values[0]) for name, values in parts}


def _read(request: Any) -> bytes:
    limit: int = settings.SHOP_UPLOAD_LIMIT
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise ParseError("Content-Length is no number.") from None
    if length > limit:
        raise BodyTooLarge
    try:
        body: bytes = request.read()  # not request.body, whose limit is that of all other paths
    except (UnreadablePostError, OSError):
        raise ParseError("The body could not be read to its end.") from None
    return body


def _value(value: Any) -> str | Upload:
    return _text(value) if isinstance(value, str) else Upload(value.read())


def _text(text: str) -> str:
    check_text(text)
    return text
