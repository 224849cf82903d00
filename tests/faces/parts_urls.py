"""The routes of the product and, whatever DEBUG says, the parts gallery."""

from __future__ import annotations

from django.urls import path

from mesh.kernel import gallery
from mesh.urls import handler403, handler404, handler500
from mesh.urls import urlpatterns as product

__all__ = ["handler403", "handler404", "handler500", "urlpatterns"]
urlpatterns = [
    path("gallery", gallery.parts_gallery),
    path("gallery/lag", gallery.chart_specimen),
    *product,
]
