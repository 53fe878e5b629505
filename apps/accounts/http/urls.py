"""Accounts' paths below /api/v1."""

from __future__ import annotations

from django.urls import path

from .views import joining, login
from .views.addresses import AddressDetail, Addresses
from .views.countries import AddressRules, Countries
from .views.sessions import SessionDetail, Sessions

urlpatterns = [
    path("me/addresses", Addresses.as_view(), name="addresses"),
    path("me/addresses/<uuid:address_id>", AddressDetail.as_view(), name="address"),
    path("countries", Countries.as_view(), name="countries"),
    path("countries/<str:code>/address-rules", AddressRules.as_view(), name="address-rules"),
    path("auth/token", login.LogIn.as_view(), name="token"),
    path("auth/token/refresh", login.Refresh.as_view(), name="token-refresh"),
    path("auth/logout", login.LogOut.as_view(), name="logout"),
    path("auth/logout-everywhere", login.LogOutEverywhere.as_view(), name="logout-everywhere"),
    path("me/sessions", Sessions.as_view(), name="sessions"),
    path("me/sessions/<uuid:session_id>", SessionDetail.as_view(), name="session"),
    path("auth/register", joining.Register.as_view(), name="register"),
    path("auth/verify", joining.Verify.as_view(), name="verify"),
    path("auth/verify/resend", joining.ResendVerification.as_view(), name="verify-resend"),
    path("auth/password/forgot", joining.ForgotPassword.as_view(), name="password-forgot"),
    path("auth/password/reset", joining.ResetPassword.as_view(), name="password-reset"),
    path("auth/email/confirm", joining.ConfirmEmail.as_view(), name="email-confirm"),
    path("me/password", joining.MyPassword.as_view(), name="my-password"),
    path("me/email", joining.MyEmail.as_view(), name="my-email"),
]
