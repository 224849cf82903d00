"""All routes of the web and the REST API."""

from __future__ import annotations

from django.urls import path

urlpatterns: list = []
