"""The staff's pages of carts: to look at."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client

from apps.cart.services.add_line import add_line
from apps.cart.services.create_cart import create_cart
from apps.cart.tests.doubles import offer, shelf
from shop.ids import uuid7

pytestmark = pytest.mark.usefixtures("database")


def test_carts_can_be_looked_at_and_not_be_changed():
    staff = get_user_model().objects.create_superuser("staff@example.com", "a long pass phrase")
    client = Client()
    client.force_login(staff)
    cart_id = create_cart(currency="EUR")[0].cart_id

    listed = client.get("/admin/cart/cart/").content.decode()
    shown = client.get(f"/admin/cart/cart/{cart_id}/change/").content.decode()

    assert str(cart_id) in listed
    assert "EUR" in shown
    assert 'name="_save"' not in shown


def test_searching_for_what_is_no_id_finds_nothing():
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("staff@example.com", "a long pass phrase"))
    cart_id = create_cart(currency="EUR")[0].cart_id

    for term, found in ((cart_id, [cart_id]), ("hello", []), (uuid7(), [])):
        rows = client.get(f"/admin/cart/cart/?q={term}").context["cl"].result_list
        assert [row.pk for row in rows] == found, term


def test_a_carts_page_says_whose_it_is_and_what_it_costs_now_and_the_list_asks_nobody():
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("staff@example.com", "a long pass phrase"))
    ada = uuid7()
    with shelf(offer("A", 1000, available=1)) as goods:
        cart_id = create_cart(currency="EUR", customer_id=ada)[0].cart_id
        add_line(cart_id=cart_id, customer_id=ada, sku="A", quantity=2)
        goods.asked.clear()
        listed = client.get("/admin/cart/cart/").content.decode()
        assert goods.asked == []
        shown = client.get(f"/admin/cart/cart/{cart_id}/change/").content.decode()
        assert len(goods.asked) == (2 if settings.SHOP_SHAPE == "strict" else 1)

    assert str(ada) in listed
    assert "24.95 EUR" in shown
    assert "Only 1 of A are left." in shown
    rows = client.get(f"/admin/cart/cart/?q={ada}").context["cl"].result_list
    assert [row.pk for row in rows] == [cart_id]
