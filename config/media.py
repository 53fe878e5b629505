"""Where pictures are kept, as Django's STORAGES wants it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from config.values import Bucket

IMMUTABLE = "public, max-age=31536000, immutable"
STATIC = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}


def storages(bucket: Bucket | None) -> dict[str, dict[str, Any]]:
    """The bucket, or MEDIA_ROOT. Writing a name again writes the same bytes, so nothing is renamed."""
    if bucket is None:
        backend = "django.core.files.storage.FileSystemStorage"
        return {"default": {"BACKEND": backend, "OPTIONS": {"allow_overwrite": True}}, "staticfiles": STATIC}
    return {"default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": _s3(bucket)}, "staticfiles": STATIC}


def _s3(bucket: Bucket) -> dict[str, Any]:
    from botocore.config import Config  # only who has a bucket pays for it

    public = urlsplit(bucket.public_url)
    return {
        "access_key": bucket.key,
        "secret_key": bucket.secret,
        "bucket_name": bucket.name,
        "endpoint_url": bucket.endpoint,
        "region_name": bucket.region,
        "file_overwrite": True,
        "default_acl": None,
        "querystring_auth": False,  # addresses stand in documents that are kept, so they cannot expire
        "custom_domain": f"{public.netloc}{public.path}".rstrip("/"),
        "url_protocol": f"{public.scheme}:",
        "object_parameters": {"CacheControl": IMMUTABLE},
        "client_config": Config(
            connect_timeout=2,
            read_timeout=5,
            retries={"max_attempts": 1},
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",  # other servers than Amazon's know no newer ones
            response_checksum_validation="when_required",
        ),
    }
