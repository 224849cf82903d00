"""Routes of the desk."""

from __future__ import annotations

from django.urls import URLPattern, path

from governance.desk import views

pages: list[URLPattern] = [
    path("", views.Home.as_view(), name="home"),
]
