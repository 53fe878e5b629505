"""One API request from authentication to the saved answer."""

from __future__ import annotations

import base64
import binascii
import json
import re
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from . import (
    customer_shapes,
    customers,
    disputes,
    payment_intents,
    payment_methods,
    refunds,
    search,
    setup_intents,
    shapes,
    webhooks,
)
from .calls import Call, Endpoint
from .deliveries import Dispatcher
from .errors import Json, StripeError, ValidationError
from .faults import Fault, Faults, suffer
from .forms import Tree, decode, read
from .idempotency import Answer, Keys
from .store import Store

FORM = "application/x-www-form-urlencoded"
_VERSION = re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(\.[a-z]+)?$")


@dataclass(frozen=True)
class Request:
    """An HTTP request, already read."""

    method: str
    path: str
    query: str
    body: bytes
    headers: Mapping[str, str]
    base_url: str


@dataclass(frozen=True)
class Reply:
    """What the server writes."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Account:
    """One merchant: its two keys. Objects and idempotency keys never cross."""

    secret_key: str
    publishable_key: str

    @property
    def name(self) -> str:
        """How the store calls it."""
        return self.secret_key


class Gateway:
    """Routes, checks, executes and remembers."""

    def __init__(self, store: Store, dispatcher: Dispatcher, accounts: list[Account]) -> None:
        """Know the accounts and every endpoint."""
        self.store = store
        self.dispatcher = dispatcher
        self.accounts = accounts
        self.faults = Faults()
        self.search_lag = search.LAG_SECONDS
        self.stats: Counter[tuple[str, int]] = Counter()
        self._counting = threading.Lock()
        self._keys = Keys(store)
        modules = (search, payment_intents, refunds, customers, payment_methods, setup_intents, disputes, webhooks)
        endpoints = [endpoint for module in modules for endpoint in module.ENDPOINTS]
        self._routes = [(re.compile(re.sub(r"{id}", "([^/]+)", one.path) + "$"), one) for one in endpoints]

    def answer(self, request: Request) -> Reply:
        """Always a reply in Stripe's shape, but for a `Dropped`, which the server answers by silence."""
        request_id = shapes.new_id("req", 14)
        name = f"{request.method} (unknown)"
        headers: dict[str, str] = {}
        try:
            account, browser, params = self._admit(request)
            endpoint, ids = self._route(request)
            name = f"{endpoint.method} {endpoint.path}"
            if browser and not endpoint.browser:
                raise _secret_key_required()
            call = Call(
                store=self.store,
                account=account.name,
                publish=self.dispatcher.publish,
                base_url=request.base_url,
                browser=browser,
                request_id=request_id,
                idempotency_key=request.headers.get("Idempotency-Key") if request.method == "POST" else None,
                ids=ids,
                search_lag=self.search_lag,
            )
            answer = self._execute(endpoint, call, read(params, endpoint.fields), request.path)
        except StripeError as error:
            answer = Answer(error.status, _json(error.body()), request_id)
            headers = error.headers
        with self._counting:
            self.stats[name, answer.status] += 1
        return self._reply(request, answer, request_id, headers)

    def _reply(self, request: Request, answer: Answer, request_id: str, headers: dict[str, str]) -> Reply:
        headers = {
            "Request-Id": request_id,
            "Stripe-Version": request.headers.get("Stripe-Version", shapes.API_VERSION),
            "Cache-Control": "no-cache, no-store",
            "Access-Control-Allow-Origin": "*",
            **headers,
        }
        if request.method == "POST" and "Idempotency-Key" in request.headers:
            headers["Idempotency-Key"] = request.headers["Idempotency-Key"]
            headers["Original-Request"] = answer.request_id
        if answer.replayed:
            headers["Idempotent-Replayed"] = "true"
        if answer.status >= 500:
            headers["Stripe-Should-Retry"] = "false"
        return Reply(answer.status, answer.body.encode(), headers=headers)

    def _admit(self, request: Request) -> tuple[Account, bool, Tree]:
        params = self._params(request)
        version = request.headers.get("Stripe-Version", shapes.API_VERSION)
        given = _key_of(request.headers.get("Authorization", ""))
        if given is None and isinstance(params.get("key"), str):
            given = str(params.pop("key"))
        if not given:
            raise _no_key()
        for account in self.accounts:
            if given in {account.secret_key, account.publishable_key}:
                break
        else:
            hidden = f"{given[:8]}{'*' * max(0, len(given) - 12)}{given[-4:]}"
            raise StripeError(f"Invalid API Key provided: {hidden}", status=401)
        if not _VERSION.match(version):
            raise ValidationError(f"Invalid Stripe API version: {version}")
        return account, given == account.publishable_key, params

    @staticmethod
    def _params(request: Request) -> Tree:
        try:
            if request.method != "POST":
                return decode(request.query)
            content_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if request.body and content_type != FORM:
                raise ValidationError(
                    "Invalid request (check that your POST content type is application/x-www-form-urlencoded). "
                    "If you have any questions, we can help at https://support.stripe.com/."
                )
            return decode(request.query) | decode(request.body.decode())
        except UnicodeDecodeError as error:
            raise ValidationError("Invalid request: the body is not UTF-8.") from error

    def _route(self, request: Request) -> tuple[Endpoint, tuple[str, ...]]:
        allowed = []
        for pattern, endpoint in self._routes:
            match = pattern.match(request.path)
            if match and endpoint.method == request.method:
                return endpoint, match.groups()
            if match:
                allowed.append(endpoint.method)
        message = (
            f"Unrecognized request URL ({request.method}: {request.path}). Please see https://stripe.com/docs or we "
            "can help at https://support.stripe.com/."
        )
        if allowed:
            raise _NotAllowed(message, status=405, allowed=tuple(sorted(set(allowed))))
        raise StripeError(message, status=404)

    def _execute(self, endpoint: Endpoint, call: Call, params: Json, path: str) -> Answer:
        key = call.idempotency_key
        if key is None:
            return self._run(endpoint, call, params, path)
        saved = self._keys.begin(call.account, key, path=path, params=params)
        if saved is not None:
            return saved
        try:
            return self._run(endpoint, call, params, path)
        finally:
            self._keys.end(call.account, key)

    def _run(self, endpoint: Endpoint, call: Call, params: Json, path: str) -> Answer:
        faults = self.faults.take(endpoint.method, path)
        failure = suffer(faults, "before")
        with self.store.transaction():
            if failure is None:
                answer = _answer(endpoint, call, params)
                failure = _error_after(faults)
            if failure is not None:
                answer = Answer(failure.status, _json(failure.body()), call.request_id or "")
            if call.idempotency_key is not None:
                self._keys.save(call.account, call.idempotency_key, path=path, params=params, answer=answer)
        suffer([fault for fault in faults if fault.kind != "error"], "after")
        return answer


