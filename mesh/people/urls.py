"""Routes of the people floor."""

from __future__ import annotations

from django.urls import path

from mesh.people import api as rest
from mesh.people import signing_in, views

pages = [
    path("login", signing_in.LogIn.as_view(), name="login"),
    path("logout", signing_in.LogOut.as_view(), name="logout"),
    path("account", views.Account.as_view(), name="account"),
]
api = [
    path("", rest.RootView.as_view(), name="api-root"),
    path("me", rest.MeView.as_view(), name="api-me"),
    path("teams", rest.TeamsView.as_view(), name="api-teams"),
    path("teams/<str:team_id>", rest.TeamView.as_view(), name="api-team"),
    path("teams/<str:team_id>/members", rest.MembersView.as_view(), name="api-members"),
    path("service-accounts", rest.ServiceAccountsView.as_view(), name="api-service-accounts"),
]
