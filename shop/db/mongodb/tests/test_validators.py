"""Rules of the models that the server itself keeps, on every way a row can be written."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError
from django.db.models import F, Value

from . import given
from .sampleapp.models import Category, Payment, Product, Review, Stock, Tag, Tagging

pytestmark = pytest.mark.usefixtures("engine")


def payment(**values: Any) -> Any:
    return Payment.objects.create(**({"order_id": uuid.uuid4(), "amount": 1} | values))


def test_a_check_is_kept_by_create_update_and_bulk_create_and_named() -> None:
    stock = given.stock(1)
    with pytest.raises(IntegrityError, match=r"^check constraint violated: sample_stock_not_negative$"):
        Stock.objects.create(product=given.product("B"), available=-1)
    with pytest.raises(IntegrityError, match=r"^check constraint violated: sample_stock_not_negative$"):
        Stock.objects.filter(pk=stock.pk).update(available=F("available") - 2)
    with pytest.raises(IntegrityError, match="sample_stock_not_negative"):
        Stock.objects.bulk_create([Stock(product=given.product("C")), Stock(product=given.product("D"), available=-1)])

    assert list(Stock.objects.values_list("product__sku", "available")) == [("MUG", 1)]


def test_a_check_over_columns_holds_as_in_sql_null_passes() -> None:
    stock = given.stock(5, received=None)
    Stock.objects.filter(pk=stock.pk).update(received=5)
    Stock.objects.filter(pk=stock.pk).update(received=None, available=9)
    with pytest.raises(IntegrityError, match="sample_stock_adds_up"):
        Stock.objects.filter(pk=stock.pk).update(received=8)

    assert Stock.objects.get().received is None


def test_a_check_with_in_or_not_and_isnull_holds() -> None:
    kept = payment(status="captured", paid_at=given.NOON)
    with pytest.raises(IntegrityError, match="sample_status_known"):
        payment(status="lost")
    with pytest.raises(IntegrityError, match="sample_captured_has_time"):
        payment(status="captured")
    with pytest.raises(IntegrityError, match="sample_captured_has_time"):
        Payment.objects.update(paid_at=None)

    assert list(Payment.objects.all()) == [kept]


def test_two_broken_rules_are_both_named() -> None:
    with pytest.raises(IntegrityError) as caught:
        payment(status="captured!")
    assert str(caught.value) == "check constraint violated: sample_status_known"
    with pytest.raises(IntegrityError) as caught:
        Stock.objects.create(product=given.product(), available=-1, held=-1)
    assert str(caught.value) == ("column held violates minimum; check constraint violated: sample_stock_not_negative")


@pytest.mark.parametrize(
    ("model", "values", "message"),
    [
        (Tag, {"name": "x" * 51}, "column name violates maxLength"),
        (Stock, {"held": -1}, "column held violates minimum"),
        (Stock, {"available": 2**31}, "column available violates maximum"),
        (Review, {"stars": 40_000}, "column stars violates maximum"),
        (Product, {"price": Decimal(10) ** 10}, "column price violates maximum"),
    ],
)
def test_a_column_keeps_its_limits_on_create_and_update(model: Any, values: dict[str, Any], message: str) -> None:
    rows = {
        Tag: lambda **extra: Tag.objects.create(**({"name": "t"} | extra)),
        Stock: lambda **extra: Stock.objects.create(product=given.product(str(uuid.uuid4())), **extra),
        Review: lambda **extra: Review.objects.create(
            **({"product": given.product(str(uuid.uuid4())), "stars": 1} | extra)
        ),
        Product: lambda **extra: given.product(str(uuid.uuid4()), **extra),
    }
    rows[model]()
    with pytest.raises(IntegrityError, match=message):
        rows[model](**values)
    with pytest.raises(IntegrityError, match=message):
        model.objects.update(**values)

    assert model.objects.filter(**values).count() == 0


def test_fifty_letters_outside_ascii_are_fifty() -> None:
    assert Tag.objects.create(name="ß" * 50).name == "ß" * 50


def test_null_is_refused_on_create_and_update() -> None:
    tag = Tag.objects.create(name="t")
    with pytest.raises(IntegrityError):
        Tag.objects.create(name=None)
    with pytest.raises(IntegrityError, match="column name violates bsonType"):
        Tag.objects.filter(pk=tag.pk).update(name=None)
    with pytest.raises(IntegrityError, match="column category_id violates bsonType"):
        Product.objects.filter(pk=given.product().pk).update(category=None)

    assert Tag.objects.get().name == "t"


def test_a_missing_column_is_refused(engine: Any) -> None:
    from pymongo.errors import WriteError

    with pytest.raises(WriteError) as caught:
        engine.database["sampleapp_tag"].insert_one({"_id": "x"})
    assert caught.value.code == 121


def test_a_fraction_cannot_creep_into_an_integer_column() -> None:
    stock = given.stock(5)
    with pytest.raises(IntegrityError, match="column available violates bsonType"):
        Stock.objects.filter(pk=stock.pk).update(available=F("available") / 2)


def test_an_integer_beyond_64_bits_is_a_data_error() -> None:
    with pytest.raises((DataError, IntegrityError)):
        payment(amount=2**70)


def test_unique_columns_are_kept_and_named() -> None:
    given.product("A")
    with pytest.raises(IntegrityError, match=r"^unique constraint violated: sampleapp_product_sku_\w+ \(sku\)$"):
        given.product("A")
    other = given.product("B")
    with pytest.raises(IntegrityError, match=r"sampleapp_product_sku_\w+"):
        Product.objects.filter(pk=other.pk).update(sku="A")


def test_many_rows_may_have_no_value_in_a_nullable_unique_column() -> None:
    first, second = given.product("A"), given.product("B")
    Product.objects.filter(pk=first.pk).update(ean="1")
    with pytest.raises(IntegrityError, match=r"\(ean\)"):
        Product.objects.filter(pk=second.pk).update(ean="1")

    assert Product.objects.get(ean=None) == second


def test_unique_together_is_kept() -> None:
    product, tag = given.product(), Tag.objects.create(name="t")
    Tagging.objects.create(product=product, tag=tag)
    with pytest.raises(IntegrityError, match="sample_tagging_once"):
        Tagging.objects.create(product=product, tag=tag)


def test_a_conditional_unique_constraint_is_kept_only_where_it_applies() -> None:
    order = uuid.uuid4()
    for status in ("failed", "failed", "new"):
        payment(order_id=order, status=status)
    payment(order_id=order, status="captured", paid_at=given.NOON)
    with pytest.raises(IntegrityError, match="sample_captured_once"):
        payment(order_id=order, status="captured", paid_at=given.NOON)


def test_full_clean_sees_the_same_constraints() -> None:
    taken = payment(status="captured", paid_at=given.NOON)
    with pytest.raises(ValidationError, match="sample_captured_once"):
        Payment(order_id=taken.order_id, status="captured", paid_at=given.NOON).full_clean()
    with pytest.raises(ValidationError, match="sample_stock_not_negative"):
        Stock(product=given.product(), available=-1).full_clean()
    Stock(product=given.product("OK"), available=1, received=1).full_clean()


def test_decimals_keep_their_columns_places() -> None:
    product = given.product(price=Decimal("1.239"))
    assert str(Product.objects.get().price) == "1.24"
    Product.objects.filter(pk=product.pk).update(price=F("price") * Decimal("1.10"))
    assert str(Product.objects.get().price) == "1.36"
    Product.objects.filter(pk=product.pk).update(price=Value(Decimal("0.10")))
    assert str(Product.objects.get().price) == "0.10"


def test_a_time_is_found_by_the_value_it_was_stored_with() -> None:
    moment = dt.datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=dt.UTC)
    stored = payment(paid_at=moment)

    assert Payment.objects.get(paid_at=moment) == stored
    assert Payment.objects.get().paid_at == moment.replace(microsecond=123000)


def test_the_database_lists_its_checks_by_name(engine: Any) -> None:
    constraints = engine.introspection.get_constraints(None, "sampleapp_payment")

    assert sorted(name for name, about in constraints.items() if about["check"]) == [
        "sample_captured_has_time",
        "sample_status_known",
    ]
    assert constraints["sample_captured_once"]["unique"] is True


def test_a_foreign_key_holds_what_its_target_holds() -> None:
    category = given.category()
    with pytest.raises(IntegrityError, match="column parent_id violates maxLength"):
        Category.objects.filter(pk=category.pk).update(parent_id=Value("x" * 33))
