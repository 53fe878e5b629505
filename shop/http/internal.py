"""The endpoint for signed calls of other units of the shop: POST /internal/<context>.v<version>/<port>.

Mounted only where other units exist, and never routed by the public gateway. The kernel checks the signature.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from shop import ports
from shop.http.problems import answer_to, problem
from shop.http.rendering import read_body

BODY_LIMIT = 8 * 1024 * 1024


@csrf_exempt
def serve(request: HttpRequest, door: str, port: str) -> HttpResponse:
    """Hand the signed body to the kernel, answer what it says."""
    if request.method != "POST":
        return problem(request, 405, "method_not_allowed", headers={"Allow": "POST"})
    try:
        body = read_body(request, BODY_LIMIT)
    except Exception as error:  # noqa: BLE001  # as a problem document
        return answer_to(error, request)
    status, answer = ports.serve(door, port, request.headers, body)
    return HttpResponse(answer, status=status, content_type="application/json")


urlpatterns = [path("<str:door>/<slug:port>", serve)]
