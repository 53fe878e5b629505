"""The demo shop's people are made once, log in, and see what their roles show."""

from __future__ import annotations

import pytest
from django.contrib.auth import authenticate

from apps.accounts.demo import CUSTOMER_PASSWORD, CUSTOMERS, DEMO_EMAIL, DEMO_PASSWORD, STAFF_PASSWORD, seed
from apps.accounts.models import Address, RoleGrant, User
from apps.accounts.rules import Role
from shop.models import OutboxRow

pytestmark = pytest.mark.usefixtures("database")


def test_the_demo_people_are_made_once():
    told = seed()
    counts = User.objects.count(), Address.objects.count(), OutboxRow.objects.using("accounts").count()

    assert seed() == told
    assert counts == (User.objects.count(), Address.objects.count(), OutboxRow.objects.using("accounts").count())
    assert counts == (len(Role) + len(CUSTOMERS), 5, 2 * len(CUSTOMERS))
    assert told["admin"] == f"{DEMO_EMAIL} / {DEMO_PASSWORD}"
    assert authenticate(username=DEMO_EMAIL, password=DEMO_PASSWORD) == User.objects.get(is_superuser=True)


def test_there_is_one_login_per_role_and_customers_with_addresses():
    seed()

    for role in set(Role) - {Role.ADMIN}:
        user = authenticate(username=f"{role}@example.com", password=STAFF_PASSWORD)
        assert user.roles() == [role]
        assert RoleGrant.objects.filter(user_id=user.pk).count() == 1
    ada = authenticate(username="ada@example.com", password=CUSTOMER_PASSWORD)
    assert (ada.address_count, ada.is_staff) == (2, False)
    assert Address.objects.get(pk=ada.default_shipping_id).city == "Berlin"


def test_somebody_elses_account_of_a_demo_address_is_left_alone():
    User.objects.create_user("ada@example.com", "x")

    seed()

    assert not Address.objects.filter(user__email="ada@example.com").exists()
