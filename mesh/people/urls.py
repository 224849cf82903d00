"""Routes of the people floor."""

from __future__ import annotations

from django.urls import path

from mesh.people import api as rest
from mesh.people import notice_api, notice_pages, signing_in, views

pages = [
    path("login", signing_in.LogIn.as_view(), name="login"),
    path("logout", signing_in.LogOut.as_view(), name="logout"),
    path("account", views.Account.as_view(), name="account"),
    path("notifications", notice_pages.Notifications.as_view(), name="notifications"),
    path("people/_/bell", notice_pages.Bell.as_view(), name="bell"),
]
api = [
    path("", rest.RootView.as_view(), name="api-root"),
    path("me", rest.MeView.as_view(), name="api-me"),
    path("notifications", notice_api.NotificationsView.as_view(), name="api-notifications"),
    path(
        "notifications/read",
        notice_api.NotificationsReadView.as_view(),
        name="api-notifications-read",
    ),
    path(
        "notifications/<uuid:notification_id>/read",
        notice_api.NotificationReadView.as_view(),
        name="api-notification-read",
    ),
    path("teams", rest.TeamsView.as_view(), name="api-teams"),
    path("teams/<str:team_id>", rest.TeamView.as_view(), name="api-team"),
    path("teams/<str:team_id>/members", rest.MembersView.as_view(), name="api-members"),
    path("service-accounts", rest.ServiceAccountsView.as_view(), name="api-service-accounts"),
]
