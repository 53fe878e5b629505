"""GET /.well-known/jwks.json: the public keys that access tokens are verified with."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from shop.http.etags import etag_of, not_modified
from shop.http.rendering import to_json
from shop.identity.keys import public_jwk, signing_keys

CACHE = "public, max-age=300, stale-while-revalidate=3600"


@require_safe
def jwks(request: HttpRequest) -> HttpResponseBase:
    """All keys of this process, the one that signs first."""
    keys = [public_jwk(key.private.public_key()) for key in signing_keys(settings.SHOP_TOKEN_KEYS)]
    body = to_json({"keys": keys})
    headers = {"ETag": etag_of(body), "Cache-Control": CACHE}
    return not_modified(request, HttpResponse(body, content_type="application/jwk-set+json", headers=headers))
