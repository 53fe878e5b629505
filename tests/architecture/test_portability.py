"""One code base, three engines: what only one of them understands is not written."""

from __future__ import annotations

import pytest

from tests.architecture.portability import offences
from tests.architecture.sources import Source, product


def test_nothing_is_written_that_only_one_engine_understands():
    assert [offence for source in product() for offence in offences(source)] == []


@pytest.mark.parametrize(
    "offender",
    [
        "Stock.objects.select_for_update().get(pk=1)",
        "Stock.objects.get_or_create(sku='A')",
        "Stock.objects.using('catalog').update_or_create(sku='A')",
        "Stock.objects.raw('select 1')",
        "Stock.objects.extra(where=['1'])",
        "connection.cursor()",
        "rows.annotate(n=Window(expression=RowNumber()))",
        "Stock.objects.bulk_create(rows, ignore_conflicts=True)",
        "Stock.objects.bulk_create(rows, update_conflicts=on)",
        "at = timezone.now()",
        "at = datetime.now(UTC)",
        "with transaction.atomic(using='orders'): pass",
        "transaction.on_commit(tell)",
    ],
)
def test_an_offender_is_found(offender):
    found = list(offences(Source("apps/catalog/services/planted.py", offender)))
    assert len(found) == 1, found
    assert found[0].startswith("apps/catalog/services/planted.py:1: ")


def test_the_engine_itself_may_use_its_cursor_and_the_clock_its_datetime():
    assert list(offences(Source("shop/db/mongodb/base.py", "self.cursor()\natomic(using='x')"))) == []
    assert list(offences(Source("shop/clock.py", "datetime.now(UTC)"))) == []


def test_words_that_only_look_alike_are_left_alone():
    harmless = "raw(body)\nextra('x')\nrows.bulk_create(x, ignore_conflicts=False)\nlogger.info('x', extra={})"
    assert list(offences(Source("apps/catalog/rules.py", harmless))) == []
