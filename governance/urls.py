"""Routes of the governance room."""

from __future__ import annotations

from django.urls import URLPattern, path

from governance.api import others
from governance.api import requests as rest
from governance.desk import urls as desk
from governance.views import drafts
from governance.views import others as views
from governance.views import requests as reviews

pages: list[URLPattern] = [
    *desk.pages,
    path("governance/inbox", reviews.Inbox.as_view(), name="inbox"),
    path("governance/requests/<int:number>", reviews.Review.as_view(), name="request"),
    path("governance/_/progress/<int:number>", reviews.Progress.as_view(), name="request-progress"),
    path("governance/drafts/<uuid:draft_id>/send", drafts.SendDraft.as_view(), name="draft-send"),
    path(
        "governance/_/draft-checks/<uuid:draft_id>",
        drafts.DraftChecks.as_view(),
        name="draft-checks",
    ),
    path("governance/policies", views.Policies.as_view(), name="policies"),
    path("governance/policies/<str:code>", views.Policy.as_view(), name="policy"),
    path("audit", views.Audit.as_view(), name="audit"),
    path("developer", views.Developer.as_view(), name="developer"),
]
api: list[URLPattern] = [
    path("requests", rest.RequestsView.as_view(), name="api-requests"),
    path("requests/<int:number>", rest.RequestView.as_view(), name="api-request"),
    path("requests/<int:number>/submit", rest.SubmitView.as_view(), name="api-request-submit"),
    path(
        "requests/<int:number>/withdraw", rest.WithdrawView.as_view(), name="api-request-withdraw"
    ),
    path("requests/<int:number>/retry", rest.RetryView.as_view(), name="api-request-retry"),
    path(
        "requests/<int:number>/read-again",
        rest.ReadAgainView.as_view(),
        name="api-request-read-again",
    ),
    path("requests/<int:number>/settle", rest.SettleView.as_view(), name="api-request-settle"),
    path("requests/<int:number>/approve", rest.ApproveView.as_view(), name="api-request-approve"),
    path("requests/<int:number>/decline", rest.DeclineView.as_view(), name="api-request-decline"),
    path(
        "requests/<int:number>/comments", rest.CommentsView.as_view(), name="api-request-comments"
    ),
    path("manifests", others.ManifestsView.as_view(), name="api-manifests"),
    path("policies", others.PoliciesView.as_view(), name="api-policies"),
    path("policies/<str:code>", others.PolicyView.as_view(), name="api-policy"),
    path("audit-events", others.AuditEventsView.as_view(), name="api-audit-events"),
    path("jobs/<uuid:job_id>", others.JobView.as_view(), name="api-job"),
    path("jobs/<uuid:job_id>/retry", others.JobRetryView.as_view(), name="api-job-retry"),
]
