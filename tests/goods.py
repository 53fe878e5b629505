"""What the black-box tests do behind the counter: put goods on the shelf, let time pass. Runs inside the auditor."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID


def new_product(stock: int, price: int, currency: str = "EUR") -> str:
    """A published product with one variant and this much stock; its SKU."""
    from apps.catalog.models import Category
    from apps.catalog.services.ensure_basics import ensure_basics
    from apps.catalog.services.publish_product import publish_product
    from apps.catalog.services.receive_stock import receive_stock
    from apps.catalog.services.save_category import CategoryDraft, save_category
    from apps.catalog.services.save_product import ProductDraft, VariantDraft, save_product
    from shop.ids import uuid7
    from shop.money import Money

    ensure_basics()
    category = Category.objects.filter(slug="tests").first()
    category_id = category.pk if category else uuid7()
    if category is None:
        save_category(category_id=category_id, draft=CategoryDraft(slug="tests", name="Tests"))
    product_id = uuid7()
    code = str(product_id).replace("-", "")[-12:].upper()
    variant = VariantDraft(sku=f"T-{code}", prices=(Money(price, currency),))
    draft = ProductDraft(slug=f"t-{code.lower()}", name=f"Thing {code}", category_id=category_id, variants=(variant,))
    save_product(product_id=product_id, draft=draft)
    publish_product(product_id=product_id)
    if stock:
        receive_stock(sku=variant.sku, quantity=stock, reason="test delivery")
    return variant.sku


def new_price(sku: str, price: int) -> None:
    """A merchandiser changes the standing price, in euro cents, of a product that new_product made."""
    from apps.catalog.models import Product, Variant
    from apps.catalog.services.save_product import ProductDraft, VariantDraft, save_product
    from shop.money import Money

    product = Product.objects.get(pk=Variant.objects.get(sku=sku).product_id)
    variant = VariantDraft(sku=sku, prices=(Money(price, "EUR"),))
    draft = ProductDraft(slug=product.slug, name=product.name, category_id=product.category_id, variants=(variant,))
    save_product(product_id=product.pk, draft=draft)


def pay_window_is_over(order_id: str) -> int:
    """Let the order's time to pay be over now."""
    from apps.orders.models import Order
    from shop import clock

    past = clock.now() - timedelta(seconds=1)
    return Order.objects.filter(pk=UUID(order_id), status="awaiting_payment").update(due=past, pay_until=past)


def hold_lapses(order_id: str) -> None:
    """Let the hold of the order lapse as the safety net does: its stock goes back to the shelf."""
    from apps.catalog.models import Hold
    from apps.catalog.services.expire_holds import expire_hold
    from shop import clock

    Hold.objects.filter(pk=UUID(order_id)).update(expires_at=clock.now() - timedelta(seconds=1))
    expire_hold(order_id=UUID(order_id))


def take_from_shelf(sku: str, quantity: int) -> None:
    """Somebody breaks a few."""
    from apps.catalog.services.adjust_stock import adjust_stock

    adjust_stock(sku=sku, delta=-quantity, reason="broken")


def recheck_payments_now() -> int:
    """Let every open payment be due for a look at the provider."""
    from apps.payments.models import Payment
    from shop import clock

    return Payment.objects.filter(status__in=["new", "open", "processing"]).update(due=clock.now())


def told_by_telephone(recipient: str) -> int:
    """Somebody tells a buyer whose mail bounced, so nothing is dead any more."""
    from apps.notifications.models import Message

    return Message.objects.filter(recipient=recipient, status="dead").update(status="sent")


def payment_news() -> int:
    """How often orders was told that a payment succeeded."""
    from shop.db import alias
    from shop.models import InboxRow

    return InboxRow.objects.using(alias("orders")).filter(pk__startswith="orders.move_on_when_paid|").count()


def packer_token() -> str:
    """What who packs parcels sends as Authorization."""
    from shop.testing.tokens import bearer

    return bearer("staff", UUID(int=0x0190_A000_0000_7000_8000_0000_0000_0FAC), ("orders:read", "orders:fulfil"))


def staff_token(role: str) -> str:
    """What somebody with this role sends as Authorization."""
    from apps.accounts.rules import ROLES, Role
    from shop.testing.tokens import bearer

    return bearer("staff", UUID(int=0x0190_A000_0000_7000_8000_0000_0000_0FAC), ROLES[Role(role)])


def refunds_of(order_id: str) -> list[str]:
    """What payments was asked to send back of an order."""
    from apps.payments.models import Refund

    return [str(refund.refund_id) for refund in Refund.objects.filter(payment_id=UUID(order_id))]


def customer_token(email: str) -> str:
    """What a customer with this address sends as Authorization."""
    from apps.accounts.testing.people import make_person
    from shop.testing.tokens import bearer

    return bearer("customer", make_person(email).pk)


def finance_token() -> str:
    """What a finance clerk sends as Authorization."""
    from shop.testing.tokens import bearer

    return bearer("staff", UUID(int=0x0190_A000_0000_7000_8000_0000_0000_0F1A), ("payments:read", "payments:write"))


def customer_of(email: str, password: str) -> None:
    """A customer who can log in."""
    from apps.accounts.testing.people import make_person

    make_person(email, password=password)


def staff_of(email: str, password: str, role: str) -> None:
    """Somebody who works here and can log in."""
    from apps.accounts.rules import Role
    from apps.accounts.testing.people import make_person

    make_person(email, Role(role), password=password)


def typed_shelf() -> None:
    """A kind of product that has an attribute and an option, a category for it, and two tags."""
    from apps.catalog.models import Tag
    from apps.catalog.rules import AttributeRule, Kind, OptionFact
    from apps.catalog.services.ensure_basics import ensure_basics
    from apps.catalog.services.save_category import CategoryDraft, save_category
    from apps.catalog.services.save_label import create_label
    from apps.catalog.services.save_product_type import TypeDraft, create_product_type
    from shop.ids import uuid7

    ensure_basics()
    for slug, name in (("gift", "Gift"), ("new", "New")):
        create_label(Tag, label_id=uuid7(), columns={"slug": slug, "name": name})
    save_category(category_id=uuid7(), draft=CategoryDraft(slug="cups", name="Cups"))
    capacity = AttributeRule(code="capacity", name="Capacity", kind=Kind.NUMBER, unit="ml")
    colors = OptionFact(code="color", name="Color", values=("blue", "red"))
    draft = TypeDraft(code="drinkware", name="Drinkware", attributes=(capacity,), options=(colors,))
    create_product_type(operation_id=uuid7(), draft=draft)
