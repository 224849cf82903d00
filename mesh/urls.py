"""All routes of the web and the REST API."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

import catalog.urls
import governance.urls
import lineage.urls
import mesh.people.urls
import schemas.urls
import streams.urls
from governance.metrics import MetricsView
from mesh.kernel import gallery, health, manual

ROOMS = (mesh.people.urls, streams.urls, schemas.urls, lineage.urls, catalog.urls, governance.urls)

pages = [route for room in ROOMS for route in room.pages]
api = [route for room in ROOMS for route in room.api]

urlpatterns = [
    *pages,
    path("api/v1/", include(api)),
    path(
        "api/schema/",
        SpectacularAPIView.as_view(authentication_classes=[], permission_classes=[]),
        name="openapi",
    ),
    path(
        "api/docs/",
        SpectacularSwaggerSplitView.as_view(
            url_name="openapi",
            template_name="developer/api.html",
            authentication_classes=[],
            permission_classes=[],
        ),
        name="api-docs",
    ),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", MetricsView.as_view(), name="metrics"),
    path("problems/<slug:code>", health.problem_page, name="problem"),
    path("help/<slug:topic>", manual.help_page, name="help"),
    path("licences", gallery.licences, name="licences"),
    path("admin/login/", RedirectView.as_view(url="/login", query_string=True)),
    path("admin/", admin.site.urls),
]
if settings.DEBUG:
    urlpatterns += [
        path("developer/parts", gallery.parts_gallery, name="parts"),
        path("developer/parts/lag", gallery.chart_specimen, name="parts-lag"),
    ]

handler404 = "mesh.kernel.pages.not_found"
handler403 = "mesh.kernel.pages.forbidden"
handler500 = "mesh.kernel.pages.server_error"
