"""The search index follows the catalog: soon, completely, and through every accident."""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from apps.catalog.models import Departed, Product
from apps.catalog.providers.search import pages, slots
from apps.catalog.providers.search.reader import Reader, reader
from apps.catalog.providers.search.store import Busy, Store
from apps.catalog.services import index_products
from apps.catalog.services.delete_product import delete_product
from apps.catalog.services.import_products import ProductImport, import_products
from apps.catalog.services.index_products import Follower, forget_departed, rebuild
from apps.catalog.services.publish_product import publish_product, withdraw_product
from apps.catalog.testing.make import draft_of, make_category, make_product
from apps.catalog.testing.searching import search_index
from shop import clock
from shop.ids import uuid7
from shop.money import Money

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def follower(tmp_path):
    with search_index(tmp_path) as made:
        made.step()
        yield made


def found(query: str = "q=mug") -> list[str]:
    answer = Client().get(f"/api/v1/products?{query}")
    assert answer.status_code == 200, answer.content
    return [card["slug"] for card in answer.json()["data"]]


def dies(*_: object) -> None:
    raise InterruptedError


def committed_late(product_id: UUID, seconds: float) -> None:
    """As if its transaction had been open for so long: the change has an old id, and is seen only now."""
    at = index_products._id_at(clock.now() - timedelta(seconds=seconds))
    assert Product.objects.filter(pk=product_id).update(changed=UUID(int=at.int | uuid7().int & (1 << 76) - 1))


def test_what_is_published_changed_withdrawn_or_deleted_is_seen_after_one_step(follower):
    first, second = (make_product(f"mug-{n}", stock={f"MUG-{n}": 5}) for n in (1, 2))
    assert (follower.step(), found()) == (2, ["mug-2", "mug-1"])
    withdraw_product(product_id=first)
    assert (follower.step(), found()) == (1, ["mug-2"])
    publish_product(product_id=first)
    assert (follower.step(), found()) == (1, ["mug-1", "mug-2"])
    delete_product(product_id=second)
    assert (follower.step(), found()) == (1, ["mug-1"])
    assert follower.step() == 0


def test_a_step_without_news_commits_nothing(follower):
    make_product("mug")
    follower.step()
    withdraw_product(product_id=make_product("pot", stock={"POT": 1}))
    follower.step()
    before = follower.store.stamp()
    assert [follower.step() for _ in range(3)] == [0, 0, 0]
    assert follower.store.stamp() == before


@pytest.mark.parametrize("seconds", [1, 4])
def test_a_change_that_commits_seconds_after_later_ones_is_seen_at_once(follower, seconds):
    late = make_product("late-mug", stock={"LATE": 1}, published=False)
    make_product("mug")
    follower.step()
    publish_product(product_id=late)
    committed_late(late, seconds)
    follower.step()
    assert found() == ["mug", "late-mug"]


def test_a_change_that_commits_a_minute_late_is_seen_by_the_second_look(follower):
    late = make_product("late-mug", stock={"LATE": 1}, published=False)
    make_product("mug")
    follower.step()
    publish_product(product_id=late)
    committed_late(late, 60)
    follower.step()
    assert found() == ["mug"]
    with clock.shifted(index_products.SECOND_LOOK + timedelta(seconds=20)):
        follower.step()
    assert found() == ["mug", "late-mug"]


def test_a_removed_product_is_seen_also_when_that_commits_late(follower):
    gone = make_product("mug")
    make_product("pot", stock={"POT": 1})
    follower.step()
    delete_product(product_id=gone)
    Departed.objects.all().delete()
    Departed.objects.create(pk=index_products._id_at(clock.now() - timedelta(seconds=3)), product_id=gone)
    follower.step()
    assert found() == ["pot"]  # which stands among the mugs


def test_more_changes_than_one_look_holds_are_all_seen(follower, monkeypatch):
    monkeypatch.setattr(index_products, "STEP", 3)
    monkeypatch.setattr(index_products, "BATCH", 2)
    ids = [make_product(f"mug-{n}", stock={f"MUG-{n}": 1}) for n in range(8)]
    for product_id in ids[:4]:
        delete_product(product_id=product_id)
    assert follower.step() == 4
    assert found() == ["mug-7", "mug-6", "mug-5", "mug-4"]


