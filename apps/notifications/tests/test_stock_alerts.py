"""Staff hear of low stock by mail: each address once per crossing, nobody if no address is set."""

from __future__ import annotations

import pytest

from apps.catalog.contracts import StockLow, StockRecovered
from apps.notifications.models import Message
from apps.notifications.tests.events import NOON, hear
from shop.ids import uuid7

pytestmark = pytest.mark.usefixtures("database")
STAFF = ("stock@shop.example", "boss@shop.example")


def crossing(kind, product="Mug, blue", **facts):
    told = {"crossing_id": uuid7(), "sku": "MUG-BLUE", "available": 3, "threshold": 5, "crossed_at": NOON, **facts}
    return kind(product=product, **told)


def test_low_stock_is_mailed_to_each_address_of_the_setting_once(settings):
    settings.STAFF_ALERTS = STAFF
    event = crossing(StockLow)
    hear(event)
    hear(event)
    assert sorted(Message.objects.values_list("recipient", "subject")) == [
        (email, "Low stock: MUG-BLUE, 3 left") for email in sorted(STAFF)
    ]
    row = Message.objects.first()
    for part in (row.text, row.html):
        assert "Mug, blue" in part
        assert "/admin/catalog/stocklevel/?low__exact=1" in part


def test_another_crossing_and_the_recovery_are_mails_of_their_own(settings):
    settings.STAFF_ALERTS = STAFF[:1]
    for event in (crossing(StockLow), crossing(StockRecovered, available=30), crossing(StockLow)):
        hear(event)
    subjects = sorted(Message.objects.values_list("subject", flat=True))
    assert subjects == ["Low stock: MUG-BLUE, 3 left"] * 2 + ["Stock is back: MUG-BLUE, 30 there"]


def test_without_an_address_nobody_is_told(settings):
    settings.STAFF_ALERTS = ()
    hear(crossing(StockLow))
    assert Message.objects.count() == 0


def test_the_name_of_a_product_cannot_break_out_of_the_page(settings):
    settings.STAFF_ALERTS = STAFF[:1]
    hear(crossing(StockLow, product="<script>alert(1)</script>"))
    assert "<script>" not in Message.objects.get().html
