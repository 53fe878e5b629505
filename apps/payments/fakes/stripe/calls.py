"""What a handler gets: the account's objects, the events it emits, and the lists and expansions all of them share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from . import shapes
from .errors import Json, ValidationError, missing
from .forms import Created, Integer, Kind, ListOf, Text
from .store import Store

PAGING: dict[str, Kind] = {
    "limit": Integer(least=1, most=100),
    "starting_after": Text(),
    "ending_before": Text(),
    "created": Created(),
    "expand": ListOf(Text()),
}
EXPAND: dict[str, Kind] = {"expand": ListOf(Text())}
_EXPANDABLE = {
    "charge": "charge",
    "customer": "customer",
    "latest_attempt": "setup_attempt",
    "latest_charge": "charge",
    "payment_intent": "payment_intent",
    "payment_method": "payment_method",
}
_BEFORE = {
    "equal": lambda at, bound: at == bound,
    "gt": lambda at, bound: at > bound,
    "gte": lambda at, bound: at >= bound,
    "lt": lambda at, bound: at < bound,
    "lte": lambda at, bound: at <= bound,
}


@dataclass
class Call:
    """One authenticated request on one account."""

    store: Store
    account: str
    publish: Callable[[str, Json], None]
    base_url: str
    browser: bool = False
    request_id: str | None = None
    idempotency_key: str | None = None
    ids: tuple[str, ...] = field(default=())
    search_lag: float = 0.0
    """For so many seconds a search does not know what was written."""

    def find(
        self,
        kind: str,
        identifier: str,
        *,
        param: str = "id",
        status: int = 404,
        but: Callable[[Json], bool] | None = None,
    ) -> Json:
        """The object, or Stripe's `resource_missing`, also for those that `but` rules out."""
        found = self.store.get(self.account, kind, identifier)
        if found is None or (but is not None and but(found)):
            raise missing(kind, identifier, param=param, status=status)
        return found

    def put(self, kind: str, *objects: Json) -> None:
        """Keep new or changed objects."""
        for one in objects:
            self.store.put(self.account, kind, one["id"], one)

    def emit(self, kind: str, subject: Json, *, previous: Json | None = None) -> None:
        """Record an event with a snapshot, and send it to the endpoints once all is written."""
        made = shapes.event(
            kind, shapes.public(subject), request_id=self.request_id, idempotency_key=self.idempotency_key
        )
        if previous is not None:
            made["data"]["previous_attributes"] = previous
        self.put("event", made)
        self.publish(self.account, made)

    def page(self, kind: str, params: Json, *, url: str, rows: list[Json] | None = None) -> Json:
        """A list of Stripe's: newest first, cursors by id, filtered by time of creation."""
        rows = list(reversed(self.store.all(self.account, kind) if rows is None else rows))
        for word, bound in params.get("created", {}).items():
            rows = [row for row in rows if _BEFORE[word](row["created"], bound)]
        limit = params.get("limit", 10)
        if "starting_after" in params and "ending_before" in params:
            raise ValidationError("You can't use both `starting_after` and `ending_before`.", param="ending_before")
        if "starting_after" in params:
            rows = rows[self._place(kind, rows, params, "starting_after") + 1 :]
            shown = rows[:limit]
        elif "ending_before" in params:
            rows = rows[: self._place(kind, rows, params, "ending_before")]
            shown = rows[-limit:]
        else:
            shown = rows[:limit]
        return {"object": "list", "data": shown, "has_more": len(rows) > limit, "url": url}

    @staticmethod
    def _place(kind: str, rows: list[Json], params: Json, cursor: str) -> int:
        for place, row in enumerate(rows):
            if row["id"] == params[cursor]:
                return place
        raise missing(kind, params[cursor], param=cursor, status=400)

    def expanded(self, answer: Json, paths: list[str]) -> Json:
        """Replace ids by objects where `expand` asks for it; answers a public copy."""
        copy = shapes.public(answer)
        for path in paths:
            self._expand(copy, path.split("."), path)
        return copy

    def _expand(self, here: Json, steps: list[str], path: str) -> None:
        step, rest = steps[0], steps[1:]
        if step == "data" and here.get("object") == "list":
            for row in here["data"]:
                self._expand(row, rest, path)
            return
        if step not in here or step not in _EXPANDABLE:
            raise ValidationError(f"This property cannot be expanded ({path}).", param="expand")
        if isinstance(here[step], str):
            here[step] = shapes.public(self.find(_EXPANDABLE[step], here[step]))
        if rest and here[step] is not None:
            self._expand(here[step], rest, path)


@dataclass(frozen=True)
class Endpoint:
    """One address: its method, its path with `{id}` places, the parameters it takes and what it does."""

    method: str
    path: str
    run: Callable[[Call, Json], Json]
    fields: dict[str, Kind] = field(default_factory=dict)
    browser: bool = False


def check_secret(call: Call, subject: Json, params: Json) -> None:
    """A browser proves itself with the client secret; a server may."""
    given = params.get("client_secret")
    if given is None and call.browser:
        raise ValidationError("Missing required param: client_secret.", code="parameter_missing", param="client_secret")
    if given is not None and given != subject["client_secret"]:
        word = "PaymentIntent" if subject["object"] == "payment_intent" else "SetupIntent"
        raise ValidationError(
            f"The client_secret provided does not match the client_secret associated with the {word}.",
            code="payment_intent_invalid_parameter" if word == "PaymentIntent" else "resource_missing",
            param="client_secret",
        )


def require_return_url(call: Call, subject: Json, params: Json) -> None:
    """Where methods may send the buyer away, a server must say where the buyer comes back to."""
    automatic = subject["automatic_payment_methods"]
    redirects = automatic is not None and automatic["allow_redirects"] == "always"
    if redirects and not call.browser and not params.get("return_url") and not params.get("use_stripe_sdk"):
        word = "PaymentIntent" if subject["object"] == "payment_intent" else "SetupIntent"
        raise ValidationError(
            f"This {word} is configured to accept payment methods enabled in your Dashboard. Because some of "
            "these payment methods might redirect your customer off of your page, you must provide a `return_url`. "
            "If you don't want to accept redirect-based payment methods, set "
            "`automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to "
            "`never` when creating Setup Intents and Payment Intents.",
            param="return_url",
        )


def merged(old: dict[str, str], new: dict[str, str] | None) -> dict[str, str]:
    """Metadata after an update: an empty value removes its name, an empty whole removes all."""
    return {} if new is None else {key: value for key, value in (old | new).items() if value != ""}


def refuse_together(params: Json, *names: str) -> None:
    """Stripe takes only one of these."""
    given = [name for name in names if name in params]
    if len(given) > 1:
        raise ValidationError(f"You may only specify one of these parameters: {', '.join(given)}.", param=given[0])
