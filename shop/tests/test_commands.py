"""migrate walks the databases, contracts is a snapshot, the router keeps tables at home."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command

from shop import contracts
from shop.db.router import ContextRouter, home_of
from shop.models import OutboxRow
from shop.testing.races import happens_after, happens_before
from shop.tests.mirror.models import Seen
from shop.tests.sample.models import Counter

pytestmark = pytest.mark.usefixtures("database")


def test_migrate_walks_every_database_and_can_be_repeated(capsys, settings):
    call_command("migrate", verbosity=1)
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if line.startswith("Database")] == [
        f"Database {one}" for one in settings.SHOP_CONTEXTS
    ]
    assert out.count("No migrations to apply.") == len(settings.SHOP_CONTEXTS)


def test_migrate_can_be_told_one_database_or_one_app(capsys):
    call_command("migrate", database="mirror", verbosity=1)
    assert capsys.readouterr().out.count("Database") == 1
    call_command("migrate", "sample", verbosity=1)
    assert "Database sample\n" in capsys.readouterr().out
    call_command("migrate", "shop", verbosity=1, check_unapplied=True)


def test_the_migrations_are_complete():
    call_command("makemigrations", check=True, dry_run=True, verbosity=1)


def test_tables_live_at_home_and_the_kernels_everywhere():
    router = ContextRouter()
    assert (home_of("auth"), home_of("sample")) == ("accounts", "sample")
    assert router.db_for_read(Permission) == router.db_for_write(Permission) == "accounts"
    assert router.db_for_read(Counter) == "sample"
    assert router.allow_migrate("sample", "sample")
    assert router.allow_migrate("sample", "shop")
    assert router.allow_migrate("accounts", "sessions")
    assert not router.allow_migrate("sample", "mirror")
    assert not router.allow_migrate("sample", "auth")
    assert not router.allow_migrate("default", "shop")
    assert router.allow_relation(Counter(), Counter())
    assert not router.allow_relation(Counter(), Seen())


def test_a_kernel_row_is_saved_where_it_came_from():
    row = OutboxRow(event_id="0" * 32, name="n", destination="mirror", key="k", payload="{}")
    row.save(using="sample")
    row.attempts = 5
    row.save()
    assert OutboxRow.objects.using("sample").get().attempts == 5


def test_the_contracts_of_all_contexts_are_one_document():
    document = contracts.document()
    assert document["ports"]["catalog.reserve_stock"]["kind"] == "command"
    assert document["events"]["orders.order_confirmed.v1"]["consumers"] == ["notifications"]
    assert document["errors"]["catalog.out_of_stock"] == {"title": "Out of stock", "status": 409}
    assert document["types"]["Money"] == {"amount": "int", "currency": "str"}
    assert not [name for kind in document.values() for name in kind if name.startswith(("sample", "mirror"))]
    assert contracts.text() == contracts.text() == json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def test_the_contracts_command_writes_and_compares(tmp_path, settings):
    settings.BASE_DIR = tmp_path
    with pytest.raises(CommandError, match="differs from the code"):
        call_command("contracts", check=True)
    call_command("contracts", release=True)
    call_command("contracts", check=True)
    (tmp_path / "docs" / "contracts.json").write_text("{}")
    with pytest.raises(CommandError, match="differs from the code"):
        call_command("contracts", check=True)
    call_command("contracts")
    call_command("contracts", check=True)


def test_the_contracts_command_names_what_the_version_before_misses(tmp_path, settings):
    settings.BASE_DIR = tmp_path
    call_command("contracts", release=True)
    older = contracts.document()
    older["ports"]["catalog.count_stock"] = {}
    (tmp_path / "older.json").write_text(json.dumps(older))
    call_command("contracts", check=True)
    with pytest.raises(CommandError, match=r"(?s)older\.json is of .*catalog\.count_stock: it is still asked"):
        call_command("contracts", check=True, against=tmp_path / "older.json")
    (tmp_path / "docs" / "contracts-excused.json").write_text('{"catalog.count_stock": "nobody asks since 1.4"}')
    call_command("contracts", check=True, against=tmp_path / "older.json")


def test_an_injected_race_happens_once_and_must_happen():
    order = []
    with (
        happens_before("shop.ids.public_code", lambda: order.append("before")),
        happens_after("shop.ids.public_code", lambda: order.append("after")),
    ):
        from shop import ids

        ids.public_code("A")
        ids.public_code("A")
    assert order == ["before", "after"]
    with happens_after("shop.principal.Principal.has", lambda: order.append("method")):
        from shop.principal import ANONYMOUS

        ANONYMOUS.has("x")
    assert order[2:] == ["method"]
    with pytest.raises(AssertionError, match="was never called"), happens_after("shop.ids.public_code", print):
        pass
    with pytest.raises(ZeroDivisionError), happens_after("shop.ids.public_code", lambda: 1 / 0):
        ids.public_code("A")


def test_a_job_can_be_run_by_its_name(capsys):
    call_command("job", "sample.purge")
    assert capsys.readouterr().out == "sample.purge: 0\n"
    call_command("job")
    assert "sample.purge  every " in capsys.readouterr().out
    with pytest.raises(CommandError, match=r"no job 'sample\.cook' here"):
        call_command("job", "sample.cook")
