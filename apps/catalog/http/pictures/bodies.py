"""Bodies and answers of pictures."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer, inline_serializer
from rest_framework import serializers

from apps.catalog.models import PictureState
from apps.catalog.services.add_picture import MOST_PICTURES
from shop.http.schema import example
from shop.http.serializers import Body
from shop.http.uploads import UploadField

HIGHEST_POSITION = 1_000_000
_ID = "019bf8a2-6f00-7c3e-9a51-3f1f6a0d2c11"
_FOLDER = "/media/pictures/019bf8a26f007c3e9a513f1f6a0d2c11"


_UPLOAD = {"file": "mug.jpg", "alt": "A blue mug, seen from the side"}


@extend_schema_serializer(examples=[OpenApiExample("Example", value=_UPLOAD, media_type="multipart/form-data")])
class UploadBody(Body):
    file = UploadField(help_text="JPEG, PNG, WebP, GIF or AVIF, by its content; its name and type are ignored.")
    alt = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


@example({"alt": "A blue mug, seen from above"})
class ChangePictureBody(Body):
    alt = serializers.CharField(max_length=200, required=False, allow_blank=True)
    position = serializers.IntegerField(
        min_value=0, max_value=HIGHEST_POSITION, required=False, help_text="Smallest first."
    )


@example({"pictures": [_ID]})
class OrderPicturesBody(Body):
    pictures = serializers.ListField(
        child=serializers.UUIDField(), max_length=MOST_PICTURES, help_text="All of the product's, each once."
    )


class SizeAnswer(serializers.Serializer[Any]):
    url = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()


PICTURE = {
    "id": _ID,
    "url": f"{_FOLDER}/4f0c2b8e61d0a9d37c5b1e22.jpg",
    "alt": "A blue mug, seen from the side",
    "position": 0,
    "width": 1600,
    "height": 1200,
    "size": 241_337,
    "state": "ready",
    "problem": "",
    "srcset": [{"url": f"{_FOLDER}/b2d6a7f0c4138e95d7710a3c-320.webp", "width": 320, "height": 240}],
}


@example(PICTURE)
class PictureAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    url = serializers.CharField(help_text="The whole picture, cleaned. Its content never changes.")
    alt = serializers.CharField(allow_blank=True)
    position = serializers.IntegerField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    size = serializers.IntegerField(help_text="Bytes of the file at `url`.")
    state = serializers.ChoiceField(choices=[state.value for state in PictureState])
    problem = serializers.CharField(allow_blank=True, help_text="Why the last attempt to make sizes failed.")
    srcset = SizeAnswer(many=True, help_text="As WebP, smallest first; empty until they are made.")


_ALL: dict[str, Any] = {"data": PictureAnswer(many=True)}
PICTURES = inline_serializer("PictureList", _ALL)
extend_schema_serializer(examples=[OpenApiExample("Example", value={"data": [PICTURE]})])(type(PICTURES))
