"""Variants and prices in the hands of staff, over HTTP and in time."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError

from apps.catalog import api as catalog
from apps.catalog.models import Product, Stock, Variant
from apps.catalog.rules import combination
from apps.catalog.services.ensure_basics import ensure_basics
from apps.catalog.testing.staff import ask, done, errors_of, make_mug
from shop import clock
from shop.testing.drain import drain
from shop.testing.http import send
from shop.testing.races import at_once, happens_after
from shop.testing.tokens import bearer

pytestmark = pytest.mark.usefixtures("database")

BASE = "/products/mug/variants"
PRICES = f"{BASE}/MUG-BLUE/prices"
EUR = {"amount": 1200, "currency": "EUR"}
GREEN = {"sku": "MUG-GREEN", "options": {"color": "green"}, "prices": [{"amount": 900, "currency": "EUR"}]}


@pytest.fixture(autouse=True)
def a_mug(database):
    ensure_basics()
    make_mug()


def skus() -> list[str]:
    return [variant["sku"] for variant in done(ask("GET", BASE))["data"]]


def page():
    return done(send("GET", "/products/mug"))


# --- variants ---


def test_a_new_variant_is_sold_at_once():
    answer = ask("POST", BASE, GREEN)
    assert done(answer, 201) == {**GREEN, "position": 2}
    assert answer.headers["Location"] == "/api/v1/products/mug/variants/MUG-GREEN"
    assert done(ask("GET", f"{BASE}/MUG-GREEN"))["sku"] == "MUG-GREEN"
    assert page()["options"] == [{"code": "color", "name": "Color", "values": ["blue", "red", "green"]}]
    assert page()["prices"]["EUR"]["amount"] == 900
    assert [offer.name for offer in catalog.get_offers(skus=("MUG-GREEN",), currency="EUR")] == ["Mug, green"]
    assert Stock.objects.filter(sku="MUG-GREEN", sellable=True).count() == 1


def test_variants_exchange_options_and_places():
    done(ask("PATCH", f"{BASE}/MUG-RED", {"position": 0}))
    assert skus() == ["MUG-RED", "MUG-BLUE"]
    done(ask("PATCH", f"{BASE}/MUG-RED", {"options": {"color": "green"}}))
    assert page()["variants"][0]["options"] == {"color": "green"}
    assert Variant.objects.get(sku="MUG-RED").combination == combination({"color": "green"})


def test_a_variant_goes_but_not_the_last_one_of_a_product_on_sale():
    assert ask("DELETE", f"{BASE}/MUG-RED").status_code == 204
    assert skus() == ["MUG-BLUE"]
    answer = ask("DELETE", f"{BASE}/MUG-BLUE")
    assert (answer.status_code, answer.json()["code"]) == (422, "catalog.not_publishable")
    assert skus() == ["MUG-BLUE"]
    done(ask("POST", "/products/mug/unpublish"))
    assert ask("DELETE", f"{BASE}/MUG-BLUE").status_code == 204
    assert skus() == []


@pytest.mark.parametrize(
    ("body", "status", "wrong"),
    [
        ({**GREEN, "options": {"color": "blue"}}, 422, ("/options", "twice")),
        ({**GREEN, "options": {}}, 422, ("/options/color", "required")),
        ({**GREEN, "options": {"color": "gold"}}, 422, ("/options/color", "not_a_choice")),
        ({**GREEN, "sku": "MUG-BLUE"}, 422, ("/sku", "twice")),
        ({**GREEN, "prices": [EUR, EUR]}, 422, ("/prices", "twice")),
        ({**GREEN, "prices": [{"amount": 1.5, "currency": "EUR"}]}, 422, ("/prices/0", "money")),
        ({**GREEN, "prices": [{"amount": 10**14, "currency": "EUR"}]}, 422, ("/prices/0", "range")),
        ({**GREEN, "weight": 1}, 422, ("/weight", "unknown_field")),
        ({"options": {"color": "green"}}, 422, ("/sku", "required")),
    ],
)
def test_a_variant_that_cannot_be_is_told_by_its_place(body, status, wrong):
    answer = ask("POST", BASE, body)
    assert answer.status_code == status
    assert wrong in errors_of(answer)
    assert skus() == ["MUG-BLUE", "MUG-RED"]


def test_absent_variants_and_products_are_not_found():
    for method, path in (
        ("GET", f"{BASE}/NO"),
        ("PATCH", f"{BASE}/NO"),
        ("DELETE", f"{BASE}/NO"),
        ("GET", f"{BASE}/NO/prices"),
    ):
        assert ask(method, path, {} if method == "PATCH" else None).json()["code"] == "catalog.variant_not_found"
    assert ask("GET", "/products/no/variants").json()["code"] == "catalog.product_not_found"


def test_variants_share_the_revision_of_their_product():
    seen = ask("GET", f"{BASE}/MUG-RED").headers["ETag"]
    assert ask("GET", BASE).headers["ETag"] == seen
    done(ask("PATCH", f"{BASE}/MUG-RED", {"position": 0}, if_match=seen))
    for method in ("PATCH", "DELETE"):
        assert (
            ask(method, f"{BASE}/MUG-RED", {"position": 1} if method == "PATCH" else None, if_match=seen).status_code
            == 412
        )


def test_a_repeated_request_makes_one_variant():
    token = bearer("staff", scopes=("catalog:write", "prices:write"))
    answers = [send("POST", BASE, GREEN, authorization=token, idempotency_key="k") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert skus() == ["MUG-BLUE", "MUG-RED", "MUG-GREEN"]


def test_the_database_itself_refuses_a_combination_twice():
    blue = Variant.objects.get(sku="MUG-BLUE")
    with pytest.raises(IntegrityError):
        Variant.objects.create(product_id=blue.product_id, sku="X", options=blue.options, combination=blue.combination)


def test_of_two_who_add_one_combination_at_once_one_is_told():
    tries = [partial(ask, "POST", BASE, {**GREEN, "sku": f"GREEN-{number}"}) for number in range(4)]
    answers = at_once(*tries)
    assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422]
    assert len(skus()) == 3


def test_two_editors_of_one_product_at_once_lose_nothing():
    seen = ask("GET", "/staff/products/mug").headers["ETag"]
    answers = at_once(*[partial(ask, "PATCH", "/products/mug", {"name": name}, if_match=seen) for name in "ABCD"])
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    [winner] = [answer.json()["name"] for answer in answers if answer.status_code == 200]
    assert (Product.objects.get().name, page()["name"]) == (winner, winner)


# --- prices ---


def put(body, path=PRICES, **headers):
    headers.setdefault("if_match", ask("GET", path).headers["ETag"])
    return ask("PUT", path, body, **headers)


def in_(hours: float) -> str:
    return (clock.now() + timedelta(hours=hours)).isoformat()


def test_prices_are_read_and_replaced_as_a_whole():
    assert done(ask("GET", PRICES)) == {
        "sku": "MUG-BLUE",
        "revision": 2,
        "current": [EUR],
        "standing": [EUR],
        "sales": [],
    }
    yen = {"amount": 2000, "currency": "JPY"}
    body = {"standing": [EUR, yen], "sales": [{"price": {"amount": 1000, "currency": "EUR"}, "ends_at": in_(1)}]}
    answered = done(put(body))
    assert (answered["standing"], answered["current"]) == ([EUR, yen], [{"amount": 1000, "currency": "EUR"}, yen])
    assert done(ask("GET", PRICES)) == answered
    assert done(put({"standing": [EUR]}))["sales"] == []


def test_prices_need_the_etag_that_was_read():
    body, seen = {"standing": [EUR]}, ask("GET", PRICES).headers["ETag"]
    assert ask("PUT", PRICES, body).status_code == 428
    assert put(body, if_match=seen).status_code == 200
    assert put(body, if_match=seen).status_code == 412
    assert put({"standing": []}, if_match='"r999"').status_code == 412
    assert put(body, if_match="*").status_code == 200


def test_of_two_who_set_prices_at_once_one_is_told():
    seen = ask("GET", PRICES).headers["ETag"]
    bodies = [{"standing": [{"amount": amount, "currency": "EUR"}]} for amount in (1, 2, 3)]
    answers = at_once(*[partial(ask, "PUT", PRICES, body, if_match=seen) for body in bodies])
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    [winner] = [answer.json()["standing"] for answer in answers if answer.status_code == 200]
    assert done(ask("GET", PRICES))["standing"] == winner


def test_a_price_change_between_the_look_and_the_write_is_seen():
    seen = ask("GET", PRICES).headers["ETag"]
    rival = partial(put, {"standing": [{"amount": 1, "currency": "EUR"}]}, if_match=seen)
    with happens_after("apps.catalog.http.views.variants.revision_wanted", rival):
        assert put({"standing": [EUR]}, if_match=seen).status_code == 412
    assert done(ask("GET", PRICES))["standing"] == [{"amount": 1, "currency": "EUR"}]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, ("/standing", "required")),
        ({"standing": [EUR, EUR]}, ("/standing", "twice")),
        ({"standing": [{"amount": -1, "currency": "EUR"}]}, ("/standing/0", "range")),
        ({"standing": [{"amount": "1200", "currency": "EUR"}]}, ("/standing/0", "money")),
        ({"standing": [{"amount": 1200, "currency": "XXX"}]}, ("/standing/0", "currency")),
        ({"standing": [{"amount": 1200, "currency": "GBP"}]}, ("/standing/0", "not_sold")),
        ({"standing": [], "sales": [{"price": EUR, "starts_at": "soon"}]}, ("/sales/0/starts_at", "invalid")),
        (
            {"standing": [], "sales": [{"price": EUR, "starts_at": "1969-01-01T00:00:00Z"}]},
            ("/sales/0/starts_at", "far"),
        ),
        (
            {"standing": [], "sales": [{"price": EUR, "ends_at": "2001-01-01T00:00:00Z"}]},
            ("/sales/0/ends_at", "before_start"),
        ),
        ({"standing": [], "sales": [{"price": EUR}] * 2}, ("/sales/1/starts_at", "twice")),
        ({"standing": [], "sales": [{}]}, ("/sales/0/price", "required")),
        ({"standing": [], "price": 5}, ("/price", "unknown_field")),
    ],
)
def test_prices_that_cannot_be_are_told_and_nothing_changes(body, wrong):
    answer = put(body)
    assert answer.status_code == 422
    assert wrong in errors_of(answer)
    assert done(ask("GET", PRICES))["standing"] == [EUR]


def test_a_product_on_sale_keeps_a_price():
    done(put({"standing": []}, path=f"{BASE}/MUG-RED/prices"))
    answer = put({"standing": []})
    assert (answer.status_code, errors_of(answer)) == (422, [("/variants", "no_price")])
    assert done(ask("GET", PRICES))["standing"] == [EUR]


def amount() -> int:
    return catalog.get_offers(skus=("MUG-BLUE",), currency="EUR")[0].price.amount


def test_a_sale_starts_and_ends_on_time_and_shows_the_regular_price():
    sale = {"price": {"amount": 1000, "currency": "EUR"}, "starts_at": in_(1), "ends_at": in_(2)}
    done(put({"standing": [EUR], "sales": [sale]}))
    seen = []
    for hours in (0, 1.5, 2.5):
        with clock.shifted(timedelta(hours=hours)):
            offered = amount()  # by the clock, also before any job ran
            drain("catalog")
            variant = page()["variants"][0]
            seen.append((offered, variant["prices"]["EUR"]["amount"], variant["regular"]))
    assert seen == [(1200, 1200, {}), (1000, 1000, {"EUR": EUR}), (1200, 1200, {})]
    assert page()["regular"] == {}


def test_of_overlapping_sales_the_one_that_started_last_counts():
    long = {"price": {"amount": 1000, "currency": "EUR"}, "starts_at": in_(1), "ends_at": in_(10)}
    short = {"price": {"amount": 1100, "currency": "EUR"}, "starts_at": in_(2), "ends_at": in_(3)}
    done(put({"standing": [EUR], "sales": [short, long]}))
    seen = []
    for hours in (1.5, 2.5, 3.5, 10.5):
        with clock.shifted(timedelta(hours=hours)):
            seen.append(amount())
    assert seen == [1000, 1100, 1000, 1200]
