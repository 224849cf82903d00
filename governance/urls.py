"""Routes of the governance room."""

from __future__ import annotations

from django.urls import URLPattern

pages: list[URLPattern] = []
api: list[URLPattern] = []
