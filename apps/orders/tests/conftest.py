"""A world around orders, and the events that orders tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from django.contrib.auth import get_user_model
from django.test import Client

if TYPE_CHECKING:
    from apps.orders.models import Order
    from apps.orders.tests.doubles import World


@pytest.fixture
def world(database) -> Iterator[World]:
    """Cart, catalog and payments as fakes."""
    from apps.orders.tests.doubles import a_world  # late: models, before Django is set up

    with a_world() as it:
        yield it


@pytest.fixture
def staff(database) -> Client:
    """The browser of somebody who may do everything."""
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("staff@example.com", "a long pass phrase"))
    return client


@pytest.fixture
def delivered(world: World) -> Order:
    """Two mugs at 1000 and shipping for 495, paid, shipped and delivered."""
    from apps.orders.tests.doubles import deliver_all

    return deliver_all(world.place().order)


@pytest.fixture
def told(database):
    """What was told to notifications: a function that answers name and payload of each event, oldest first."""
    from shop.models import OutboxRow

    def read() -> list[tuple[str, dict[str, Any]]]:
        rows = OutboxRow.objects.using("orders").filter(destination="notifications").order_by("id")
        return [(row.name.split(".")[1], msgspec.json.decode(row.payload)) for row in rows]

    return read
