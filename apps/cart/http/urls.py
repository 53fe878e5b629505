"""Paths of cart, below /api/v1."""

from __future__ import annotations

from django.urls import path

from .views import AcknowledgePrices, AttachCart, CartDetail, CartLineDetail, CartLines, Carts, MyCart

urlpatterns = [
    path("carts", Carts.as_view(), name="carts"),
    path("carts/<uuid:cart_id>", CartDetail.as_view(), name="cart"),
    path("carts/<uuid:cart_id>/attach", AttachCart.as_view(), name="cart-attach"),
    path("carts/<uuid:cart_id>/acknowledge", AcknowledgePrices.as_view(), name="cart-acknowledge"),
    path("carts/<uuid:cart_id>/lines", CartLines.as_view(), name="cart-lines"),
    path("carts/<uuid:cart_id>/lines/<str:sku>", CartLineDetail.as_view(), name="cart-line"),
    path("me/cart", MyCart.as_view(), name="my-cart"),
]
