"""Routes of the schemas room."""

from __future__ import annotations

from django.urls import path

from schemas import api as rest
from schemas import views

pages = [
    path("subjects", views.Subjects.as_view(), name="subjects"),
    path("subjects/<uuid:public_id>", views.SubjectDetail.as_view(), name="subject"),
    path("schemas/_/check", views.SchemaCheck.as_view(), name="schema-check"),
]
api = [
    path("subjects", rest.SubjectsView.as_view(), name="api-subjects"),
    path("subjects/<uuid:subject_id>", rest.SubjectView.as_view(), name="api-subject"),
    path(
        "subjects/<uuid:subject_id>/versions",
        rest.SubjectVersionsView.as_view(),
        name="api-subject-versions",
    ),
    path(
        "subjects/<uuid:subject_id>/versions/<str:version>",
        rest.SubjectVersionView.as_view(),
        name="api-subject-version",
    ),
    path(
        "subjects/<uuid:subject_id>/fields",
        rest.SubjectFieldsView.as_view(),
        name="api-subject-fields",
    ),
    path(
        "subjects/<uuid:subject_id>/diff", rest.SubjectDiffView.as_view(), name="api-subject-diff"
    ),
    path("registry-access", rest.RegistryAccessView.as_view(), name="api-registry-access"),
]