def test_while_there_is_no_index_a_search_asks_to_come_back_and_lists_work(tmp_path):
    make_product("mug")
    with search_index(tmp_path):
        answer = Client().get("/api/v1/products?q=mug")
        assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "unavailable", "2")
        assert found("category=mugs") == ["mug"]


@pytest.mark.parametrize("harm", ["meta.json", "followed.json", "everything", "current"])
def test_a_damaged_index_is_built_anew(follower, harm):
    make_product("mug")
    follower.step()
    path = follower.store.current()
    if harm == "everything":
        for file in path.iterdir():
            file.write_bytes(b"rubbish")
    elif harm == "current":
        (follower.store.root / "current").write_text("../../elsewhere")
    else:
        (path / harm).write_text("rubbish")
    follower.forget()
    for _ in range(2):  # the first step finds out, the second builds
        follower.step()
    assert found() == ["mug"]
    assert follower.store.current() != path
    assert [entry for entry in follower.store.root.iterdir() if entry.is_dir()] in (
        [follower.store.current()],
        [*sorted({path, follower.store.current()} & set(follower.store.root.iterdir()))],
    )


def test_an_index_that_followed_nothing_for_a_week_is_built_anew(follower):
    path = follower.store.current()
    follower.forget()
    with clock.shifted(index_products.KEPT + timedelta(hours=1)):
        follower.step()
        follower.step()
        assert follower.store.current() not in {None, path}


def test_a_death_between_commit_and_note_repeats_work_and_changes_nothing(follower, monkeypatch):
    make_product("mug")
    with monkeypatch.context() as patched:
        patched.setattr(Store, "follow", staticmethod(dies))
        with pytest.raises(InterruptedError):
            follower.step()
    follower.close()
    after = Follower(follower.reader)
    assert after.step() == 0
    assert found() == ["mug"]
    after.close()


def test_a_death_while_building_leaves_the_index_in_use(follower, monkeypatch):
    make_product("mug")
    follower.step()
    path = follower.store.current()
    with monkeypatch.context() as patched:
        patched.setattr(index_products, "_all_documents", dies)
        with pytest.raises(InterruptedError):
            rebuild(follower.store)
    assert follower.store.current() == path
    assert found() == ["mug"]


def test_a_rebuild_serves_the_old_index_until_the_new_one_is_whole(follower):
    make_product("mug")
    follower.step()
    old = follower.store.current()
    seen = []

    def look(_: int) -> None:
        seen.append((found(), follower.store.current()))

    make_product("red-mug", stock={"RED": 1})
    assert rebuild(follower.store, look) == 2
    assert seen == [(["mug"], old)]
    follower.step()
    assert found() == ["mug", "red-mug"]
    assert follower.store.current() != old
    assert not old.exists()


def test_what_changes_during_a_rebuild_is_followed_after_it(follower):
    mug = make_product("mug")

    def meanwhile(_: int) -> None:
        if withdraw_product(product_id=mug):
            make_product("red-mug", stock={"RED": 1})

    rebuild(follower.store, meanwhile)
    follower.step()
    assert found() == ["red-mug"]


def test_only_one_builds_and_only_one_writes(follower):
    other = Follower(Reader(Store(follower.store.root.parent, follower.store.currencies, follower.store.source)))
    with follower.store.building(), pytest.raises(Busy):
        rebuild(other.store)
    assert (follower.store.lead(), other.store.lead()) == (True, False)
    make_product("mug")
    assert (other.step(), follower.step()) == (0, 1)
    other.step()
    assert other.reader.state().products == 1
    follower.close()
    make_product("red-mug", stock={"RED": 1})
    assert (other.step(), follower.step()) == (1, 0)
    other.close()


