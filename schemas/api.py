"""REST of the schemas room: subjects, versions, fields, differences, registry use."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from mesh.kernel.paging import Keyset
from mesh.people.authz.doors import require
from mesh.people.rest import MeshAPI
from schemas import actions
from schemas.avro.levels import LEVELS
from schemas.models import RegistryAccess, SchemaContent
from schemas.names import is_storable
from schemas.reading.subject import difference, field_lines, subject_page
from schemas.reading.subjects import SHOWS, annotated, matching, rows_of, visible_subjects
from schemas.reading.words import USES
from schemas.registering.storing import stored_references
from schemas.views import number_of


class OwnerSerializer(serializers.Serializer[Any]):
    """Who answers for a subject; empty texts while nobody does."""

    team = serializers.CharField(source="team_slug")
    product = serializers.CharField(source="product_slug")


class SubjectSerializer(serializers.Serializer[Any]):
    """A subject: newest version, level, owner, verdict on its history, use."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()
    latest_version = serializers.IntegerField()
    versions = serializers.IntegerField()
    changed_at = serializers.DateTimeField()
    level = serializers.CharField()
    level_words = serializers.CharField()
    owner = OwnerSerializer()
    verdict = serializers.CharField()
    users = serializers.IntegerField()
    used_at = serializers.DateTimeField(allow_null=True)


class SubjectEdit(serializers.Serializer[Any]):
    """What may be changed of a subject: its own level, or null for none of its own."""

    compatibility = serializers.ChoiceField(
        choices=[(level, level) for level in LEVELS], allow_null=True
    )


class VersionSerializer(serializers.Serializer[Any]):
    """A version of a subject."""

    version = serializers.IntegerField()
    schema_id = serializers.IntegerField()
    guid = serializers.CharField()
    created_at = serializers.DateTimeField()
    author = serializers.CharField()
    request_number = serializers.IntegerField(allow_null=True)
    deleted_at = serializers.DateTimeField(allow_null=True)
    summary = serializers.CharField()


class FieldSerializer(serializers.Serializer[Any]):
    """A field of a schema."""

    path = serializers.CharField()
    type = serializers.CharField()
    nullable = serializers.BooleanField()
    default = serializers.CharField()
    doc = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())


class ChangeSerializer(serializers.Serializer[Any]):
    """A change between two versions."""

    kind = serializers.CharField()
    path = serializers.CharField()
    before = serializers.CharField(allow_null=True)
    after = serializers.CharField(allow_null=True)
    words = serializers.CharField()
    effect = serializers.CharField()


class AccessSerializer(serializers.ModelSerializer[RegistryAccess]):
    """Use of a schema."""

    subject = serializers.CharField(source="subject_name")
    schema_id = serializers.IntegerField(source="schema_number")

    class Meta:
        model = RegistryAccess
        fields = [
            "principal", "principal_label", "client", "action", "subject", "schema_id", "first_seen",
            "last_seen", "count",
        ]  # fmt: skip


class SubjectsView(MeshAPI):
    """Subjects that have a live version."""

    asks: ClassVar[str] = "schema.read"
    is_paged: ClassVar[bool] = True
    parameters: ClassVar[frozenset[str]] = frozenset({"q", "name", "show"})
    choices: ClassVar[dict[str, Collection[str]]] = {"show": SHOWS}

    @extend_schema(
        parameters=[OpenApiParameter("q"), OpenApiParameter("name"), OpenApiParameter("show")],
        responses={200: SubjectSerializer(many=True)},
    )
    def get(self, request: Request) -> Response:
        given = request.query_params
        rows = matching(self.viewer, given.get("q", ""), given.get("show", ""))
        name = given.get("name")
        if name is not None:
            rows = rows.filter(name=name) if is_storable(name) else rows.none()
        return self.list_page(annotated(rows), Keyset("name"), SubjectSerializer, rows_of)


class SubjectView(MeshAPI):
    """One subject."""

    asks: ClassVar[dict[str, str]] = {"GET": "schema.read", "PATCH": "schema.read"}

    @extend_schema(responses={200: SubjectSerializer})
    def get(self, request: Request, subject_id: UUID) -> Response:
        page = subject_page(self.viewer, subject_id)
        rows = rows_of(list(annotated(visible_subjects(self.viewer).filter(pk=page.subject.pk))))
        return self.one(SubjectSerializer(rows[0]).data if rows else {}, page.subject.revision)

    @extend_schema(request=SubjectEdit, responses={200: SubjectSerializer})
    def patch(self, request: Request, subject_id: UUID) -> Response:
        require(self.viewer, "schema.check")  # writing needs at least a known caller
        page = subject_page(self.viewer, subject_id)
        revision = self.expected_revision(page.subject.revision)
        level = self.valid(SubjectEdit)["compatibility"] or ""
        actions.set_level(page.name, level, by=self.viewer, revision=revision)
        return self.get(request, subject_id)


