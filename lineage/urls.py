"""Routes of the lineage room."""

from __future__ import annotations

from django.urls import path

from lineage import views
from lineage.api import door, graphs

pages = [
    path("lineage", views.Lineage.as_view(), name="lineage"),
    path("lineage/table.csv", views.LineageTable.as_view(), name="lineage-table"),
    path("lineage/_/edge/<uuid:edge_id>", views.EdgeEvidence.as_view(), name="lineage-edge"),
]
api = [
    path("lineage", door.EventsView.as_view(), name="api-lineage-events"),
    path("lineage/batch", door.EventBatchView.as_view(), name="api-lineage-batch"),
    path("lineage/graph", graphs.GraphView.as_view(), name="api-lineage-graph"),
    path("lineage/impact", graphs.ImpactView.as_view(), name="api-lineage-impact"),
    path("lineage/edges/<uuid:edge_id>", graphs.EdgeView.as_view(), name="api-lineage-edge"),
    path(
        "lineage/declarations", graphs.DeclarationsView.as_view(), name="api-lineage-declarations"
    ),
    path("runs", graphs.RunsView.as_view(), name="api-runs"),
    path("schema-checks", graphs.SchemaCheckView.as_view(), name="api-schema-checks"),
]
