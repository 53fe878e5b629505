"""A scene is built once, and what is put back is what was built."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connections
from django.test import override_settings

from shop import clock
from shop.db import transact
from shop.ids import uuid7
from shop.testing import scene as module
from shop.testing.flush import flush
from shop.testing.scene import OutOfScene, built_anew, scene
from shop.tests.mirror.models import Seen
from shop.tests.sample.models import Counter

pytestmark = [
    pytest.mark.usefixtures("database"),
    pytest.mark.skipif(
        "postgresql" in {connections[one].vendor for one in connections}, reason="built each time there"
    ),
]
Builder = Callable[..., UUID]


@pytest.fixture
def built() -> list[str]:
    """Names of what was built and not put back."""
    return []


@pytest.fixture
def counter(built: list[str]) -> Iterator[Builder]:
    before = dict(module._seen)

    @scene("sample", beside=("shop_outboxevent",))
    def make(name: str = "a", *, value: int = 1) -> UUID:
        built.append(name)
        transact("sample", lambda: Counter.objects.create(id=name, value=value))
        return uuid7()

    yield make
    module._seen.clear()
    module._seen.update(before)


def counters() -> dict[str, int]:
    return dict(Counter.objects.values_list("pk", "value"))


def test_the_same_scene_is_built_once_and_is_the_same_again(counter: Builder, built: list[str]) -> None:
    first = counter("a", value=5)
    Counter.objects.update(value=6)
    flush()

    assert (counter("a", value=5), counters(), built) == (first, {"a": 5}, ["a"])
    flush()
    assert (counter("a", value=5), counters(), built) == (first, {"a": 5}, ["a"])


def test_other_arguments_are_another_scene(counter: Builder, built: list[str]) -> None:
    first = counter("a")
    flush()

    assert counter("b") != first
    assert (counters(), built) == ({"b": 1}, ["a", "b"])


def test_beside_what_is_there_it_is_built(counter: Builder, built: list[str]) -> None:
    counter("a")
    flush()
    Counter.objects.create(id="mine")
    counter("a")

    assert (counters(), built) == ({"mine": 0, "a": 1}, ["a", "a"])


OWN = [built_anew(), clock.shifted(timedelta(hours=1)), clock.frozen(clock.now()), override_settings(SHOP_NAME="Else")]


@pytest.mark.parametrize("meanwhile", OWN, ids=["new", "later", "held", "settings"])
def test_what_shall_be_new_or_has_another_time_or_other_settings_is_built(
    counter: Builder, built: list[str], meanwhile: AbstractContextManager[None]
) -> None:
    counter("a")
    flush()
    with meanwhile:
        counter("a")

    assert (counters(), built) == ({"a": 1}, ["a", "a"])


@pytest.mark.parametrize("alias", ["mirror", "sample"])
def test_who_writes_more_than_can_be_put_back_is_told(alias: str) -> None:
    table = Seen._meta.db_table if alias == "mirror" else Counter._meta.db_table
    if alias == "sample":
        Counter.objects.create(id="theirs")

    @scene("sample", beside=(table,))
    def make() -> None:
        Counter.objects.create(id="mine")
        if alias == "mirror":
            Seen.objects.create(handler="h", counter="c", value=1)

    with pytest.raises(OutOfScene, match="More than new tables of sample were written"):
        make()
