"""Nodes, evidence, edges and runs."""

from __future__ import annotations

from django.contrib import admin

from governance.desk.console.base import ReadOnlyAdmin
from lineage.models import CoverageClock, Edge, Evidence, LineageEvent, Node, Run


@admin.register(Node)
class NodeAdmin(ReadOnlyAdmin):
    list_display = ("label", "kind", "owner_label", "exposure", "resolved", "ended_at")
    search_fields = ("label", "key", "owner_label")
    list_filter = ("kind", "exposure", "resolved")


@admin.register(Evidence)
class EvidenceAdmin(ReadOnlyAdmin):
    list_display = ("src", "kind", "dst", "source", "strength", "last_seen", "ended_reason")
    search_fields = ("src__label", "dst__label", "source_ref")
    list_filter = ("kind", "source", "declared")
    list_select_related = ("src", "dst")


@admin.register(Edge)
class EdgeAdmin(ReadOnlyAdmin):
    list_display = (
        "src",
        "kind",
        "dst",
        "declared",
        "observed",
        "best_source",
        "last_seen",
        "live",
    )
    search_fields = ("src__label", "dst__label")
    list_filter = ("kind", "declared", "live")
    list_select_related = ("src", "dst")


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ("job", "run_id", "state", "started_at", "ended_at", "events")
    search_fields = ("job__label", "run_id")
    list_filter = ("state",)
    list_select_related = ("job",)


@admin.register(LineageEvent)
class LineageEventAdmin(ReadOnlyAdmin):
    list_display = ("job_name", "event_type", "event_at", "received_at", "principal", "warnings")
    search_fields = ("job_name", "digest")
    list_filter = ("event_type",)


@admin.register(CoverageClock)
class CoverageClockAdmin(ReadOnlyAdmin):
    list_display = ("scope", "covered_s", "ticked_at")
    search_fields = ("scope",)
