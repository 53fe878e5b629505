"""Pictures in a bucket: the same use cases against a server that speaks S3, on a port of this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3
from django.core.files.storage import default_storage

from apps.catalog.contracts import NoPicture
from apps.catalog.models import Picture, Product, StrayFile
from apps.catalog.services.add_picture import add_picture
from apps.catalog.services.make_renditions import make_due_renditions
from apps.catalog.services.remove_picture import names_of, remove_picture
from apps.catalog.services.remove_stray_files import remove_stray_files
from apps.catalog.testing.images import picture
from apps.catalog.testing.make import make_product
from config.media import storages
from config.values import bucket_url
from shop import clock
from shop.errors import Unavailable
from shop.ids import uuid7

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A bucket that anybody may read: the address for MEDIA_URL."""
    from moto.moto_server.threaded_moto_server import ThreadedMotoServer

    running = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    running.start()
    _, port = running.get_host_and_port()
    yield f"s3://key:sec%2Fret@127.0.0.1:{port}/pictures?tls=off"
    running.stop()


@pytest.fixture
def bucket(server, settings) -> Any:
    """The storage of this test."""
    settings.STORAGES = storages(bucket_url("MEDIA_URL", server))
    found = default_storage.bucket  # type: ignore[attr-defined]  # django-storages'
    found.create()
    anybody = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{found.name}/*",
    }
    found.Policy().put(Policy=json.dumps({"Version": "2012-10-17", "Statement": [anybody]}))
    yield found
    found.objects.all().delete()
    found.delete()


def names(bucket) -> list[str]:
    return sorted(one.key for one in bucket.objects.all())


def test_a_picture_lives_and_dies_in_a_bucket(bucket):
    product = make_product()
    row = add_picture(picture_id=uuid7(), product_id=product, content=picture(size=(800, 600)), alt="A mug")
    make_due_renditions(limit=5)
    row.refresh_from_db()
    assert names(bucket) == sorted(names_of(row))
    stored = bucket.Object(str(row.file.name)).get()
    assert (stored["ContentType"], stored["CacheControl"]) == ("image/jpeg", "public, max-age=31536000, immutable")
    assert stored["Body"].read()[:3] == b"\xff\xd8\xff"
    [*_, large] = [bucket.Object(name).get()["ContentType"] for _, _, name in row.renditions]
    assert large == "image/webp"
    remove_picture(picture_id=row.pk, product_id=product)
    with clock.shifted(timedelta(hours=2)):
        assert remove_stray_files(limit=100) == 4
    assert names(bucket) == []


def test_documents_name_the_public_address_without_a_signature(bucket, server, settings):
    row = add_picture(picture_id=uuid7(), product_id=make_product(), content=picture())
    address = urlsplit(row.file.url)
    assert (address.scheme, address.path, address.query) == ("http", f"/pictures/{row.file.name}", "")
    assert row.file.url in Product.objects.get().page
    answer = urllib3.request("GET", row.file.url)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/jpeg")
    settings.STORAGES = storages(bucket_url("MEDIA_URL", f"{server}&public=https://media.example.com/shop/"))
    assert Picture.objects.get().file.url == f"https://media.example.com/shop/{row.file.name}"


def test_a_bucket_that_is_away_or_absent_is_told_and_leaves_no_row(server, settings):
    product = make_product()
    for text in (server.replace("/pictures?", "/absent?"), "s3://key:secret@127.0.0.1:9/pictures?tls=off"):
        settings.STORAGES = storages(bucket_url("MEDIA_URL", text))
        with pytest.raises(Unavailable) as refusal:
            add_picture(picture_id=uuid7(), product_id=product, content=picture())
        assert refusal.value.retry_after >= 1
        assert "secret" not in str(refusal.value)
    assert Picture.objects.count() == 0
    assert StrayFile.objects.count() == 2


def test_what_is_no_picture_never_comes_to_the_bucket(bucket):
    with pytest.raises(NoPicture):
        add_picture(picture_id=uuid7(), product_id=make_product(), content=b"<svg/>")
    assert names(bucket) == []


def test_a_secret_is_never_shown():
    made = bucket_url("MEDIA_URL", "s3://key:sec%2Fret@s3.example.com/pictures")
    assert made is not None
    assert made.secret == "sec/ret"  # of this test
    assert "sec/ret" not in repr(made)
