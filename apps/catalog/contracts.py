"""What catalog says to others: plain frozen values, errors and events. No Django here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from shop.errors import DomainError
from shop.events import Event, consumes
from shop.money import Money


@dataclass(frozen=True, slots=True)
class Offer:
    """One variant as it can be bought now, in one currency."""

    sku: str
    product_id: UUID
    product_slug: str
    name: str
    """Product and options, for people: "Mug, blue"."""
    price: Money
    tax_class: str
    available: int
    """Units that a new order could still get, all locations together."""


@dataclass(frozen=True, slots=True)
class Card:
    """A product as lists show it: one JSON object, rendered when the product was written."""

    product_id: UUID
    body: str


@dataclass(frozen=True, slots=True)
class SoldIn:
    """The currencies in which a variant has a price now, in the order of their codes."""

    sku: str
    currencies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StockLine:
    """So many units of one SKU."""

    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class ReturnedStock:
    """So many units of one SKU came back, for the shelf at `location`; empty is where they were sold from."""

    sku: str
    quantity: int
    location: str = ""


@dataclass(frozen=True, slots=True)
class Location:
    """A place that holds stock."""

    code: str
    name: str
    active: bool


class HoldState(StrEnum):
    HELD = "held"
    SOLD = "sold"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Reservation:
    """The stock that is set aside for one order."""

    order_id: UUID
    state: HoldState
    expires_at: datetime


class OutOfStock(DomainError):
    """Less is left of a SKU than was asked for. Nothing was held."""

    code: ClassVar[str] = "catalog.out_of_stock"
    title: ClassVar[str] = "Out of stock"
    status: ClassVar[int] = 409


class UnknownSku(DomainError):
    """No published variant has this SKU."""

    code: ClassVar[str] = "catalog.unknown_sku"
    title: ClassVar[str] = "Unknown SKU"
    status: ClassVar[int] = 422


class ReservationLost(DomainError):
    """The hold had lapsed and its stock is sold to others: the order cannot be filled."""

    code: ClassVar[str] = "catalog.reservation_lost"
    title: ClassVar[str] = "Reservation lost"
    status: ClassVar[int] = 409


class ProductNotFound(DomainError):
    """No published product has this slug or id."""

    code: ClassVar[str] = "catalog.product_not_found"
    title: ClassVar[str] = "No such product"
    status: ClassVar[int] = 404


class CategoryNotFound(DomainError):
    """No category has this slug or id."""

    code: ClassVar[str] = "catalog.category_not_found"
    title: ClassVar[str] = "No such category"
    status: ClassVar[int] = 404


class StaleProduct(DomainError):
    """Somebody else changed the product since it was read (params: revision, the latest)."""

    code: ClassVar[str] = "catalog.stale_product"
    title: ClassVar[str] = "Product has changed"
    status: ClassVar[int] = 412


class VariantNotFound(DomainError):
    """The product has no variant with this SKU."""

    code: ClassVar[str] = "catalog.variant_not_found"
    title: ClassVar[str] = "No such variant"
    status: ClassVar[int] = 404


class BrandNotFound(DomainError):
    """No brand has this slug."""

    code: ClassVar[str] = "catalog.brand_not_found"
    title: ClassVar[str] = "No such brand"
    status: ClassVar[int] = 404


class TagNotFound(DomainError):
    """No tag has this slug."""

    code: ClassVar[str] = "catalog.tag_not_found"
    title: ClassVar[str] = "No such tag"
    status: ClassVar[int] = 404


class ProductTypeNotFound(DomainError):
    """No product type has this code."""

    code: ClassVar[str] = "catalog.product_type_not_found"
    title: ClassVar[str] = "No such product type"
    status: ClassVar[int] = 404


class StillUsed(DomainError):
    """It cannot be removed, or lose what others rely on, while something refers to it."""

    code: ClassVar[str] = "catalog.still_used"
    title: ClassVar[str] = "Still used"
    status: ClassVar[int] = 409


class NotPublishable(DomainError):
    """A product on sale has a variant with a price and states what its type requires: see errors."""

    code: ClassVar[str] = "catalog.not_publishable"
    title: ClassVar[str] = "Cannot be on sale so"
    status: ClassVar[int] = 422


class Stale(DomainError):
    """Somebody else changed it since it was read (params: revision, the latest)."""

    code: ClassVar[str] = "catalog.stale"
    title: ClassVar[str] = "Changed meanwhile"
    status: ClassVar[int] = 412


class Taken(DomainError):
    """Something else has this slug, SKU, code or combination of options: see errors."""

    code: ClassVar[str] = "catalog.taken"
    title: ClassVar[str] = "Taken already"
    status: ClassVar[int] = 409


class StockNotFound(DomainError):
    """No stock is kept of this SKU."""

    code: ClassVar[str] = "catalog.stock_not_found"
    title: ClassVar[str] = "No such SKU"
    status: ClassVar[int] = 404


class StaleStock(DomainError):
    """If-Match does not name the stock as it is now: look again, then change it. Nothing was moved."""

    code: ClassVar[str] = "catalog.stale_stock"
    title: ClassVar[str] = "Stock has changed"
    status: ClassVar[int] = 412


class LocationNotFound(DomainError):
    """No stock location has this code."""

    code: ClassVar[str] = "catalog.location_not_found"
    title: ClassVar[str] = "No such stock location"
    status: ClassVar[int] = 404


class LocationInUse(DomainError):
    """The location has stock, or a history that the books need: deactivate it instead of deleting it."""

    code: ClassVar[str] = "catalog.location_in_use"
    title: ClassVar[str] = "Stock location is in use"
    status: ClassVar[int] = 409


class PictureNotFound(DomainError):
    """The product has no picture with this id."""

    code: ClassVar[str] = "catalog.picture_not_found"
    title: ClassVar[str] = "No such picture"
    status: ClassVar[int] = 404


class NoPicture(DomainError):
    """By its content the file is none of the kinds of picture that are taken."""

    code: ClassVar[str] = "catalog.no_picture"
    title: ClassVar[str] = "Not a picture"
    status: ClassVar[int] = 415


class BadPicture(DomainError):
    """A picture that cannot be shown: broken, animated, or of too many pixels. See errors."""

    code: ClassVar[str] = "catalog.bad_picture"
    title: ClassVar[str] = "Picture cannot be used"
    status: ClassVar[int] = 422


class TooManyPictures(DomainError):
    """The product has as many pictures as one may have."""

    code: ClassVar[str] = "catalog.too_many_pictures"
    title: ClassVar[str] = "Too many pictures"
    status: ClassVar[int] = 409


@dataclass(frozen=True, slots=True)
class AvailabilityChanged(Event):
    """A variant's stock crossed zero, in either direction. Catalog itself renders its product anew."""

    name: ClassVar[str] = "catalog.availability_changed.v1"
    sku: str
    available: bool


@dataclass(frozen=True, slots=True)
class StockLow(Event):
    """A SKU on sale fell to its threshold. Told once, until it has recovered."""

    name: ClassVar[str] = "catalog.stock_low.v1"
    crossing_id: UUID
    sku: str
    product: str
    """For people: "Mug, blue"."""
    available: int
    """All active locations together."""
    threshold: int
    crossed_at: datetime


@dataclass(frozen=True, slots=True)
class StockRecovered(Event):
    """A SKU that was low is above its threshold again."""

    name: ClassVar[str] = "catalog.stock_recovered.v1"
    crossing_id: UUID
    sku: str
    product: str
    available: int
    threshold: int
    crossed_at: datetime


consumes("catalog", AvailabilityChanged)
