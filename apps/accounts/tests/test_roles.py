"""Roles are scopes; the admin's permissions follow from them; somebody can always give roles."""

from __future__ import annotations

from contextlib import suppress

import pytest
from django.db import connections
from django.test import Client

from apps.accounts.contracts import LastAdmin, RoleBeyondYours
from apps.accounts.models import RoleGrant, User
from apps.accounts.queries import scopes_of
from apps.accounts.rules import PAGES, ROLES, SCOPES, Role, may_grant, may_use_page
from apps.accounts.services.change_roles import change_roles
from apps.accounts.services.close_account import close_staff
from apps.accounts.testing.people import make_person
from shop import call
from shop.errors import Unavailable
from shop.testing.counting import queries_of
from shop.testing.races import at_once, happens_after

pytestmark = pytest.mark.usefixtures("database")


def test_a_role_is_a_set_of_known_scopes_and_admin_has_all():
    assert set(ROLES) == set(Role)
    assert all(scopes <= SCOPES for scopes in ROLES.values())
    assert all(needed <= SCOPES for _, needed in PAGES)
    assert ROLES[Role.ADMIN] == SCOPES


def test_roles_add_up_and_customers_have_none():
    ada = make_person("ada@example.com", Role.MERCHANDISER, Role.FULFILMENT)

    assert scopes_of(ada) == {"catalog:write", "prices:write", "stock:write", "orders:read", "orders:fulfil"}
    with queries_of("accounts") as reads:
        assert scopes_of(make_person("eve@example.com")) == frozenset()
    assert not [one for one in reads if "rolegrant" in one]


def test_who_has_djangos_flag_is_an_admin():
    root = User.objects.create_superuser("root@example.com", "x")

    assert (root.roles(), scopes_of(root)) == ([Role.ADMIN], SCOPES)


@pytest.mark.parametrize(
    ("permission", "role", "may"),
    [
        ("catalog.change_product", Role.MERCHANDISER, True),
        ("catalog.add_category", Role.MERCHANDISER, True),
        ("payments.view_payment", Role.MERCHANDISER, False),
        ("orders.view_order", Role.MERCHANDISER, False),
        ("catalog.view_stock", Role.FULFILMENT, True),
        ("catalog.change_stock", Role.FULFILMENT, True),
        ("catalog.change_product", Role.FULFILMENT, False),
        ("orders.view_order", Role.FULFILMENT, True),
        ("orders.change_order", Role.FULFILMENT, True),
        ("orders.change_order", Role.FINANCE, True),
        ("payments.view_payment", Role.FINANCE, True),
        ("catalog.view_product", Role.FINANCE, False),
        ("accounts.view_user", Role.SUPPORT, True),
        ("accounts.change_user", Role.SUPPORT, False),
        ("accounts.add_invitation", Role.SUPPORT, False),
        ("notifications.view_message", Role.SUPPORT, True),
        ("shop.view_outboxrow", Role.SUPPORT, False),
        ("catalog.delete_price", Role.FULFILMENT, False),
    ],
)
def test_the_admins_pages_follow_from_the_scopes(permission, role, may):
    assert may_use_page(permission, ROLES[role]) is may
    assert make_person("ada@example.com", role).has_perm(permission) is may


def test_an_admin_may_use_every_page_and_a_customer_or_a_closed_account_none():
    boss = make_person("boss@example.com", Role.ADMIN)
    closed = make_person("closed@example.com", Role.ADMIN, is_active=False)

    assert boss.has_perm("shop.view_outboxrow")
    assert boss.has_module_perms("shop")
    assert not closed.has_perm("catalog.view_product")
    assert not make_person("ada@example.com").has_perm("catalog.view_product")


def test_a_merchandiser_sees_the_catalogue_and_no_payments_in_the_admin():
    user = make_person("ada@example.com", Role.MERCHANDISER)
    client = Client()
    client.force_login(user)

    page = client.get("/admin/").content.decode()

    assert "/admin/catalog/product/" in page
    assert "/admin/payments/" not in page
    assert client.get("/admin/payments/payment/").status_code == 403
    assert client.get("/admin/catalog/product/").status_code == 200


def test_roles_are_exactly_what_was_asked_for():
    boss = make_person("boss@example.com", Role.ADMIN)
    ada = make_person("ada@example.com", Role.SUPPORT)

    changed = change_roles(user_id=ada.pk, roles=[Role.FINANCE, Role.ADMIN], by=boss.pk)
    assert (changed.roles(), changed.is_staff, changed.is_superuser) == ([Role.ADMIN, Role.FINANCE], True, True)
    assert set(RoleGrant.objects.filter(user_id=ada.pk).values_list("granted_by", flat=True)) == {f"staff:{boss.pk}"}

    gone = change_roles(user_id=ada.pk, roles=[], by=boss.pk)
    assert (gone.roles(), gone.is_staff, gone.is_superuser) == ([], False, False)
    assert not RoleGrant.objects.filter(user_id=ada.pk).exists()


def test_nobody_gives_or_takes_what_they_may_not_do_themselves():
    support = make_person("support@example.com", Role.SUPPORT)
    boss = make_person("boss@example.com", Role.ADMIN)

    for who, roles in ((support, [Role.SUPPORT, Role.ADMIN]), (boss, [])):
        with pytest.raises(RoleBeyondYours):
            change_roles(user_id=who.pk, roles=roles, by=support.pk)
    assert not may_grant(ROLES[Role.SUPPORT], [Role.FINANCE])
    assert may_grant(ROLES[Role.SUPPORT], [Role.SUPPORT])
    assert User.objects.get(pk=support.pk).roles() == [Role.SUPPORT]


def test_the_last_admin_stays():
    boss = make_person("boss@example.com", Role.ADMIN)
    make_person("closed@example.com", Role.ADMIN, is_active=False)

    for work in (
        lambda: change_roles(user_id=boss.pk, roles=[Role.SUPPORT], by=boss.pk),
        lambda: close_staff(user_id=boss.pk, by=boss.pk),
    ):
        with pytest.raises(LastAdmin):
            work()
    boss.refresh_from_db()
    assert (boss.is_superuser, boss.is_active, boss.version) == (True, True, 0)


def test_of_two_admins_who_remove_each_other_one_stays():
    one, two = make_person("one@example.com", Role.ADMIN), make_person("two@example.com", Role.ADMIN)

    results = at_once(
        lambda: change_roles(user_id=two.pk, roles=[], by=one.pk),
        lambda: change_roles(user_id=one.pk, roles=[], by=two.pk),
    )

    assert User.objects.filter(is_superuser=True, is_active=True).count() == 1
    assert sorted(type(result).__name__ for result in results) in (
        ["LastAdmin", "User"],
        ["RoleBeyondYours", "User"],
    )


def test_the_admin_who_must_stay_is_held_until_the_other_is_gone():
    if connections["accounts"].vendor != "mongodb":
        pytest.skip("where writers wait for one another, the rival would wait for us, and we for it")
    one, two = make_person("one@example.com", Role.ADMIN), make_person("two@example.com", Role.ADMIN)

    def rival() -> None:
        with call.scope(timeout=1), suppress(Unavailable):
            change_roles(user_id=one.pk, roles=[], by=two.pk)

    with happens_after("apps.accounts.services.change_roles.keep_an_admin", rival):
        change_roles(user_id=two.pk, roles=[], by=one.pk)

    assert list(User.objects.filter(is_superuser=True, is_active=True)) == [one]
