"""Catalog's paths below /api/v1."""

from __future__ import annotations

from django.urls import path

from .pictures.views import PictureDetail, PictureOrder, Pictures
from .stock.views import StockDetail, StockList, StockLocationDetail, StockLocations, StockMovements
from .views.categories import Categories, Category
from .views.labels import Brand, Brands, Tag, Tags
from .views.product_types import ProductType, ProductTypes
from .views.products import Product, Products, PublishProduct, StaffProduct, StaffProducts, UnpublishProduct
from .views.variants import Variant, VariantPrices, Variants

urlpatterns = [
    path("products", Products.as_view(), name="products"),
    path("products/<slug:slug>", Product.as_view(), name="product"),
    path("products/<slug:slug>/pictures", Pictures.as_view(), name="pictures"),
    path("products/<slug:slug>/pictures/order", PictureOrder.as_view(), name="picture-order"),
    path("products/<slug:slug>/pictures/<uuid:picture_id>", PictureDetail.as_view(), name="picture"),
    path("stock-locations", StockLocations.as_view(), name="stock-locations"),
    path("stock-locations/<slug:code>", StockLocationDetail.as_view(), name="stock-location"),
    path("stock", StockList.as_view(), name="stock"),
    path("stock/<str:sku>", StockDetail.as_view(), name="stock-of-sku"),
    path("stock/<str:sku>/movements", StockMovements.as_view(), name="stock-movements"),
    path("categories", Categories.as_view(), name="categories"),
    path("categories/<slug:slug>", Category.as_view(), name="category"),
    path("brands", Brands.as_view(), name="brands"),
    path("brands/<slug:slug>", Brand.as_view(), name="brand"),
    path("tags", Tags.as_view(), name="tags"),
    path("tags/<slug:slug>", Tag.as_view(), name="tag"),
    path("product-types", ProductTypes.as_view(), name="product-types"),
    path("product-types/<slug:code>", ProductType.as_view(), name="product-type"),
    path("products/<slug:slug>/publish", PublishProduct.as_view(), name="publish"),
    path("products/<slug:slug>/unpublish", UnpublishProduct.as_view(), name="unpublish"),
    path("products/<slug:slug>/variants", Variants.as_view(), name="variants"),
    path("products/<slug:slug>/variants/<str:sku>", Variant.as_view(), name="variant"),
    path("products/<slug:slug>/variants/<str:sku>/prices", VariantPrices.as_view(), name="prices"),
    path("staff/products", StaffProducts.as_view(), name="staff-products"),
    path("staff/products/<slug:slug>", StaffProduct.as_view(), name="staff-product"),
]
