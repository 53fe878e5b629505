"""Paths of orders, below /api/v1."""

from __future__ import annotations

from django.urls import path

from .views import care, returns
from .views.orders import CancelOrder, OrderDetail, OrderPayment, Orders
from .views.parcels import DeliverParcel, ParcelDetail, Parcels
from .views.refunds import Refunds

urlpatterns = [
    path("orders", Orders.as_view(), name="orders"),
    path("orders/lookup", care.LookUp.as_view(), name="order-lookup"),
    path("orders/<str:number>", OrderDetail.as_view(), name="order"),
    path("orders/<str:number>/cancel", CancelOrder.as_view(), name="order-cancel"),
    path("orders/<str:number>/parcels", Parcels.as_view(), name="order-parcels"),
    path("orders/<str:number>/parcels/<uuid:parcel_id>", ParcelDetail.as_view(), name="order-parcel"),
    path("orders/<str:number>/parcels/<uuid:parcel_id>/deliver", DeliverParcel.as_view(), name="order-parcel-deliver"),
    path("orders/<str:number>/payment", OrderPayment.as_view(), name="order-payment"),
    path("orders/<str:number>/notes", care.Notes.as_view(), name="order-notes"),
    path("orders/<str:number>/reorder", care.Reorder.as_view(), name="order-reorder"),
    path("orders/<str:number>/review", care.Review.as_view(), name="order-review"),
    path("orders/<str:number>/refunds", Refunds.as_view(), name="order-refunds"),
    path("orders/<str:number>/returns", returns.Returns.as_view(), name="order-returns"),
    path("orders/<str:number>/returns/<uuid:return_id>", returns.ReturnDetail.as_view(), name="order-return"),
    path(
        "orders/<str:number>/returns/<uuid:return_id>/withdraw",
        returns.WithdrawReturn.as_view(),
        name="order-return-withdraw",
    ),
    path(
        "orders/<str:number>/returns/<uuid:return_id>/authorise",
        returns.AuthoriseReturn.as_view(),
        name="order-return-authorise",
    ),
    path(
        "orders/<str:number>/returns/<uuid:return_id>/reject",
        returns.RejectReturn.as_view(),
        name="order-return-reject",
    ),
    path(
        "orders/<str:number>/returns/<uuid:return_id>/receive",
        returns.ReceiveReturn.as_view(),
        name="order-return-receive",
    ),
    path(
        "orders/<str:number>/returns/<uuid:return_id>/refund",
        returns.RefundReturn.as_view(),
        name="order-return-refund",
    ),
    path(
        "orders/<str:number>/returns/<uuid:return_id>/close",
        returns.CloseReturn.as_view(),
        name="order-return-close",
    ),
    path("returns", returns.AllReturns.as_view(), name="returns"),
]
