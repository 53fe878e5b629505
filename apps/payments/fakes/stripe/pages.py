"""The two pages: a panel of all that can be done by click, and the 3-D Secure page a browser is sent to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from .errors import Json
from .gateway import Reply
from .money import written

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:68rem;padding:0 1rem;color:#123;background:#f7f8fa}
h1{font-size:1.3rem}h2{font-size:1.05rem;margin:1.6rem 0 .4rem}
table{width:100%;border-collapse:collapse;background:#fff;border:1px solid #e3e8ee}
th,td{text-align:left;padding:.5rem .7rem;border-bottom:1px solid #e3e8ee}th{color:#697386;font-weight:500}
code{font-size:.85em}form{display:inline}
button{font:inherit;border:1px solid #c1c9d2;background:#fff;border-radius:5px;padding:.15rem .6rem;cursor:pointer}
.pay{background:#4f46e5;border-color:#4f46e5;color:#fff}.on{background:#fde8c8}.note{color:#697386}
main{background:#fff;border:1px solid #e3e8ee;border-radius:8px;padding:2rem;max-width:26rem;margin:4rem auto}
"""
_UNPAID = frozenset({"requires_payment_method", "requires_confirmation"})


@dataclass(frozen=True)
class Shown:
    """What the panel shows, the newest first."""

    intents: Sequence[Json]
    setups: Sequence[Json] = ()
    disputes: Sequence[Json] = ()
    refunds: Sequence[Json] = ()
    trouble: Json = field(default_factory=dict)
    faults: Sequence[Json] = ()


def _page(title: str, body: str) -> Reply:
    text = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>{body}</html>'
    )
    return Reply(200, text.encode(), "text/html; charset=utf-8", {"Cache-Control": "no-store"})


def _button(action: str, label: str, css: str = "", **values: str) -> str:
    hidden = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in values.items())
    return f'<form method="post" action="{action}">{hidden}<button class="{css}">{label}</button></form> '


def _cards(base: str) -> str:
    """What a buyer's card may do."""
    return (
        _button(f"{base}/pay", "Pay", "pay", payment_method="pm_card_visa")
        + _button(f"{base}/pay", "Decline", payment_method="pm_card_chargeDeclined")
        + _button(f"{base}/pay", "Ask 3-D Secure", payment_method="pm_card_authenticationRequired")
    )


def _ends(base: str, verb: str) -> str:
    return _button(f"{base}/{verb}", "Succeed", "pay", result="succeed") + _button(
        f"{base}/{verb}", "Fail", result="fail"
    )


def _of_intent(intent: Json) -> str:
    base, status = f"/_fake/payment_intents/{intent['id']}", intent["status"]
    if status in _UNPAID:
        return _cards(base) + _button(f"{base}/process", "Processing") + _button(f"{base}/cancel", "Cancel")
    if status == "requires_capture":
        return (
            _button(f"{base}/capture", "Capture", "pay")
            + _button(f"{base}/capture", "Capture 1.00, more to come", amount="100", more="true")
            + _button(f"{base}/cancel", "Void")
            + _button(f"{base}/lapse", "Let lapse")
        )
    if status == "succeeded":
        return _button(f"{base}/dispute", "Dispute")
    verb = {"requires_action": "authenticate", "processing": "settle"}.get(status)
    return _ends(base, verb) if verb else ""


def _of_setup(setup: Json) -> str:
    base, status = f"/_fake/setup_intents/{setup['id']}", setup["status"]
    if status in _UNPAID:
        return _cards(base).replace(">Pay<", ">Save the card<")
    return _ends(base, "authenticate") if status == "requires_action" else ""


def _of_dispute(dispute: Json) -> str:
    base = f"/_fake/disputes/{dispute['id']}/close"
    if dispute["status"] not in {"needs_response", "under_review"}:
        return ""
    return _button(base, "The shop wins", result="win") + _button(base, "The shop loses", result="lose")


def _of_refund(refund: Json) -> str:
    base = f"/_fake/refunds/{refund['id']}"
    settle = _button(f"{base}/settle", "Arrive") if refund["status"] == "pending" else ""
    return settle + (_button(f"{base}/fail", "Come back") if refund["status"] in {"pending", "succeeded"} else "")


