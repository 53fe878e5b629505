"""Paths of orders, below /api/v1."""

from __future__ import annotations

from django.urls import path

from .views import CancelOrder, DeliverParcel, OrderDetail, OrderPayment, Orders, Parcels

urlpatterns = [
    path("orders", Orders.as_view(), name="orders"),
    path("orders/<str:number>", OrderDetail.as_view(), name="order"),
    path("orders/<str:number>/cancel", CancelOrder.as_view(), name="order-cancel"),
    path("orders/<str:number>/parcels", Parcels.as_view(), name="order-parcels"),
    path("orders/<str:number>/parcels/<uuid:parcel_id>/deliver", DeliverParcel.as_view(), name="order-parcel-deliver"),
    path("orders/<str:number>/payment", OrderPayment.as_view(), name="order-payment"),
]
