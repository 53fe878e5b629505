"""What is not Stripe's: addresses under `/_fake/` for tests and for the control panel, without keys."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict

from . import captures, disputes, pages, payment_intents, refunds, setup_intents, shapes, transitions
from .calls import Call
from .deliveries import Trouble
from .errors import Json, StripeError, ValidationError, missing
from .faults import Fault
from .forms import decode
from .gateway import Gateway, Reply, Request
from .idempotency import KIND as IDEMPOTENCY_KEY
from .switches import seconds, typed, whole

_KEPT = frozenset({"webhook_endpoint"})


class Control:
    """Answers `/` and everything under `/_fake/`."""

    def __init__(self, gateway: Gateway) -> None:
        """Act on the same state as the API."""
        self._gateway = gateway
        self._store = gateway.store
        self._dispatcher = gateway.dispatcher
        routes: dict[str, Callable[..., Json]] = {
            r"GET /_fake/health": lambda _: {"status": "ok"},
            r"GET /_fake/stats": self._stats,
            r"POST /_fake/reset": self._reset,
            r"GET /_fake/faults": lambda _: {"faults": gateway.faults.listed()},
            r"POST /_fake/faults": self._order,
            r"DELETE /_fake/faults": self._clear,
            r"POST /_fake/faults/clear": self._clear,
            r"GET /_fake/webhooks": self._trouble,
            r"POST /_fake/webhooks": self._set_trouble,
            r"POST /_fake/webhooks/hold": lambda _: self._set_trouble({"held": "true"}),
            r"POST /_fake/webhooks/release": lambda _: self._set_trouble({"held": "false"}),
            r"GET /_fake/search": self._search,
            r"POST /_fake/search": self._set_search,
            r"GET /_fake/deliveries": self._deliveries,
            r"POST /_fake/events/([^/]+)/resend": self._resend,
            r"POST /_fake/payment_intents/([^/]+)/pay": self._pay,
            r"POST /_fake/payment_intents/([^/]+)/authenticate": self._authenticate,
            r"POST /_fake/payment_intents/([^/]+)/process": self._process,
            r"POST /_fake/payment_intents/([^/]+)/settle": self._settle,
            r"POST /_fake/payment_intents/([^/]+)/capture": self._capture,
            r"POST /_fake/payment_intents/([^/]+)/cancel": self._cancel,
            r"POST /_fake/payment_intents/([^/]+)/lapse": self._lapse,
            r"POST /_fake/payment_intents/([^/]+)/dispute": self._dispute,
            r"POST /_fake/setup_intents/([^/]+)/pay": self._set_up,
            r"POST /_fake/setup_intents/([^/]+)/authenticate": self._authenticate_setup,
            r"POST /_fake/disputes/([^/]+)/close": self._close_dispute,
            r"POST /_fake/refunds/([^/]+)/fail": self._fail_refund,
            r"POST /_fake/refunds/([^/]+)/settle": self._settle_refund,
            r"POST /_fake/idempotency_keys/expire": self._expire,
        }
        self._routes = [(re.compile(pattern + "$"), run) for pattern, run in routes.items()]

    def answer(self, request: Request) -> Reply:
        """A JSON answer, or a page where a browser asks for one."""
        wants_page = "text/html" in request.headers.get("Accept", "")
        try:
            if request.method == "GET" and (wants_page or request.path == "/"):
                page = self._page(request)
                if page is not None:
                    return page
            body = self._run(request)
        except StripeError as error:
            if error.status == 402 and wants_page:  # a declined card is a success of the panel's button
                return Reply(303, b"", headers={"Location": "/"})
            return Reply(error.status, json.dumps(error.body(), indent=2).encode())
        if request.method == "POST" and wants_page:
            return Reply(303, b"", headers={"Location": self._back(request, body)})
        return Reply(200, json.dumps(shapes.public(body), indent=2).encode())

    def _run(self, request: Request) -> Json:
        given = _given(request)
        for pattern, run in self._routes:
            match = pattern.match(f"{request.method} {request.path}")
            if match:
                return run(given, *match.groups())
        raise StripeError(f"The fake has no control {request.method} {request.path}.", status=404)

    def _page(self, request: Request) -> Reply | None:
        if request.path == "/":
            return self._panel()
        match = re.match(r"/_fake/(payment|setup)_intents/([^/]+)/authenticate$", request.path)
        return pages.authentication(self._owner(f"{match[1]}_intent", match[2])[1]) if match else None

    def _panel(self) -> Reply:
        return pages.panel(
            pages.Shown(
                intents=self._newest("payment_intent", 100),
                setups=self._newest("setup_intent", 20),
                disputes=self._newest("dispute", 20),
                refunds=self._newest("refund", 20),
                trouble=self._trouble({}),
                faults=self._gateway.faults.listed(),
            )
        )

    def _newest(self, kind: str, most: int) -> list[Json]:
        rows = [row for account in self._gateway.accounts for row in self._store.all(account.name, kind)]
        return list(reversed(rows))[:most]

    @staticmethod
    def _back(request: Request, body: Json) -> str:
        address = body.get("_return_url") or body.get("return_url")
        if not request.path.endswith("/authenticate") or not address:
            return "/"
        joint = "&" if "?" in address else "?"
        return (
            f"{address}{joint}{body['object']}={body['id']}&{body['object']}_client_secret={body['client_secret']}"
            f"&redirect_status={'succeeded' if body['status'] == 'succeeded' else 'failed'}"
        )

    def _call(self, account: str) -> Call:
        return Call(self._store, account, self._dispatcher.publish, base_url="", browser=True)

    def _owner(self, kind: str, identifier: str) -> tuple[Call, Json]:
        for account in self._gateway.accounts:
            found = self._store.get(account.name, kind, identifier)
            if found is not None:
                return self._call(account.name), found
        raise missing(kind, identifier)

    def _intent(self, identifier: str) -> tuple[Call, Json]:
        return self._owner("payment_intent", identifier)

    def _stats(self, _: Json) -> Json:
        requests: dict[str, dict[str, int]] = {}
        for (name, status), count in sorted(self._gateway.stats.items()):
            requests.setdefault(name, {})[str(status)] = count
        return {"requests": requests, "pending_deliveries": self._dispatcher.pending()}

    def _reset(self, given: Json) -> Json:
        self._gateway.faults.clear()
        self._gateway.stats.clear()
        self._dispatcher.forget()
        self._store.reset(keep=frozenset() if given.get("endpoints") in {"true", True} else _KEPT)
        return {"reset": True}

    def _order(self, given: Json) -> Json:
        kinds = {"error", "drop", "delay", "rate_limit"}
        if given.get("kind") not in kinds or given.get("when", "before") not in {"before", "after"}:
            raise ValidationError(f"A fault needs a kind of {', '.join(sorted(kinds))}, and when=before or after.")
        self._gateway.faults.order(Fault(**typed(given, Fault)))
        return {"faults": self._gateway.faults.listed()}

    def _clear(self, _: Json) -> Json:
        self._gateway.faults.clear()
        return {"faults": []}

    def _trouble(self, _: Json) -> Json:
        return asdict(self._dispatcher.trouble) | {"pending": self._dispatcher.pending()}

    def _set_trouble(self, given: Json) -> Json:
        for name, value in typed(given, Trouble).items():
            setattr(self._dispatcher.trouble, name, value)
        self._dispatcher.wake()
        return self._trouble({})

    def _search(self, _: Json) -> Json:
        return {"lag": self._gateway.search_lag}

    def _set_search(self, given: Json) -> Json:
        """How many seconds a search is behind: `lag`."""
        self._gateway.search_lag = seconds("lag", given.get("lag", ""))
        return self._search({})

    def _deliveries(self, given: Json) -> Json:
        rows = []
        for account in self._gateway.accounts:
            for row in self._store.all(account.name, "delivery"):
                event = self._store.get(account.name, "event", row["event"]) or {}
                rows.append(row | {"type": event.get("type")})
        wanted = given.get("status")
        return {"data": [row for row in rows if wanted in {None, row["status"]}]}

    def _resend(self, given: Json, identifier: str) -> Json:
        call, event = self._owner("event", identifier)
        return {"deliveries": self._dispatcher.resend(call.account, event, whole("times", given.get("times", 1)))}

    def _expire(self, given: Json) -> Json:
        forgotten = 0
        with self._store.transaction():
            for account in self._gateway.accounts:
                keys = [given["key"]] if "key" in given else self._store.ids(account.name, IDEMPOTENCY_KEY)
                for key in keys:
                    self._store.drop(account.name, IDEMPOTENCY_KEY, key)
                    forgotten += 1
        return {"forgotten": forgotten}

    def _pay(self, given: Json, identifier: str) -> Json:
        """Confirm as the buyer's browser would; a decline answers 402 as it does there."""
        call, intent = self._intent(identifier)
        call.ids = (identifier,)
        params = {
            "payment_method": given.get("payment_method", "pm_card_visa"),
            "client_secret": intent["client_secret"],
        }
        with self._store.transaction():
            return payment_intents.confirm(call, params)

    def _authenticate(self, given: Json, identifier: str) -> Json:
        """End 3-D Secure: `result=succeed` or `fail`."""
        call, intent = self._intent(identifier)
        with self._store.transaction():
            _demand(intent, "requires_action")
            redirect = (intent["next_action"] or {}).get("redirect_to_url", {})
            self._finish(call, intent, given, fail=transitions.fail_authentication)
        return intent | {"_return_url": redirect.get("return_url")}

    def _capture(self, given: Json, identifier: str) -> Json:
        """Take what is set aside, all or `amount` of it, as by hand in Stripe's dashboard; with `more` to come."""
        call, _ = self._intent(identifier)
        call.ids = (identifier,)
        amount = given.get("amount")
        with self._store.transaction():
            params = {"amount_to_capture": whole("amount", amount)} if amount else {}
            return payment_intents.capture(call, params | ({"final_capture": False} if given.get("more") else {}))

    def _cancel(self, _: Json, identifier: str) -> Json:
        call, _found = self._intent(identifier)
        call.ids = (identifier,)
        with self._store.transaction():
            return payment_intents.cancel(call, {})

    def _lapse(self, _: Json, identifier: str) -> Json:
        """What was set aside and not captured for seven days is let go."""
        call, intent = self._intent(identifier)
        with self._store.transaction():
            _demand(intent, "requires_capture")
            captures.lapse(call, intent)
        return intent

    def _dispute(self, given: Json, identifier: str) -> Json:
        """The buyer's bank takes the money back: `reason`, `amount`."""
        call, intent = self._intent(identifier)
        reason, amount = given.get("reason", "fraudulent"), given.get("amount")
        with self._store.transaction():
            _demand(intent, "succeeded")
            if reason not in disputes.REASONS:
                raise ValidationError(f"Invalid reason: must be one of {', '.join(disputes.REASONS)}", param="reason")
            charged = call.find("charge", intent["latest_charge"])
            return disputes.open_dispute(
                call, charged, reason=reason, amount=whole("amount", amount) if amount else None
            )

    def _close_dispute(self, given: Json, identifier: str) -> Json:
        """The bank decides: `result=win` or `lose`."""
        call, found = self._owner("dispute", identifier)
        result = given.get("result", "win")
        if result not in {"win", "lose"}:
            raise ValidationError("Invalid result: must be one of win, or lose", param="result")
        with self._store.transaction():
            disputes.close(call, found, won=result == "win")
        return found

    def _set_up(self, given: Json, identifier: str) -> Json:
        """Confirm a setup intent as the buyer's browser would."""
        call, found = self._owner("setup_intent", identifier)
        call.ids = (identifier,)
        params = {
            "payment_method": given.get("payment_method", "pm_card_visa"),
            "client_secret": found["client_secret"],
        }
        with self._store.transaction():
            return setup_intents.confirm(call, params)

    def _authenticate_setup(self, given: Json, identifier: str) -> Json:
        call, found = self._owner("setup_intent", identifier)
        with self._store.transaction():
            _demand(found, "requires_action")
            redirect = (found["next_action"] or {}).get("redirect_to_url", {})
            setup_intents.authenticated(call, found, passed=_passed(given))
        return found | {"_return_url": redirect.get("return_url")}

    def _process(self, given: Json, identifier: str) -> Json:
        """Money that is on its way, neither here nor lost."""
        call, intent = self._intent(identifier)
        with self._store.transaction():
            _demand(intent, *payment_intents.CONFIRMABLE)
            transitions.begin_processing(call, intent, given.get("payment_method", "pm_card_visa"))
        return intent

    def _settle(self, given: Json, identifier: str) -> Json:
        """End processing: `result=succeed` or `fail`."""
        call, intent = self._intent(identifier)
        with self._store.transaction():
            _demand(intent, "processing")
            self._finish(call, intent, given, fail=transitions.decline_plainly)
        return intent

    @staticmethod
    def _finish(call: Call, intent: Json, given: Json, *, fail: Callable[[Call, Json], None]) -> None:
        if not _passed(given):
            fail(call, intent)
        elif transitions.authenticated_card(call, intent).decline_code:
            transitions.decline_plainly(call, intent)
        else:
            transitions.succeed(call, intent)

    def _fail_refund(self, _: Json, identifier: str) -> Json:
        call, found = self._owner("refund", identifier)
        with self._store.transaction():
            _demand(found, "succeeded", "pending")
            refunds.fail(call, found)
        return found

    def _settle_refund(self, _: Json, identifier: str) -> Json:
        call, found = self._owner("refund", identifier)
        with self._store.transaction():
            _demand(found, "pending")
            refunds.settle(call, found)
        return found


def _demand(subject: Json, *statuses: str) -> None:
    if subject["status"] not in statuses:
        raise StripeError(f"{subject['id']} has a status of {subject['status']}; this needs {', '.join(statuses)}.")


def _passed(given: Json) -> bool:
    result = given.get("result", "succeed")
    if result not in {"succeed", "fail"}:
        raise ValidationError("Invalid result: must be one of succeed, or fail", param="result")
    return bool(result == "succeed")


def _given(request: Request) -> Json:
    if "json" in request.headers.get("Content-Type", "") and request.body:
        try:
            body = json.loads(request.body)
        except (ValueError, RecursionError) as error:
            raise ValidationError(f"Invalid JSON: {error}") from error
        given = body if isinstance(body, dict) else {}
    else:
        text = request.body.decode(errors="replace") if request.method == "POST" else ""
        given = {**decode(request.query), **decode(text)}
    for name, value in given.items():
        if isinstance(value, dict | list):
            raise ValidationError(f"Invalid {name}: one value.", param=name)
    return given