class SubjectVersionsView(MeshAPI):
    """Versions of a subject, newest first, each with what it changed."""

    asks: ClassVar[str] = "schema.read"

    @extend_schema(responses={200: VersionSerializer(many=True)})
    def get(self, request: Request, subject_id: UUID) -> Response:
        page = subject_page(self.viewer, subject_id, summaries=True)
        return Response({"items": VersionSerializer(page.versions, many=True).data, "next": None})


class VersionTextSerializer(VersionSerializer):
    """A version with its schema as it is stored; `compatibility` is the subject's own level."""

    subject = serializers.CharField()
    compatibility = serializers.CharField(allow_null=True)
    schema = serializers.CharField()
    references = serializers.ListField(child=serializers.DictField())


class SubjectVersionView(MeshAPI):
    """One version with its schema, by number or as `latest`."""

    asks: ClassVar[str] = "schema.read"

    @extend_schema(responses={200: VersionTextSerializer})
    def get(self, request: Request, subject_id: UUID, version: str) -> Response:
        page = subject_page(self.viewer, subject_id)
        row = page.version(number_of(version))
        content = SchemaContent.objects.get(pk=row.content_id)
        body = {
            **VersionSerializer(row).data,
            "subject": page.name,
            "compatibility": page.subject.compatibility or None,
            "schema": content.text,
            "references": stored_references(content.references_spec),
        }
        return Response(body)


class SubjectFieldsView(MeshAPI):
    """Fields of a version, by default the newest."""

    asks: ClassVar[str] = "schema.read"
    parameters: ClassVar[frozenset[str]] = frozenset({"version"})

    @extend_schema(
        parameters=[OpenApiParameter("version", int)],
        responses={200: FieldSerializer(many=True)},
    )
    def get(self, request: Request, subject_id: UUID) -> Response:
        page = subject_page(self.viewer, subject_id)
        version = page.version(number_of(request.query_params.get("version", "")))
        lines = field_lines(version.content_id)
        body = {"items": FieldSerializer(lines, many=True).data, "next": None}
        return Response({**body, "version": version.version})


class SubjectDiffView(MeshAPI):
    """What changed between two versions; by default from the one before to the newest."""

    asks: ClassVar[str] = "schema.read"
    parameters: ClassVar[frozenset[str]] = frozenset({"from", "to"})

    @extend_schema(
        parameters=[OpenApiParameter("from", int), OpenApiParameter("to", int)],
        responses={200: ChangeSerializer(many=True)},
    )
    def get(self, request: Request, subject_id: UUID) -> Response:
        page = subject_page(self.viewer, subject_id)
        given = request.query_params
        change = difference(page, number_of(given.get("from", "")), number_of(given.get("to", "")))
        items = ChangeSerializer(change.changes, many=True).data
        return Response({"from": change.old, "to": change.new, "items": items, "next": None})


class RegistryAccessView(MeshAPI):
    """Who used which schema, newest first."""

    asks: ClassVar[str] = "schema.read"
    is_paged: ClassVar[bool] = True
    parameters: ClassVar[frozenset[str]] = frozenset({"subject", "principal", "action"})
    choices: ClassVar[dict[str, Collection[str]]] = {"action": tuple(USES)}

    @extend_schema(
        parameters=[OpenApiParameter(name) for name in ("subject", "principal", "action")],
        responses={200: AccessSerializer(many=True)},
    )
    def get(self, request: Request) -> Response:
        require(self.viewer, "schema.check")  # who reads what is for known callers only
        given = request.query_params
        rows = RegistryAccess.objects.filter(
            subject_name__in=_visible_names(self, given.get("subject", ""))
        )
        for name in ("principal", "action"):
            if given.get(name):
                rows = rows.filter(**{name: given[name]})
        return self.list_page(rows, Keyset("id", descending=True), AccessSerializer)


def _visible_names(view: MeshAPI, subject: str) -> Any:
    names = visible_subjects(view.viewer)
    if subject:
        names = names.filter(name=subject) if is_storable(subject) else names.none()
    return names.values("name")
