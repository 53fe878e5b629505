"""Accounts' paths below /api/v1."""

from __future__ import annotations

from django.urls import path

from .views import customers, invitations, joining, login, staff
from .views.addresses import AddressDetail, Addresses
from .views.countries import AddressRules, Countries
from .views.me import KeepMe, Me
from .views.sessions import SessionDetail, Sessions

urlpatterns = [
    path("me", Me.as_view(), name="me"),
    path("me/keep", KeepMe.as_view(), name="me-keep"),
    path("me/addresses", Addresses.as_view(), name="addresses"),
    path("me/addresses/<uuid:address_id>", AddressDetail.as_view(), name="address"),
    path("staff", staff.Staff.as_view(), name="staff"),
    path("staff/invitations", invitations.Invitations.as_view(), name="invitations"),
    path("staff/invitations/<uuid:invitation_id>", invitations.InvitationDetail.as_view(), name="invitation"),
    path("staff/<uuid:user_id>", staff.StaffDetail.as_view(), name="staff-detail"),
    path("staff/<uuid:user_id>/roles", staff.StaffRoles.as_view(), name="staff-roles"),
    path("auth/invitations/accept", invitations.AcceptInvitation.as_view(), name="invitation-accept"),
    path("customers", customers.Customers.as_view(), name="customers"),
    path("customers/<uuid:user_id>", customers.CustomerDetail.as_view(), name="customer"),
    path("customers/<uuid:user_id>/activate", customers.ActivateCustomer.as_view(), name="customer-activate"),
    path("customers/<uuid:user_id>/deactivate", customers.DeactivateCustomer.as_view(), name="customer-deactivate"),
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