def _all_of(made: Json) -> Json:
    return made


_FOR_BROWSERS = {"payment_intent": shapes.for_browsers, "setup_intent": customer_shapes.for_browsers}


def _answer(endpoint: Endpoint, call: Call, params: Json) -> Answer:
    request_id = call.request_id or ""
    expand = params.pop("expand", [])
    try:
        made = endpoint.run(call, params)
        if call.browser:
            made = _FOR_BROWSERS.get(made["object"], _all_of)(made)
        body = call.expanded(made, expand)
    except ValidationError:
        raise
    except StripeError as error:
        return Answer(error.status, _json(error.body()), request_id)
    finally:
        if expand:
            params["expand"] = expand
    return Answer(200, _json(body), request_id)


def _error_after(faults: list[Fault]) -> StripeError | None:
    return suffer([fault for fault in faults if fault.kind == "error"], "after")


class _NotAllowed(StripeError):
    def __init__(self, message: str, *, status: int, allowed: tuple[str, ...]) -> None:
        super().__init__(message, status=status)
        self._allowed = allowed

    @property
    def headers(self) -> dict[str, str]:
        return {"Allow": ", ".join(self._allowed)}


def _json(body: Json) -> str:
    return json.dumps(body, indent=2)


def _key_of(header: str) -> str | None:
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return None


def _no_key() -> StripeError:
    return StripeError(
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer "
        "auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for "
        "details, or we can help at https://support.stripe.com/.",
        status=401,
    )


def _secret_key_required() -> StripeError:
    return StripeError(
        "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of "
        "your API keys at https://dashboard.stripe.com/account/apikeys.",
        status=401,
        code="secret_key_required",
    )