def _table(title: str, rows: str, *, third: str, none: str) -> str:
    empty = f"<tr><td colspan=5 class=note>{none}</td></tr>"
    head = f"<tr><th>Id<th>Amount<th>Status<th>{third}<th>By click</tr>"
    return f"<h2>{title}</h2><table>{head}{rows or empty}</table>"


def _row(thing: Json, about: str, actions: str) -> str:
    amount = written(thing["amount"], thing["currency"]) if "amount" in thing else ""
    return (
        f"<tr><td><code>{escape(thing['id'])}</code></td><td>{escape(amount)}</td><td>{escape(thing['status'])}</td>"
        f"<td>{escape(about)}</td><td>{actions}</td></tr>"
    )


def _webhook_switches(trouble: Json) -> str:
    held, shuffled, late = trouble["held"], trouble["shuffle"], trouble["delay"] > 0
    switch = "/_fake/webhooks"
    return (
        _button(f"{switch}/{'release' if held else 'hold'}", f"{'Release' if held else 'Hold'} webhooks", _lit(on=held))
        + _button(switch, f"Lose the next ({trouble['drop']})", drop="1")
        + _button(switch, f"Double the next ({trouble['duplicate']})", duplicate="1")
        + _button(switch, f"Sign the next badly ({trouble['bad_signature']})", bad_signature="1")
        + _button(switch, "In order" if shuffled else "Out of order", _lit(on=shuffled), shuffle=_word(on=not shuffled))
        + _button(switch, "At once" if late else "5 s late", _lit(on=late), delay="0" if late else "5")
    )


def _answer_switches(faults: Sequence[Json]) -> str:
    order = "/_fake/faults"
    return (
        _button(order, "Answer the next call 500", kind="error", path="/v1")
        + _button(order, "Drop it after its effect", kind="drop", when="after", path="/v1")
        + _button(order, "Delay it", kind="delay", seconds="5", path="/v1")
        + _button(order, "429", kind="rate_limit", path="/v1")
        + _button(f"{order}/clear", f"No trouble ({len(faults)} waiting)", _lit(on=bool(faults)))
    )


def _lit(*, on: bool) -> str:
    return "on" if on else ""


def _word(*, on: bool) -> str:
    return "true" if on else "false"


def panel(shown: Shown) -> Reply:
    """The newest things, what buyers and banks could do with each, and what may go wrong."""
    intents = "".join(_row(one, one["description"] or "", _of_intent(one)) for one in shown.intents)
    setups = "".join(_row(one, one["customer"] or "", _of_setup(one)) for one in shown.setups)
    disputes = "".join(_row(one, one["reason"], _of_dispute(one)) for one in shown.disputes)
    refunds = "".join(_row(one, one["payment_intent"] or "", _of_refund(one)) for one in shown.refunds)
    return _page(
        "Fake Stripe",
        f"<h1>Fake Stripe</h1><p class=note>A stand-in for Stripe: no real card, no real money. "
        f"{shown.trouble['pending']} webhook deliveries are waiting.</p>"
        f"<p>{_webhook_switches(shown.trouble)}</p><p>{_answer_switches(shown.faults)}</p>"
        + _table("Payment intents", intents, third="Description", none="No payment has been asked for yet.")
        + _table("Setup intents", setups, third="Customer", none="Nobody has saved a card yet.")
        + _table("Disputes", disputes, third="Reason", none="No payment was disputed.")
        + _table("Refunds", refunds, third="Of", none="Nothing was sent back."),
    )


def authentication(intent: Json) -> Reply:
    """What the buyer's bank would ask."""
    if intent["status"] != "requires_action":
        return _page(
            "3-D Secure", f"<main><h1>3-D Secure</h1><p>Nothing to approve: {escape(intent['status'])}.</main>"
        )
    action = f"/_fake/{intent['object']}s/{intent['id']}/authenticate"
    what = (
        f"a payment of <strong>{escape(written(intent['amount'], intent['currency']))}</strong>"
        if intent["object"] == "payment_intent"
        else "that a shop keeps your card for later"
    )
    return _page(
        "3-D Secure",
        f"<main><h1>3-D Secure test page</h1><p>Your bank asks you to approve {what}.</p>"
        f"{_button(action, 'Approve', 'pay', result='succeed')}{_button(action, 'Refuse', result='fail')}</main>",
    )
