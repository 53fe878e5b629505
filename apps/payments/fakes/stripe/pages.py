"""The two pages: a panel of intents with buttons, and the 3-D Secure page a browser is sent to."""

from __future__ import annotations

from html import escape

from .errors import Json
from .gateway import Reply
from .money import written

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:68rem;padding:0 1rem;color:#123;background:#f7f8fa}
h1{font-size:1.3rem}table{width:100%;border-collapse:collapse;background:#fff;border:1px solid #e3e8ee}
th,td{text-align:left;padding:.5rem .7rem;border-bottom:1px solid #e3e8ee}th{color:#697386;font-weight:500}
code{font-size:.85em}form{display:inline}
button{font:inherit;border:1px solid #c1c9d2;background:#fff;border-radius:5px;padding:.15rem .6rem;cursor:pointer}
.pay{background:#4f46e5;border-color:#4f46e5;color:#fff}.note{color:#697386}
main{background:#fff;border:1px solid #e3e8ee;border-radius:8px;padding:2rem;max-width:26rem;margin:4rem auto}
"""


def _page(title: str, body: str) -> Reply:
    text = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>{body}</html>'
    )
    return Reply(200, text.encode(), "text/html; charset=utf-8", {"Cache-Control": "no-store"})


def _button(action: str, label: str, css: str = "", **values: str) -> str:
    hidden = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in values.items())
    return f'<form method="post" action="{action}">{hidden}<button class="{css}">{label}</button></form> '


def _actions(intent: Json) -> str:
    base = f"/_fake/payment_intents/{intent['id']}"
    if intent["status"] in {"requires_payment_method", "requires_confirmation"}:
        return (
            _button(f"{base}/pay", "Pay", "pay", payment_method="pm_card_visa")
            + _button(f"{base}/pay", "Decline", payment_method="pm_card_chargeDeclined")
            + _button(f"{base}/pay", "Ask 3-D Secure", payment_method="pm_card_authenticationRequired")
            + _button(f"{base}/process", "Processing")
        )
    words = {"requires_action": "authenticate", "processing": "settle"}
    verb = words.get(intent["status"])
    if verb is None:
        return ""
    return _button(f"{base}/{verb}", "Succeed", "pay", result="succeed") + _button(
        f"{base}/{verb}", "Fail", result="fail"
    )


def panel(intents: list[Json], *, trouble: Json) -> Reply:
    """The newest intents and what a buyer could do with each."""
    rows = "".join(
        f"<tr><td><code>{escape(intent['id'])}</code></td><td>{escape(written(intent['amount'], intent['currency']))}"
        f"</td><td>{escape(intent['status'])}</td><td>{escape(intent['description'] or '')}</td>"
        f"<td>{_actions(intent)}</td></tr>"
        for intent in intents
    )
    held = trouble["held"]
    switch = _button(f"/_fake/webhooks/{'release' if held else 'hold'}", f"{'Release' if held else 'Hold'} webhooks")
    return _page(
        "Fake Stripe",
        f"<h1>Fake Stripe</h1><p class=note>A stand-in for Stripe: no real card, no real money. "
        f"{trouble['pending']} webhook deliveries are waiting. {switch}</p>"
        "<table><tr><th>Payment intent<th>Amount<th>Status<th>Description<th>As the buyer</tr>"
        f"{rows or '<tr><td colspan=5 class=note>No payment has been asked for yet.</td></tr>'}</table>",
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