def test_the_newest_products_get_new_slots_and_full_ones_are_cut_anew(follower, monkeypatch):
    for number in range(20):
        make_product(f"mug-{number}", stock={f"MUG-{number}": 1})
        follower.step()
    grown = reader().state().slots
    assert len(grown["newest"].starts) > 1
    assert grown["newest"].largest <= 3 * slots.TARGET
    assert len(grown["name"].starts) == 1
    before = follower.store.current()
    monkeypatch.setattr("apps.catalog.providers.search.writer.LARGEST", 10)
    assert (follower.step(), follower.store.current()) == (0, before)  # it is young: who browses needs the core, too
    monkeypatch.setattr(index_products, "CUT_AGAIN", timedelta(0))
    assert follower.step() == 20
    assert follower.store.current() != before
    assert len(reader().state().slots["name"].starts) == 5
    assert found("q=mug&limit=100") == [f"mug-{number}" for number in reversed(range(20))]


def test_products_that_were_made_by_a_pattern_are_cut_into_like_slots(follower, monkeypatch):
    """Every fourth, which is how many the sample takes, has the same price."""
    monkeypatch.setattr(index_products, "SAMPLE", 16)
    random.seed(20261127)
    shelf = make_category()
    drafts = [draft_of(f"mug-{n}", {f"MUG-{n}": Money(1000 + n % 4, "EUR")}, category=shelf) for n in range(64)]
    import_products([ProductImport(draft=draft, stock={}) for draft in drafts], reason="test", batch=64)
    rebuild(follower.store)
    follower.step()

    assert reader().state().slots["price_EUR"].largest < 64 / 4


@pytest.mark.parametrize("sort", ["price_asc", "price_desc"])
def test_where_nothing_fits_for_long_the_search_leaps_and_does_not_look_at_all_that_is_left(
    follower, monkeypatch, sort
):
    shelf = make_category()
    prices = {f"mug-{n}": 1000 + n for n in range(30)} | {f"lamp-{n}": 2000 + n for n in range(30)}
    prices |= {f"cup-{n}": 3000 + n for n in range(30)}
    drafts = [draft_of(slug, {slug.upper(): Money(amount, "EUR")}, category=shelf) for slug, amount in prices.items()]
    import_products([ProductImport(draft=draft, stock={}) for draft in drafts], reason="test", batch=90)
    rebuild(follower.store)
    follower.step()
    looked_into: list[int] = []
    windows = pages._Order._windows

    def noted(*asked):
        for window in windows(*asked):
            looked_into.append(window[1])
            yield window

    monkeypatch.setattr(pages._Order, "_windows", noted)
    monkeypatch.setattr(pages, "MOST_SLOTS", 6)

    wanted = [f"lamp-{n}" for n in range(30)][:: 1 if sort == "price_asc" else -1]
    assert found(f"q=lamp&sort={sort}&limit=2") == wanted[:2]
    assert len(looked_into) == 2
    assert max(looked_into) < 30


def test_a_late_page_looks_no_more_often_into_the_index_than_the_first(follower, monkeypatch):
    for number in range(30):
        make_product(f"mug-{number}", stock={f"MUG-{number}": 1})
    rebuild(follower.store)
    follower.step()
    looks: list[int] = []
    search = pages._Order._search

    def counted(self, query, limit):
        looks.append(limit)
        return search(self, query, limit)

    monkeypatch.setattr(pages._Order, "_search", counted)
    for sort in ("newest", "price_asc", "price_desc", "name", "relevance"):
        url, costs = f"/api/v1/products?q=mug&sort={sort}&limit=1", []
        while url:
            looks.clear()
            url = Client().get(url).headers.get("Link", "").partition(">")[0][1:]
            costs.append(sum(looks))
        assert len(costs) == 30
        assert max(costs[:-1]) <= 3 * max(costs[:3]), (sort, costs)


def test_another_database_has_another_index(follower, tmp_path):
    make_product("mug")
    follower.step()
    assert Store(tmp_path, follower.store.currencies, follower.store.source).current() == follower.store.current()
    assert Store(tmp_path, follower.store.currencies, "elsewhere").current() is None
    assert Store(tmp_path, ("EUR",), follower.store.source).current() is None


def test_old_departures_are_forgotten_and_young_ones_kept():
    delete_product(product_id=make_product("mug"))
    assert forget_departed(limit=10) == 0
    with clock.shifted(index_products.DEPARTED_KEPT + timedelta(minutes=1)):
        assert forget_departed(limit=10) == 1
    assert Departed.objects.count() == 0
