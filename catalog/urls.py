"""Routes of the catalog room."""

from __future__ import annotations

from django.urls import URLPattern, path

from catalog.api import domains, incidents, ports, products, samples, search
from catalog.views import boards, palette, product, register
from catalog.views import search as search_page

pages: list[URLPattern] = [
    path("search", search_page.Search.as_view(), name="search"),
    path("_/palette", palette.Palette.as_view(), name="palette"),
    path("products/new", register.NewProduct.as_view(), name="product-new"),
    path(
        "products/drafts/<uuid:draft_id>/discard",
        register.DiscardDraft.as_view(),
        name="draft-discard",
    ),
    path(
        "products/drafts/<uuid:draft_id>/<slug:step>",
        register.DraftStep.as_view(),
        name="draft-step",
    ),
    path("products/<slug:slug>/edit", register.EditProduct.as_view(), name="product-edit"),
    path("products/<slug:slug>", product.Product.as_view(), name="product"),
    path("products/<slug:slug>/subscribe", product.Subscribe.as_view(), name="product-subscribe"),
    path("products/<slug:slug>/sample", product.Sample.as_view(), name="product-sample"),
    path("products/<slug:slug>/<slug:tab>", product.Product.as_view(), name="product-tab"),
    path("promises", boards.Promises.as_view(), name="promises"),
    path("incidents", boards.Incidents.as_view(), name="incidents"),
    path("incidents/<int:number>", boards.Incident.as_view(), name="incident"),
    path("incidents/<int:number>/series", boards.IncidentChart.as_view(), name="incident-series"),
    path("domains/<slug:slug>", boards.Domain.as_view(), name="domain"),
    path("teams/<slug:slug>", boards.Team.as_view(), name="team"),
]
api: list[URLPattern] = [
    path("domains", domains.DomainsView.as_view(), name="api-domains"),
    path("domains/<str:domain_id>", domains.DomainView.as_view(), name="api-domain"),
    path("products", products.ProductsView.as_view(), name="api-products"),
    path(
        "products/by-slug/<str:slug>",
        products.ProductBySlugView.as_view(),
        name="api-product-by-slug",
    ),
    path("products/<str:product_id>", products.ProductView.as_view(), name="api-product"),
    path(
        "products/<str:product_id>/consumers",
        products.ConsumersView.as_view(),
        name="api-product-consumers",
    ),
    path(
        "products/<str:product_id>/subscription",
        products.SubscriptionView.as_view(),
        name="api-product-subscription",
    ),
    path(
        "products/<str:product_id>/ports",
        ports.ProductPortsView.as_view(),
        name="api-product-ports",
    ),
    path("ports", ports.PortsView.as_view(), name="api-ports"),
    path("ports/<str:port_id>", ports.PortView.as_view(), name="api-port"),
    path(
        "ports/<str:port_id>/promises", ports.PortPromisesView.as_view(), name="api-port-promises"
    ),
    path("promises", ports.PromisesView.as_view(), name="api-promises"),
    path("promises/<str:promise_id>", ports.PromiseView.as_view(), name="api-promise"),
    path("promises/<str:promise_id>/verdicts", ports.VerdictsView.as_view(), name="api-verdicts"),
    path("incidents", incidents.IncidentsView.as_view(), name="api-incidents"),
    path("incidents/<str:incident_id>", incidents.IncidentView.as_view(), name="api-incident"),
    path(
        "incidents/<str:incident_id>/acknowledge",
        incidents.AcknowledgeView.as_view(),
        name="api-incident-acknowledge",
    ),
    path(
        "incidents/<str:incident_id>/notes",
        incidents.NotesView.as_view(),
        name="api-incident-notes",
    ),
    path("search", search.SearchView.as_view(), name="api-search"),
    path(
        "products/<str:product_id>/sample",
        samples.SampleView.as_view(),
        name="api-product-sample",
    ),
]
