"""Events and webhook endpoints as resources; deliveries are made in `deliveries`."""

from __future__ import annotations

import re

from . import shapes
from .calls import EXPAND, PAGING, Call, Endpoint, merged
from .errors import Json, ValidationError
from .forms import Boolean, Choice, Kind, ListOf, Metadata, Text

_URL = re.compile(r"^https?://[^\s/]+(/\S*)?$")
_EVENT = re.compile(r"^(\*|[a-z_]+(\.[a-z_]+)+)$")


def create(call: Call, params: Json) -> Json:
    """Register an address; the answer is the only place that shows its secret."""
    _check(params)
    made = shapes.webhook_endpoint(
        url=params["url"],
        enabled_events=params["enabled_events"],
        description=params.get("description") or None,
        metadata=merged({}, params.get("metadata", {})),
    )
    call.put("webhook_endpoint", made)
    return made | {"secret": made["_secret"]}


def _check(params: Json) -> None:
    if "url" in params and not _URL.match(params["url"]):
        raise ValidationError("Invalid URL: An explicit scheme (such as https) must be provided.", param="url")
    for event in params.get("enabled_events", ()):
        if not _EVENT.match(event):
            raise ValidationError(f"Invalid enabled_events: {event} is no event type.", param="enabled_events")


def update(call: Call, params: Json) -> Json:
    """Change address, events, or switch it off."""
    _check(params)
    found = call.find("webhook_endpoint", call.ids[0], param="webhook_endpoint")
    for name in ("url", "enabled_events", "description"):
        if name in params:
            found[name] = params[name]
    if "metadata" in params:
        found["metadata"] = merged(found["metadata"], params["metadata"])
    if "disabled" in params:
        found["status"] = "disabled" if params["disabled"] else "enabled"
    call.put("webhook_endpoint", found)
    return found


def retrieve(call: Call, params: Json) -> Json:  # noqa: ARG001
    """One endpoint, without its secret."""
    return call.find("webhook_endpoint", call.ids[0], param="webhook_endpoint")


def page(call: Call, params: Json) -> Json:
    """All endpoints."""
    return call.page("webhook_endpoint", params, url="/v1/webhook_endpoints")


def delete(call: Call, params: Json) -> Json:  # noqa: ARG001
    """Forget an endpoint; what waited for it is not sent any more."""
    found = call.find("webhook_endpoint", call.ids[0], param="webhook_endpoint")
    call.store.drop(call.account, "webhook_endpoint", found["id"])
    return {"id": found["id"], "object": "webhook_endpoint", "deleted": True}


def retrieve_event(call: Call, params: Json) -> Json:  # noqa: ARG001
    """One event, with the object as it was then."""
    return call.find("event", call.ids[0])


def page_of_events(call: Call, params: Json) -> Json:
    """Events, newest first, of all or of some types."""
    wanted = [params["type"]] if "type" in params else params.get("types")
    rows = [
        event
        for event in call.store.all(call.account, "event")
        if wanted is None or any(covers(pattern, event["type"]) for pattern in wanted)
    ]
    if "delivery_success" in params:
        rows = [event for event in rows if (event["pending_webhooks"] == 0) == params["delivery_success"]]
    return call.page("event", params, url="/v1/events", rows=rows)


def covers(pattern: str, kind: str) -> bool:
    """Whether `*`, `charge.*` or a full name means this type of event."""
    return pattern in {"*", kind} or (pattern.endswith(".*") and kind.startswith(pattern[:-1]))


_CREATE: dict[str, Kind] = {
    "url": Text(required=True),
    "enabled_events": ListOf(Text(), required=True),
    "description": Text(unset=True),
    "metadata": Metadata(),
    "api_version": Choice((shapes.API_VERSION,)),
    **EXPAND,
}
_UPDATE: dict[str, Kind] = {
    "url": Text(),
    "enabled_events": ListOf(Text()),
    "description": Text(unset=True),
    "metadata": Metadata(),
    "disabled": Boolean(),
    **EXPAND,
}
ENDPOINTS = (
    Endpoint("POST", "/v1/webhook_endpoints", create, _CREATE),
    Endpoint("GET", "/v1/webhook_endpoints", page, PAGING),
    Endpoint("GET", "/v1/webhook_endpoints/{id}", retrieve, EXPAND),
    Endpoint("POST", "/v1/webhook_endpoints/{id}", update, _UPDATE),
    Endpoint("DELETE", "/v1/webhook_endpoints/{id}", delete),
    Endpoint(
        "GET",
        "/v1/events",
        page_of_events,
        {**PAGING, "type": Text(), "types": ListOf(Text()), "delivery_success": Boolean()},
    ),
    Endpoint("GET", "/v1/events/{id}", retrieve_event, EXPAND),
)
